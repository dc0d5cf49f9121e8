<?php

// Sends events with ext-curl.

declare(strict_types=1);

use Hookrail\Benchmarks\Bench;
use Hookrail\Benchmarks\Sender;

require __DIR__ . '/Bench.php';
require __DIR__ . '/Sender.php';

$bench = Bench::fromCommandLine();
$order = json_decode($bench->payload, true, flags: JSON_THROW_ON_ERROR);
$sender = new Sender($bench->url);
$bench->run(static fn () => $sender->send(Bench::TOPIC, $order));
