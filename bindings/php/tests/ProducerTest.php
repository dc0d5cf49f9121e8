<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Completion;
use Hookrail\Exception\AuthenticationException;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ClosedException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\QueueFullException;
use Hookrail\Outcome;
use Hookrail\Producer;
use Hookrail\RawJson;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

final class ProducerTest extends TestCase
{
    use UsesDevServer;

    public function testEachEventHasOneCompletion(): void
    {
        $producer = self::producer();
        $tokens = [];
        for ($tag = 1; $tag <= 20; $tag++) {
            $tokens[$tag] = $producer->submit('t', ['n' => $tag], idempotencyKey: "k$tag", tag: $tag);
        }
        self::assertSame(0, $producer->flush(20.0));
        $completions = $producer->poll();

        self::assertCount(20, $completions);
        foreach ($completions as $completion) {
            self::assertSame($tokens[$completion->tag], $completion->token);
            self::assertSame(Outcome::Delivered, $completion->outcome);
            self::assertSame("k$completion->tag", $completion->accepted?->idempotencyKey);
            self::assertNull($completion->error);
            self::assertSame("k$completion->tag", $completion->idempotencyKey);
            self::assertSame('t', $completion->topic);
            self::assertNull($completion->orderingKey);
            self::assertSame(1, $completion->attempts);
            self::assertGreaterThanOrEqual($completion->queued, $completion->total);
        }
        self::assertSame(20, self::$server->summary()['events']);
        self::assertSame([], $producer->poll());
    }

    public function testAFailureIsAnExceptionInItsCompletion(): void
    {
        $producer = new Producer(new Client('hk_other', self::$server->url, new ClientOptions(shared: false)));
        $producer->submit('t', [], idempotencyKey: 'k');
        [$completion] = $producer->poll(20.0);

        self::assertInstanceOf(AuthenticationException::class, $completion->error);
        self::assertSame('k', $completion->error->idempotencyKey());
        self::assertSame(Outcome::Rejected, $completion->outcome);
        self::assertNull($completion->accepted);
        self::assertSame(['t', 'k', null], self::event($completion));
    }

    public function testACompletionKnowsItsEventAlsoInAnotherProducerOfTheClient(): void
    {
        $options = new ClientOptions(userAgentSuffix: 'known/1');
        $producer = self::producer($options);
        $other = self::producer($options);
        $producer->submit('a "b"', [], 'k1', 'order 1', tag: 1);
        $prepared = $producer->client()->prepare('c "d" \\ ü', new RawJson('{"payload":1}'), 'k2', 'order 2');
        $producer->submitPrepared($prepared->blob, tag: 2);
        $producer->submit('e', [], 'k3', tag: 3, wait: 20.0);
        $producer->flush(20.0);
        $events = [];
        foreach ($other->poll() as $completion) {
            $events[$completion->tag] = self::event($completion);
        }
        ksort($events);

        self::assertSame([
            1 => ['a "b"', 'k1', 'order 1'],
            2 => ['c "d" \\ ü', 'k2', 'order 2'],
            3 => ['e', 'k3', null],
        ], $events);
    }

    public function testTheEventsOfAClosedClientAreNotThoseOfTheNext(): void
    {
        $options = new ClientOptions(userAgentSuffix: 'known/2');
        $closed = self::producer($options);
        $closed->submit('before', [], 'k1');
        $closed->close(20.0);
        $next = self::producer($options);
        // The tokens of both are the same.
        $next->submit('after', [], 'k2');

        self::assertSame(['after', 'k2', null], self::event($next->poll(20.0)[0]));
        self::assertSame(['before', 'k1', null], self::event($closed->poll()[0]));
    }

    public function testPollWaitsForTheFirstCompletion(): void
    {
        self::$server->setFaults([['delay_ms' => 100]]);
        $producer = self::producer();
        $producer->submit('t', [], tag: -1);
        [$completion] = $producer->poll(20.0);

        self::assertSame(-1, $completion->tag);
    }

    public function testPollTakesNoMoreThanRequested(): void
    {
        $producer = self::producer();
        for ($i = 0; $i < 5; $i++) {
            $producer->submit('t', []);
        }
        $producer->flush(20.0);
        self::assertSame(5, $producer->state()->completions);
        self::assertCount(2, $producer->poll(max: 2));
        self::assertCount(3, $producer->poll(max: PHP_INT_MAX));
        self::assertEquals(new \Hookrail\QueueState(0, 0, 0), $producer->state());
    }

    public function testWithoutReportThereIsNoCompletion(): void
    {
        $producer = self::producer();
        $producer->submit('t', [], report: false);
        $producer->flush(20.0);

        self::assertSame([], $producer->poll());
        self::assertSame(1, self::$server->summary()['events']);
    }

    public function testAFailureWithoutReportIsCounted(): void
    {
        self::$server->setFaults([['status' => 403]]);
        $producer = self::producer();
        $producer->submit('t', [], report: false);
        $producer->flush(20.0);

        self::assertSame(['permission_denied' => 1], $producer->client()->stats()['failures']);
    }

    public function testAPreparedEventCanBeQueued(): void
    {
        $producer = self::producer();
        $prepared = $producer->client()->prepare('t', ['a' => 1]);
        $producer->submitPrepared($prepared->blob, timeout: 20.0, tag: 4);
        [$completion] = $producer->poll(20.0);

        self::assertSame(4, $completion->tag);
        self::assertSame($prepared->idempotencyKey, $completion->accepted?->idempotencyKey);
    }

