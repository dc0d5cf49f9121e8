<?php

// Verifies a delivery with the package.

declare(strict_types=1);

use Hookrail\Benchmarks\Bench;
use Hookrail\Verifier;

require __DIR__ . '/../../bindings/php/preload.php';
require __DIR__ . '/Bench.php';

$bench = Bench::fromCommandLine();
$body = $bench->payload;
$signature = Bench::signature($body);
$verifier = new Verifier(Bench::SECRET);
$bench->run(static fn () => $verifier->verify($body, $signature, Bench::DELIVERY_ID));
