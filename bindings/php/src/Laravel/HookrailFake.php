<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Closure;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Testing\FakeClient;
use Hookrail\Testing\FakeProducer;
use Hookrail\Testing\RecordedEvent;
use Hookrail\VerifierInterface;
use PHPUnit\Framework\Assert;

/**
 * Takes the place of all clients and producers in a test. `Hookrail::client()->willThrow(…)` lets sends fail.
 *
 *     Hookrail::fake();
 *     $this->postJson('/orders', ['id' => 7]);
 *     Hookrail::assertSent('order.created', fn (RecordedEvent $event) => $event->payload()['id'] === 7);
 */
final class HookrailFake implements Factory
{
    use ForwardsCalls;

    /** @var array<string, FakeClient> */
    private array $clients = [];

    /** @var array<string, FakeProducer> */
    private array $producers = [];

    /** @param HookrailManager $real for the verifiers and the names */
    public function __construct(public readonly HookrailManager $real)
    {
    }

    public function client(?string $name = null): FakeClient
    {
        return $this->clients[$name ?? $this->real->defaultClient()] ??= new FakeClient();
    }

    public function producer(?string $name = null): FakeProducer
    {
        $name ??= $this->real->defaultClient();

        return $this->producers[$name] ??= new FakeProducer($this->client($name));
    }

    public function verifier(string $name = 'default'): VerifierInterface
    {
        return $this->real->verifier($name);
    }

    public function receiver(string $name = 'default'): RequestReceiver
    {
        return $this->real->receiver($name);
    }

    /** @return list<FakeProducer> */
    public function producers(): array
    {
        return array_values($this->producers);
    }

    /**
     * Returns the events that were accepted, of all clients and producers.
     *
     * @param string|null                           $topic     null: all topics
     * @param (Closure(RecordedEvent): bool)|null   $condition null: all events
     *
     * @return list<RecordedEvent>
     */
    public function sent(?string $topic = null, ?Closure $condition = null): array
    {
        foreach ($this->producers as $producer) {
            $producer->flush(0.0);
        }
        $events = array_merge(...array_values(array_map(
            static fn (FakeClient $client): array => $client->events(),
            $this->clients,
        )));

        return array_values(array_filter($events, static fn (RecordedEvent $event): bool
            => ($topic === null || $event->topic === $topic) && ($condition === null || $condition($event))));
    }

    /**
     * Asserts that there was such an event.
     *
     * @param (Closure(RecordedEvent): bool)|int|null $condition which one, or how many of the topic
     */
    public function assertSent(string $topic, Closure|int|null $condition = null): void
    {
        if (is_int($condition)) {
            Assert::assertCount($condition, $this->sent($topic), "Events of the topic $topic.");

            return;
        }
        Assert::assertNotEmpty(
            $this->sent($topic, $condition),
            "No event of the topic $topic that fulfils the condition was sent. " . $this->summary(),
        );
    }

    /**
     * Asserts that there was no such event.
     *
     * @param (Closure(RecordedEvent): bool)|null $condition which one
     */
    public function assertNotSent(string $topic, ?Closure $condition = null): void
    {
        Assert::assertCount(0, $this->sent($topic, $condition), "An event of the topic $topic was sent.");
    }

    public function assertNothingSent(): void
    {
        Assert::assertCount(0, $this->sent(), $this->summary());
    }

    /** Asserts how many events of all topics there were. */
    public function assertSentCount(int $count): void
    {
        Assert::assertCount($count, $this->sent(), $this->summary());
    }

    private function summary(): string
    {
        $topics = array_count_values(array_column($this->sent(), 'topic'));
        $texts = array_map(
            static fn (string|int $topic, int $count): string => "$count of $topic",
            array_keys($topics),
            $topics,
        );

        return 'Sent events: ' . (implode(', ', $texts) ?: 'none') . '.';
    }
}
