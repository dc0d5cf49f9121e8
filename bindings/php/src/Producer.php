<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Native\EventStream;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\Queue;
use Hookrail\Native\SendOptions;

/**
 * Sends events in the background, with the connections of its client.
 *
 * Queue and completions belong to the native client, and so to all producers of clients with the same settings: a web
 * request may see the completions of an earlier one. When a web request finds the queue full, the package drops the
 * completions that earlier requests have not polled, and logs the failures among them with error_log().
 */
final class Producer implements ProducerInterface
{
    private readonly Queue $queue;

    public function __construct(private readonly Client $client)
    {
        $this->queue = new Queue(
            Library::get(),
            $client->handle(),
            $client->isOfRequests(),
            $client->observer(),
        );
    }

    public function submit(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        ?float $timeout = null,
        int $tag = 0,
        bool $report = true,
        float $wait = 0.0,
        #[\SensitiveParameter]
        array $headers = [],
    ): int {
        return $this->queue->submit(
            $topic,
            Input::json($payload),
            new SendOptions(
                $idempotencyKey,
                $orderingKey,
                $timeout ?? $this->client->deliveryTimeout(),
                headers: $headers,
            ),
            $tag,
            $report,
            Input::milliseconds($wait, 'wait', Outcome::NotSent),
        );
    }

    public function submitPrepared(
        string $blob,
        ?float $timeout = null,
        int $tag = 0,
        bool $report = true,
    ): int {
        $milliseconds = Input::timeout($timeout ?? $this->client->deliveryTimeout(), Outcome::NotSent);

        return $this->queue->submitPrepared($blob, $milliseconds, $tag, $report);
    }

    public function poll(float $timeout = 0.0, int $max = 100): array
    {
        $completions = $this->queue->poll(max(0, Input::milliseconds($timeout, 'timeout')), $max);
        $this->client->observer()?->completed($completions);

        return $completions;
    }

    public function wakeUp(): void
    {
        $this->queue->wakeUp();
    }

    public function flush(float $timeout): int
    {
        return $this->queue->flush(max(0, Input::milliseconds($timeout, 'timeout')));
    }

    public function cancel(int $token): void
    {
        $this->queue->cancel($token);
    }

    public function purge(bool $inFlight = false): int
    {
        return $this->queue->purge($inFlight);
    }

    public function state(): QueueState
    {
        return $this->queue->state();
    }

    public function eventStream()
    {
        return EventStream::open($this->queue->eventFd());
    }

    public function close(float $timeout): int
    {
        return $this->queue->close(max(0, Input::milliseconds($timeout, 'timeout')));
    }

    public function client(): Client
    {
        return $this->client;
    }
}
