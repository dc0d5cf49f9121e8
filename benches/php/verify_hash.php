<?php

// Verifies a delivery with hash_hmac() and hash_equals(): header, time, MAC, comparison.

declare(strict_types=1);

use Hookrail\Benchmarks\Bench;
use Hookrail\Benchmarks\HashVerifier;

require __DIR__ . '/Bench.php';
require __DIR__ . '/HashVerifier.php';

$bench = Bench::fromCommandLine();
$body = $bench->payload;
$signature = Bench::signature($body);
$verifier = new HashVerifier(Bench::SECRET);
$bench->run(static fn () => $verifier->verify($body, $signature, Bench::DELIVERY_ID));
