<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\QueueFullException;
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
final class Producer
{
    private readonly Queue $queue;

    public function __construct(private readonly Client $client)
    {
        $this->queue = new Queue(Library::get(), $client->handle(), $client->isOfRequests());
    }

    /**
     * Queues an event.
     *
     * @param mixed       $payload a value for json_encode() that becomes a JSON object, array or string; or a RawJson
     * @param float|null  $timeout the event's time budget in seconds, instead of the client's deliveryTimeout
     * @param int         $tag     returned in the completion
     * @param bool        $report  whether there will be a completion
     * @param float       $wait    how many seconds to wait if the queue is full; 0: not at all
     *
     * @return int a token, by which the event can be cancelled
     *
     * @throws QueueFullException
     * @throws HookrailException  when the event is not acceptable, or the client is closed
     */
    public function submit(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        ?float $timeout = null,
        int $tag = 0,
        bool $report = true,
        float $wait = 0.0,
    ): int {
        return $this->queue->submit(
            $topic,
            Input::json($payload),
            new SendOptions($idempotencyKey, $orderingKey, $timeout ?? $this->client->deliveryTimeout()),
            $tag,
            $report,
            Input::milliseconds($wait, 'wait', Outcome::NotSent),
        );
    }

    /**
     * Queues a prepared event.
     *
     * @param string $blob PreparedEvent::$blob
     *
     * @return int a token, by which the event can be cancelled
     *
     * @throws QueueFullException
     * @throws HookrailException  when the blob is damaged, or the client is closed
     */
    public function submitPrepared(
        string $blob,
        ?float $timeout = null,
        int $tag = 0,
        bool $report = true,
    ): int {
        $milliseconds = Input::timeout($timeout ?? $this->client->deliveryTimeout(), Outcome::NotSent);

        return $this->queue->submitPrepared($blob, $milliseconds, $tag, $report);
    }

    /**
     * Takes completions, waiting for the first of them. A signal or wakeUp() ends the wait early.
     *
     * @param float $timeout how many seconds to wait; 0: not at all
     * @param int   $max     how many completions to take at most
     *
     * @return list<Completion>
     *
     * @throws HookrailException
     */
    public function poll(float $timeout = 0.0, int $max = 100): array
    {
        return $this->queue->poll(max(0, Input::milliseconds($timeout, 'timeout')), $max);
    }

    /** Ends a poll(), now or the next one: for signal handlers. */
    public function wakeUp(): void
    {
        $this->queue->wakeUp();
    }

    /**
     * Waits until nothing is queued or being sent.
     *
     * @param float $timeout how many seconds to wait at most. Signals do not shorten the wait, but an exception
     *                       from a signal handler ends it
     *
     * @return int how many events are left; 0 when all of them are done
     *
     * @throws HookrailException
     */
    public function flush(float $timeout): int
    {
        return $this->queue->flush(max(0, Input::milliseconds($timeout, 'timeout')));
    }

    /**
     * Cancels an event. Its completion tells whether it was still queued or already being sent.
     *
     * @throws HookrailException
     */
    public function cancel(int $token): void
    {
        $this->queue->cancel($token);
    }

    /**
     * Cancels queued events, and if asked to, also those that are being sent.
     *
     * @return int the number of cancelled events
     *
     * @throws HookrailException
     */
    public function purge(bool $inFlight = false): int
    {
        return $this->queue->purge($inFlight);
    }

    /** @throws HookrailException */
    public function state(): QueueState
    {
        return $this->queue->state();
    }

    /**
     * Returns a stream for stream_select() and event loops that is readable exactly while poll() has completions.
     * Do not read from it. Only the command line has such streams; after a fork the child needs a new one.
     *
     * @return resource
     *
     * @throws HookrailException
     */
    public function eventStream()
    {
        return EventStream::open($this->queue->eventFd());
    }

    /**
     * Closes the client: flushes, then ends the threads. Further sends and submits fail, also those of the other
     * objects that share the client; completions can still be polled. The next `new Client()` with the same settings is
     * open, also in a later request of the same process.
     *
     * @param float $timeout how many seconds to wait at most
     *
     * @return int how many events were not sent
     *
     * @throws HookrailException
     */
    public function close(float $timeout): int
    {
        return $this->queue->close(max(0, Input::milliseconds($timeout, 'timeout')));
    }

    public function client(): Client
    {
        return $this->client;
    }
}
