<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\QueueFullException;

/**
 * Sends events in the background. Declare this type in your code: Producer implements it, and in tests
 * Testing\FakeProducer, or a double that PHPUnit or Mockery makes.
 *
 * Later versions may add methods and optional parameters, so do not implement it yourself.
 */
interface ProducerInterface
{
    /**
     * Queues an event.
     *
     * @param mixed                 $payload a value for json_encode() that becomes a JSON object, array or string; or a
     *                                       RawJson
     * @param float|null            $timeout the event's time budget in seconds, instead of the client's deliveryTimeout
     * @param int                   $tag     returned in the completion
     * @param bool                  $report  whether there will be a completion
     * @param float                 $wait    how many seconds to wait if the queue is full; 0: not at all
     * @param array<string, string|null> $headers as of ClientInterface::sendEvent()
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
        array $headers = [],
    ): int;

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
    ): int;

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
    public function poll(float $timeout = 0.0, int $max = 100): array;

    /** Ends a poll(), now or the next one: for signal handlers. */
    public function wakeUp(): void;

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
    public function flush(float $timeout): int;

    /**
     * Cancels an event. Its completion tells whether it was still queued or already being sent.
     *
     * @throws HookrailException
     */
    public function cancel(int $token): void;

    /**
     * Cancels queued events, and if asked to, also those that are being sent.
     *
     * @return int the number of cancelled events
     *
     * @throws HookrailException
     */
    public function purge(bool $inFlight = false): int;

    /** @throws HookrailException */
    public function state(): QueueState;

    /**
     * Returns a stream for stream_select() and event loops that is readable exactly while poll() has completions.
     * Do not read from it. Only the command line has such streams; after a fork the child needs a new one.
     *
     * @return resource
     *
     * @throws HookrailException
     */
    public function eventStream();

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
    public function close(float $timeout): int;

    /** Returns the client with whose connections the events are sent. */
    public function client(): ClientInterface;
}
