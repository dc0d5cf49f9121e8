<?php

// Sends events with the package.

declare(strict_types=1);

use Hookrail\Benchmarks\Bench;
use Hookrail\Client;

require __DIR__ . '/../../bindings/php/preload.php';
require __DIR__ . '/Bench.php';

$bench = Bench::fromCommandLine();
$order = json_decode($bench->payload, true, flags: JSON_THROW_ON_ERROR);
$client = new Client(Bench::API_KEY, $bench->url);
$bench->run(static fn () => $client->sendEvent(Bench::TOPIC, $order));
