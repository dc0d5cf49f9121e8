<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Hookrail\Completion;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\HookrailException;
use Hookrail\Native\Status;
use Hookrail\Outcome;
use Hookrail\ProducerInterface;
use Hookrail\QueueState;

/**
 * A producer for tests of your own code. Events stay queued until the program calls flush(), poll() or close(), and
 * then get the results that the FakeClient decides:
 *
 *     $client = new FakeClient();
 *     $client->willThrow(Failure::undelivered(Failure::rateLimited()));
 *     $producer = new FakeProducer($client);
 */
final class FakeProducer implements ProducerInterface
{
    /** @var array<int, array{RecordedEvent, int, bool}> event, tag and report by token */
    private array $queued = [];

    /** @var list<Completion> */
    private array $completions = [];

    private int $lastToken = 0;

    /** @var array{resource, resource}|null the reading and the writing end; the first is readable while there is a byte */
    private ?array $stream = null;

    /** @param int $maxEvents how many events the queue holds, with completions that are not polled */
    public function __construct(
        private readonly FakeClient $client = new FakeClient(),
        private readonly int $maxEvents = 10_000,
    ) {
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
        $event = $this->client->checks()->event($topic, $payload, $idempotencyKey, $orderingKey, $timeout, $headers);

        return $this->enqueue($event, $tag, $report);
    }

    public function submitPrepared(
        string $blob,
        ?float $timeout = null,
        int $tag = 0,
        bool $report = true,
    ): int {
        return $this->enqueue($this->client->checks()->prepared($blob, $timeout), $tag, $report);
    }

    /**
     * Returns the completions of all events, at most $max, without waiting.
     *
     * @return list<Completion>
     */
    public function poll(float $timeout = 0.0, int $max = 100): array
    {
        $this->process();
        $taken = array_splice($this->completions, 0, max(1, $max));
        $this->signal();

        return $taken;
    }

    /** Does nothing: poll() does not wait. */
    public function wakeUp(): void
    {
    }

    public function flush(float $timeout): int
    {
        $this->process();

        return 0;
    }

    public function cancel(int $token): void
    {
        if (isset($this->queued[$token])) {
            $this->complete($token, new CancelledException(new ErrorInfo(
                Status::CANCELLED,
                'cancelled',
                'the event was cancelled before it was sent',
                outcome: Outcome::NotSent,
            )));
        }
    }

    public function purge(bool $inFlight = false): int
    {
        $tokens = array_keys($this->queued);
        array_map($this->cancel(...), $tokens);

        return count($tokens);
    }

    public function state(): QueueState
    {
        return new QueueState(count($this->queued), 0, count($this->completions));
    }

    public function eventStream()
    {
        $this->stream ??= stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0) ?: null;
        $this->signal();

        return $this->stream[0];
    }

    public function close(float $timeout): int
    {
        $this->process();
        $this->client->close();

        return 0;
    }

    public function client(): FakeClient
    {
        return $this->client;
    }

    /** @throws HookrailException when the queue is full, or the client is closed */
    private function enqueue(RecordedEvent $event, int $tag, bool $report): int
    {
        if ($this->client->isClosed()) {
            throw Failure::closed($event->idempotencyKey);
        }
        if (count($this->queued) + count($this->completions) >= $this->maxEvents) {
            throw Failure::queueFull($this->maxEvents, $event->idempotencyKey);
        }
        $this->queued[++$this->lastToken] = [$event, $tag, $report];
        $this->signal();

        return $this->lastToken;
    }

    /** Sends all queued events. */
    private function process(): void
    {
        foreach (array_keys($this->queued) as $token) {
            $this->complete($token);
        }
    }

    private function complete(int $token, ?HookrailException $refusal = null): void
    {
        [$event, $tag, $report] = $this->queued[$token];
        unset($this->queued[$token]);
        $decided = $this->client->decide($event, $refusal);
        if ($report) {
            $this->completions[] = new Completion(
                $tag,
                $token,
                $decided->error?->outcome() ?? Outcome::Delivered,
                $decided->accepted?->attempts ?? $decided->error?->attempts() ?? 0,
                0.0,
                0.0,
                $decided->accepted,
                $decided->error,
                $event->topic,
                $event->idempotencyKey,
                $event->orderingKey,
            );
        }
    }

    /** Makes the stream readable while poll() has completions, and not otherwise. */
    private function signal(): void
    {
        if ($this->stream === null) {
            return;
        }
        stream_set_blocking($this->stream[0], false);
        fread($this->stream[0], 8192);
        if ($this->queued !== [] || $this->completions !== []) {
            fwrite($this->stream[1], '!');
        }
    }
}
