<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Closure;
use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\ClientInterface;
use Hookrail\ClientOptions;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\PreparedEvent;

/**
 * A client for tests of your own code. It sends nothing, remembers the events, and returns or throws what the test
 * tells it to.
 *
 *     $client = new FakeClient();
 *     $client->willThrow(Failure::timeout());
 *     $orders = new Orders($client);        // has a parameter of the type ClientInterface
 *     $orders->place($order);
 *     self::assertSame('order.created', $client->events()[0]->topic);
 *
 * It checks all arguments as a Client does, with the native library. Without instructions it accepts every event, and
 * treats idempotency keys as the service does: the same event again is a replay, and another event under the same key
 * a ConflictException.
 */
final class FakeClient implements ClientInterface
{
    private readonly Checks $checks;

    /** @var list<Accepted|EventStatus|HookrailException> the results of the next calls */
    private array $next = [];

    /** @var (Closure(RecordedEvent): (Accepted|HookrailException|null))|null */
    private ?Closure $answer = null;

    /** @var list<RecordedEvent> */
    private array $calls = [];

    /** @var array<string, RecordedEvent> by idempotency key */
    private array $recorded = [];

    /** @var array<string, EventStatus> by event id */
    private array $statuses = [];

    private bool $isClosed = false;

    /**
     * @param ClientOptions $options for the checks of arguments, such as payloadLimit
     *
     * @throws HookrailException when an option is not acceptable, or the native library cannot be loaded
     */
    public function __construct(ClientOptions $options = new ClientOptions())
    {
        $this->checks = new Checks($options);
    }

    /**
     * Lets the next calls of sendEvent(), sendPrepared() and getEvent(), and the next events of a FakeProducer, fail:
     * one call for each exception, in order.
     *
     * @param HookrailException ...$exceptions from Failure, for example
     */
    public function willThrow(HookrailException ...$exceptions): void
    {
        array_push($this->next, ...$exceptions);
    }

    /** Lets the next calls return these results: one call for each result, in order. */
    public function willReturn(Accepted ...$results): void
    {
        array_push($this->next, ...$results);
    }

    /**
     * Sets a function that decides about each event for which willThrow() and willReturn() have left nothing. It
     * returns a result, an exception that is then thrown, or null to accept the event.
     *
     * @param (Closure(RecordedEvent): (Accepted|HookrailException|null))|null $answer null removes the function
     */
    public function answerWith(?Closure $answer): void
    {
        $this->answer = $answer;
    }

    /** Sets the status that getEvent() returns for an event. */
    public function setStatus(EventStatus $status): void
    {
        $this->statuses[$status->eventId] = $status;
    }

    /**
     * Returns the events that were accepted, each once, also if it was sent again.
     *
     * @return list<RecordedEvent>
     */
    public function events(): array
    {
        return array_values($this->recorded);
    }

    /**
     * Returns all events with acceptable arguments that were passed to the client, in order and with their results:
     * also those that failed, and each repetition.
     *
     * @return list<RecordedEvent>
     */
    public function calls(): array
    {
        return $this->calls;
    }

    public function sendEvent(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
        #[\SensitiveParameter]
        array $headers = [],
    ): Accepted {
        return $this->send(
            $this->checks->event($topic, $payload, $idempotencyKey, $orderingKey, $timeout, $headers),
            $cancellation,
        );
    }

    public function sendPrepared(
        string $blob,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): Accepted {
        return $this->send($this->checks->prepared($blob, $timeout), $cancellation);
    }

    public function prepare(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        #[\SensitiveParameter]
        array $headers = [],
    ): PreparedEvent {
        return $this->checks->client->prepare($topic, $payload, $idempotencyKey, $orderingKey, $headers);
    }

    /** Returns the status that setStatus() set, or that of an accepted event without deliveries. */
    public function getEvent(
        string $eventId,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): EventStatus {
        $this->checks->question($eventId, $timeout);
        if ($cancellation?->isFired()) {
            throw Failure::ofQuestion(Failure::cancelled());
        }
        if (($this->next[0] ?? null) instanceof HookrailException) {
            throw Failure::ofQuestion(array_shift($this->next));
        }

        return $this->statuses[$eventId] ?? $this->statusOf($eventId);
    }

    /**
     * Returns the counters of a client, of which these are of this object: requests, attempts, successes, replays and
     * failures.
     *
     * @return array<string, int|array<string, mixed>>
     */
    public function stats(): array
    {
        $failures = [];
        foreach ($this->calls as $call) {
            if ($call->error !== null) {
                $name = $call->error->statusName();
                $failures[$name] = ($failures[$name] ?? 0) + 1;
            }
        }
        $accepted = array_filter(array_column($this->calls, 'accepted'));

        return [
            'requests' => count($this->calls),
            'attempts' => count($this->calls),
            'successes' => count($accepted),
            'replays' => count(array_filter(array_column($accepted, 'replayed'))),
            'retries' => [],
            'failures' => $failures,
        ] + $this->checks->client->stats();
    }

    /** Returns the text of a client that has sent nothing. */
    public function metrics(): string
    {
        return $this->checks->client->metrics();
    }

    /** @internal */
    public function checks(): Checks
    {
        return $this->checks;
    }

    /** @internal */
    public function close(): void
    {
        $this->isClosed = true;
    }

    /** @internal */
    public function isClosed(): bool
    {
        return $this->isClosed;
    }

    /**
     * Decides about an event and remembers it with its result.
     *
     * @internal
     */
    public function decide(RecordedEvent $event, ?HookrailException $refusal = null): RecordedEvent
    {
        $result = $refusal
            ?? array_shift($this->next)
            ?? ($this->answer !== null ? ($this->answer)($event) : null)
            ?? $this->accept($event);
        $decided = $result instanceof HookrailException
            ? $event->with(null, Failure::ofEvent($result, $event->idempotencyKey))
            : $event->with($result, null);
        $this->calls[] = $decided;
        if ($decided->accepted !== null) {
            $this->recorded[$event->idempotencyKey] ??= $decided;
        }

        return $decided;
    }

    /** @throws HookrailException the failure that the test wants */
    private function send(RecordedEvent $event, ?Cancellation $cancellation): Accepted
    {
        $decided = $this->decide($event, match (true) {
            $this->isClosed => Failure::closed(),
            $cancellation?->isFired() === true => Failure::cancelled(),
            default => null,
        });

        return $decided->accepted ?? throw $decided->error;
    }

    private function accept(RecordedEvent $event): Accepted|HookrailException
    {
        $known = $this->recorded[$event->idempotencyKey] ?? null;
        if ($known !== null && !$known->isSameAs($event)) {
            return Failure::status(409, 'the idempotency key was used before with another topic, other payload bytes or'
                . ' another ordering key');
        }
        $eventId = $known?->accepted?->eventId ?? sprintf('01FAKE%020d', count($this->recorded) + 1);

        return new Accepted(
            $eventId,
            [],
            $known !== null,
            $event->idempotencyKey,
            1,
            "{\"event_id\":\"$eventId\",\"delivery_ids\":null}",
        );
    }

    /** @throws HookrailException when no such event was accepted */
    private function statusOf(string $eventId): EventStatus
    {
        foreach ($this->recorded as $event) {
            if ($event->accepted?->eventId === $eventId) {
                $json = ['event_id' => $eventId, 'topic' => $event->topic, 'deliveries' => null];

                return new EventStatus($eventId, $event->topic, [], (string) json_encode($json));
            }
        }
        throw Failure::ofQuestion(Failure::status(404, 'there is no such event'));
    }
}
