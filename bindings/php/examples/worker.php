<?php

/**
 * A worker that reads lines of the form "topic JSON" from standard input and sends each as an event in the
 * background. At the end of its input, or at SIGTERM, it sends the remaining events and ends:
 *
 *     printf 'order.created {"id":%d}\n' 1 2 3 | HOOKRAIL_API_KEY=hk_… php examples/worker.php
 */

declare(strict_types=1);

use Hookrail\Client;
use Hookrail\Producer;
use Hookrail\RawJson;

require __DIR__ . '/autoload.php';

$producer = new Producer(new Client());
$running = true;
pcntl_async_signals(true);
pcntl_signal(SIGTERM, static function () use (&$running): void {
    $running = false;
});

$report = static function () use ($producer): void {
    foreach ($producer->poll() as $completion) {
        echo $completion->tag, ' ', $completion->accepted?->eventId ?? $completion->error?->getMessage(), "\n";
    }
};

$completions = $producer->eventStream();
for ($line = 0; $running;) {
    $readable = [STDIN, $completions];
    $none = null;
    // A signal ends it with false and a warning. A signal that comes just before does not end it, so it needs a
    // limit.
    if (@stream_select($readable, $none, $none, 1) === false) {
        continue;
    }
    if (in_array($completions, $readable, true)) {
        $report();
    }
    if (in_array(STDIN, $readable, true)) {
        $text = fgets(STDIN);
        if ($text === false) {
            break;
        }
        [$topic, $json] = explode(' ', rtrim($text, "\n"), 2);
        $producer->submit($topic, new RawJson($json), tag: ++$line);
    }
}
$left = $producer->close(10.0);
$report();
exit($left === 0 ? 0 : 1);