    public function testAFullQueueHasItsOwnException(): void
    {
        self::$server->setFaults([['never_answer' => true, 'times' => 'always']]);
        $producer = self::producer(new ClientOptions(queueMaxEvents: 2, shared: false));
        $producer->submit('t', []);
        $producer->submit('t', []);
        foreach ([0.0, 0.02] as $wait) {
            try {
                $producer->submit('t', [], wait: $wait);
                self::fail('no exception');
            } catch (QueueFullException $error) {
                self::assertInstanceOf(\OverflowException::class, $error);
                self::assertTrue($error->isRetryable());
            }
        }
    }

    public function testWaitingForRoom(): void
    {
        self::$server->setFaults([['delay_ms' => 100]]);
        $producer = self::producer(new ClientOptions(queueMaxEvents: 1, shared: false));
        $producer->submit('t', [], report: false);
        $producer->submit('t', [], wait: 20.0, report: false);
        self::assertSame(0, $producer->flush(20.0));
        self::assertSame(2, self::$server->summary()['events']);
    }

    public function testUnacceptableEventsAreNotQueued(): void
    {
        $producer = self::producer();
        try {
            $producer->submit('', []);
            self::fail('no exception');
        } catch (InvalidArgumentException $error) {
            self::assertStringContainsString('topic', $error->getMessage());
        }
        self::assertSame(0, $producer->state()->queued);
    }

    public function testQueuedEventsCanBeCancelled(): void
    {
        self::$server->setFaults([['never_answer' => true, 'times' => 'always']]);
        $producer = self::producer(new ClientOptions(workers: 1, shared: false));
        $sending = $producer->submit('t', [], tag: 1);
        self::$server->wait(['requests' => 1]);
        $producer->submit('t', [], tag: 2);
        $waiting = $producer->submit('t', [], tag: 3);
        self::assertSame(3, $producer->flush(0.01));

        $producer->cancel($waiting);
        self::assertSame([3], array_column($producer->poll(20.0), 'tag'));
        self::assertSame(1, $producer->purge());
        self::assertSame([2], array_column($producer->poll(20.0), 'tag'));
        $producer->cancel($sending);
        [$completion] = $producer->poll(20.0);
        self::assertSame(1, $completion->tag);
        self::assertInstanceOf(CancelledException::class, $completion->error);
        self::assertSame(Outcome::MaybeSent, $completion->outcome);
    }

    public function testPurgeCancelsEventsThatAreBeingSent(): void
    {
        self::$server->setFaults([['never_answer' => true, 'times' => 'always']]);
        $producer = self::producer(new ClientOptions(workers: 1, shared: false));
        $producer->submit('t', []);
        self::$server->wait(['requests' => 1]);
        self::assertSame(1, $producer->state()->inFlight);

        self::assertSame(1, $producer->purge(inFlight: true));
        self::assertSame(0, $producer->flush(20.0));
    }

    public function testAWakeUpEndsThePoll(): void
    {
        $producer = self::producer();
        $producer->wakeUp();
        $start = hrtime(true);

        self::assertSame([], $producer->poll(60.0));
        self::assertLessThan(30e9, hrtime(true) - $start);
    }

    public function testAnEventLoopWaitsForTheStream(): void
    {
        self::$server->setFaults([['delay_ms' => 50]]);
        $producer = self::producer();
        $stream = $producer->eventStream();
        self::assertFalse(self::hasCompletions($stream, 0.0));
        for ($tag = 1; $tag <= 10; $tag++) {
            $producer->submit('t', [], tag: $tag);
        }
        $tags = [];
        while (count($tags) < 10 && self::hasCompletions($stream, 20.0)) {
            $tags = [...$tags, ...array_map(static fn (Completion $c) => $c->tag, $producer->poll())];
        }
        sort($tags);
        self::assertSame(range(1, 10), $tags);
        self::assertFalse(self::hasCompletions($stream, 0.0));
    }

    public function testAClosedClientAcceptsNoEvents(): void
    {
        $producer = self::producer(new ClientOptions(shared: false));
        $producer->submit('t', [], tag: 9);
        self::assertSame(0, $producer->close(20.0));
        self::assertSame([9], array_column($producer->poll(), 'tag'));
        $this->expectException(ClosedException::class);
        $producer->submit('t', []);
    }

    public function testANewClientIsOpenAfterAClose(): void
    {
        $options = new ClientOptions(userAgentSuffix: 'closing/1');
        $closed = self::producer($options);
        $other = self::producer($options);
        $closed->submit('t', [], tag: 1);
        self::assertSame(0, $closed->close(20.0));

        $next = self::producer($options);
        $next->submit('t', [], tag: 2);
        self::assertSame([2], array_column($next->poll(20.0), 'tag'));
        $next->client()->sendEvent('t', []);
        // The objects that shared the closed client stay closed, and have its completions.
        self::assertSame([1], array_column($other->poll(), 'tag'));
        $this->expectException(ClosedException::class);
        $other->submit('t', []);
    }

    public function testCloseReturnsTheNumberOfUnsentEvents(): void
    {
        self::$server->setFaults([['never_answer' => true, 'times' => 'always']]);
        $producer = self::producer(new ClientOptions(workers: 1, shared: false));
        $producer->submit('t', []);
        $producer->submit('t', []);

        self::assertSame(2, $producer->close(0.05));
        self::assertCount(2, $producer->poll());
    }

    /** @return array{string|null, string|null, string|null} */
    private static function event(Completion $completion): array
    {
        return [$completion->topic, $completion->idempotencyKey, $completion->orderingKey];
    }

    /** @param resource $stream */
    private static function hasCompletions($stream, float $timeout): bool
    {
        $read = [$stream];
        $none = null;

        return stream_select($read, $none, $none, (int) $timeout) === 1;
    }

    private static function producer(?ClientOptions $options = null): Producer
    {
        return new Producer(new Client(
            DevServer::API_KEY,
            self::$server->url,
            $options ?? new ClientOptions(shared: false),
        ));
    }
}
