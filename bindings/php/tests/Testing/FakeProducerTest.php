<?php

declare(strict_types=1);

namespace Hookrail\Tests\Testing;

use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ClosedException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\QueueFullException;
use Hookrail\Exception\RateLimitedException;
use Hookrail\Outcome;
use Hookrail\QueueState;
use Hookrail\Testing\Failure;
use Hookrail\Testing\FakeClient;
use Hookrail\Testing\FakeProducer;
use PHPUnit\Framework\TestCase;

final class FakeProducerTest extends TestCase
{
    public function testEachEventHasACompletion(): void
    {
        $client = new FakeClient();
        $client->willThrow(Failure::undelivered(Failure::rateLimited(2.0)));
        $producer = new FakeProducer($client);
        $first = $producer->submit('t', [1], 'k1', 'o', tag: 5);
        $second = $producer->submitPrepared($client->prepare('u', [2], 'k2')->blob, tag: 6);
        $producer->submit('v', [3], report: false);
        self::assertEquals(new QueueState(3, 0, 0), $producer->state());
        self::assertSame([], $client->calls());

        [$failed] = $producer->poll(max: 1);
        [$done] = $producer->poll();
        self::assertSame([], $producer->poll());
        self::assertSame([5, $first, 't', 'k1', 'o'], [
            $failed->tag, $failed->token, $failed->topic, $failed->idempotencyKey, $failed->orderingKey,
        ]);
        self::assertInstanceOf(RateLimitedException::class, $failed->error?->lastError());
        self::assertSame('k1', $failed->error->idempotencyKey());
        self::assertSame([Outcome::Rejected, 4], [$failed->outcome, $failed->attempts]);
        self::assertSame([6, $second, 'u', 'k2', null], [
            $done->tag, $done->token, $done->topic, $done->idempotencyKey, $done->orderingKey,
        ]);
        self::assertSame([Outcome::Delivered, 1, null], [$done->outcome, $done->attempts, $done->error]);
        self::assertSame('k2', $done->accepted?->idempotencyKey);
        self::assertSame(['u', 'v'], array_column($producer->client()->events(), 'topic'));
    }

    public function testItRefusesWhatAProducerRefuses(): void
    {
        $producer = new FakeProducer(maxEvents: 1);
        try {
            $producer->submit('', []);
            self::fail('no exception');
        } catch (InvalidArgumentException $error) {
            self::assertStringContainsString('topic', $error->getMessage());
        }
        $producer->submit('t', []);
        foreach ([0, 1] as $completions) {
            try {
                $producer->submit('t', [], 'k');
                self::fail('no exception');
            } catch (QueueFullException $error) {
                self::assertSame('k', $error->idempotencyKey());
            }
            self::assertSame(0, $producer->flush(1.0));
            self::assertEquals(new QueueState(0, 0, 1), $producer->state(), "$completions");
        }
        self::assertCount(1, $producer->poll());
        $producer->submit('t', []);
        self::assertSame(0, $producer->close(1.0));
        self::assertCount(1, $producer->poll());
        $this->expectException(ClosedException::class);
        $producer->submit('t', []);
    }

    public function testTheClientOfAClosedProducerIsClosed(): void
    {
        $producer = new FakeProducer();
        $producer->close(1.0);
        $this->expectException(ClosedException::class);
        $producer->client()->sendEvent('t', []);
    }

    public function testQueuedEventsCanBeCancelled(): void
    {
        $producer = new FakeProducer();
        $token = $producer->submit('t', [], 'k', tag: 1);
        $producer->submit('t', [], tag: 2);
        $producer->cancel($token);
        $producer->cancel(99);
        self::assertSame(1, $producer->purge());

        $completions = $producer->poll();
        self::assertSame([1, 2], array_column($completions, 'tag'));
        self::assertInstanceOf(CancelledException::class, $completions[0]->error);
        self::assertSame([Outcome::NotSent, 'k'], [$completions[0]->outcome, $completions[0]->error->idempotencyKey()]);
        self::assertSame([], $producer->client()->events());
    }

    public function testTheStreamIsReadableWhilePollHasCompletions(): void
    {
        $producer = new FakeProducer();
        $producer->submit('t', []);
        $producer->submit('t', []);
        $stream = $producer->eventStream();
        $isReadable = static function () use ($stream): bool {
            [$read, $none] = [[$stream], null];

            return stream_select($read, $none, $none, 0) === 1;
        };
        self::assertTrue($isReadable());
        $producer->poll(max: 1);
        self::assertTrue($isReadable());
        $producer->poll(max: 1);
        self::assertFalse($isReadable());
        $producer->submit('t', []);
        self::assertTrue($isReadable());
        self::assertSame($stream, $producer->eventStream());
    }
}
