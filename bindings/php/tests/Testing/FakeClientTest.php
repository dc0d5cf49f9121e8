<?php

declare(strict_types=1);

namespace Hookrail\Tests\Testing;

use Closure;
use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\ClientOptions;
use Hookrail\EventStatus;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ConflictException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\NotFoundException;
use Hookrail\Exception\RateLimitedException;
use Hookrail\Exception\RetriesExhaustedException;
use Hookrail\Outcome;
use Hookrail\RawJson;
use Hookrail\Testing\Failure;
use Hookrail\Testing\FakeClient;
use Hookrail\Testing\RecordedEvent;
use PHPUnit\Framework\TestCase;

final class FakeClientTest extends TestCase
{
    public function testItRecordsEventsWithTheirResults(): void
    {
        $client = new FakeClient();
        $accepted = $client->sendEvent('order.created', ['id' => 7, 'text' => 'µ/'], 'k1', 'customer 7', 2.5);
        $other = $client->sendEvent('order.paid', new RawJson('{ "a": 12345678901234567890 }'));

        [$first, $second] = $client->events();
        self::assertSame('order.created', $first->topic);
        self::assertSame('{"id":7,"text":"µ/"}', $first->json);
        self::assertSame(['id' => 7, 'text' => 'µ/'], $first->payload());
        self::assertSame(['k1', 'customer 7', 2.5], [$first->idempotencyKey, $first->orderingKey, $first->timeout]);
        self::assertSame($accepted, $first->accepted);
        self::assertNull($first->error);
        self::assertSame('{ "a": 12345678901234567890 }', $second->json);
        self::assertSame($other->idempotencyKey, $second->idempotencyKey);
        self::assertMatchesRegularExpression('/^[0-9a-f-]{36}$/', $second->idempotencyKey);
        self::assertNull($second->orderingKey);
        self::assertNotSame($accepted->eventId, $other->eventId);
        self::assertSame(['event_id' => $other->eventId, 'delivery_ids' => null], json_decode($other->json, true));
    }

    public function testItTreatsIdempotencyKeysAsTheServiceDoes(): void
    {
        $client = new FakeClient();
        $first = $client->sendEvent('t', [1], 'k');
        $again = $client->sendEvent('t', [1], 'k');

        self::assertFalse($first->replayed);
        self::assertTrue($again->replayed);
        self::assertSame($first->eventId, $again->eventId);
        foreach ([['u', [1], null], ['t', [2], null], ['t', [1], 'o']] as [$topic, $payload, $orderingKey]) {
            try {
                $client->sendEvent($topic, $payload, 'k', $orderingKey);
                self::fail('no conflict');
            } catch (ConflictException $error) {
                self::assertSame('k', $error->idempotencyKey());
            }
        }
        self::assertCount(1, $client->events());
        self::assertCount(5, $client->calls());
        self::assertSame($again, $client->calls()[1]->accepted);
        self::assertInstanceOf(ConflictException::class, $client->calls()[4]->error);
        $stats = $client->stats();
        self::assertSame(5, $stats['requests']);
        self::assertSame(2, $stats['successes']);
        self::assertSame(1, $stats['replays']);
        self::assertSame(['conflict' => 3], $stats['failures']);
        self::assertSame([], array_diff_key((new Client('hk_x', 'http://localhost'))->stats(), $stats));
    }

    public function testTheNextCallsFailOrReturnAsTold(): void
    {
        $client = new FakeClient();
        $client->willThrow(Failure::rateLimited(retryAfter: 2.0), Failure::timeout('own'));
        $result = new Accepted('E9', ['D1'], false, 'k', 3, '{}');
        $client->willReturn($result);

        $first = self::failureOf(static fn () => $client->sendEvent('t', [], 'k'));
        self::assertInstanceOf(RetriesExhaustedException::class, $first);
        self::assertInstanceOf(RateLimitedException::class, $first->lastError());
        self::assertSame(['k', 2.0, 4], [$first->idempotencyKey(), $first->retryAfter(), $first->attempts()]);
        $second = self::failureOf(static fn () => $client->sendEvent('t', [], 'k'));
        self::assertSame(['own', Outcome::MaybeSent], [$second->idempotencyKey(), $second->outcome()]);
        self::assertSame($result, $client->sendEvent('t', [], 'k'));
        self::assertFalse($client->sendEvent('t', [], 'another')->replayed);
        self::assertSame([$first, $second, null, null], array_column($client->calls(), 'error'));
    }

    public function testAFunctionDecidesAboutEachEvent(): void
    {
        $client = new FakeClient();
        $client->answerWith(static fn (RecordedEvent $event) => $event->topic === 'bad' ? Failure::status(403) : null);
        $client->willThrow(Failure::connection());

        self::assertSame(Outcome::NotSent, self::failureOf(static fn () => $client->sendEvent('good', []))->outcome());
        $client->sendEvent('good', []);
        self::assertSame(403, self::failureOf(static fn () => $client->sendEvent('bad', []))->httpStatus());
        $client->answerWith(null);
        $client->sendEvent('bad', []);
        self::assertSame(['good', 'bad'], array_column($client->events(), 'topic'));
    }

    /**
     * @dataProvider arguments
     *
     * @param Closure(ClientInterface): mixed $call
     */
    public function testItRefusesWhatAClientRefuses(Closure $call): void
    {
        $options = new ClientOptions(payloadLimit: 100);
        $client = new FakeClient($options);
        // Nothing listens there: a request would be a ConnectionException.
        $real = self::failureOf(static fn () => $call(new Client('hk_x', 'http://127.0.0.1:1', $options)));
        $error = self::failureOf(static fn () => $call($client));

        self::assertSame($real::class, $error::class);
        self::assertSame($real->getMessage(), $error->getMessage());
        self::assertSame($real->outcome(), $error->outcome());
        self::assertSame([], $client->calls());
    }

    /** @return iterable<string, array{Closure(ClientInterface): mixed}> */
    public static function arguments(): iterable
    {
        yield 'topic' => [static fn (ClientInterface $c) => $c->sendEvent('', [])];
        yield 'payload' => [static fn (ClientInterface $c) => $c->sendEvent('t', null)];
        yield 'no JSON' => [static fn (ClientInterface $c) => $c->sendEvent('t', new RawJson('{'))];
        yield 'large' => [static fn (ClientInterface $c) => $c->sendEvent('t', [str_repeat('x', 200)])];
        yield 'key' => [static fn (ClientInterface $c) => $c->sendEvent('t', [], " \n")];
        yield 'ordering key' => [static fn (ClientInterface $c) => $c->sendEvent('t', [], null, 'µ')];
        yield 'timeout' => [static fn (ClientInterface $c) => $c->sendEvent('t', [], timeout: 0.0)];
        yield 'blob' => [static fn (ClientInterface $c) => $c->sendPrepared('HKRLPREP')];
        yield 'prepare' => [static fn (ClientInterface $c) => $c->prepare('', [])];
        yield 'event id' => [static fn (ClientInterface $c) => $c->getEvent('')];
        yield 'timeout of a question' => [static fn (ClientInterface $c) => $c->getEvent('E1', -1.0)];
    }

    public function testPreparedEvents(): void
    {
        $client = new FakeClient();
        $prepared = $client->prepare('a "b" µ', new RawJson('{"topic":"x","payload": [1] }'), 'k', 'o 1');
        self::assertSame([], $client->calls());
        $client->sendPrepared($prepared->blob, 5.0);
        self::assertTrue($client->sendPrepared($prepared->blob)->replayed);

        [$event] = $client->events();
        self::assertSame('a "b" µ', $event->topic);
        self::assertSame('{"topic":"x","payload": [1] }', $event->json);
        self::assertSame(['k', 'o 1', 5.0], [$event->idempotencyKey, $event->orderingKey, $event->timeout]);
    }

    public function testAFiredCancellationEndsTheCall(): void
    {
        $client = new FakeClient();
        $client->willThrow(Failure::timeout());
        $cancellation = new Cancellation();
        $client->answerWith(static function () use ($cancellation): void {
            $cancellation->fire();
        });
        self::failureOf(static fn () => $client->sendEvent('t', [], cancellation: $cancellation));
        $client->sendEvent('t', [], cancellation: $cancellation);

        $error = self::failureOf(static fn () => $client->sendEvent('t', [], 'k', cancellation: $cancellation));
        self::assertInstanceOf(CancelledException::class, $error);
        self::assertSame('k', $error->idempotencyKey());
    }

    public function testTheStatusOfAnEvent(): void
    {
        $client = new FakeClient();
        $eventId = $client->sendEvent('t', [])->eventId;
        $status = new EventStatus('E2', 'u', [], '{}');
        $client->setStatus($status);

        self::assertSame([$eventId, 't'], [$client->getEvent($eventId)->eventId, $client->getEvent($eventId)->topic]);
        self::assertSame($status, $client->getEvent('E2'));
        $client->willThrow(Failure::unavailable());
        $unavailable = self::failureOf(static fn () => $client->getEvent('E2'));
        self::assertSame([503, Outcome::None], [$unavailable->httpStatus(), $unavailable->outcome()]);
        $fired = new Cancellation();
        $fired->fire();
        $cancelled = self::failureOf(static fn () => $client->getEvent('E2', cancellation: $fired));
        self::assertInstanceOf(CancelledException::class, $cancelled);
        $unknown = self::failureOf(static fn () => $client->getEvent('E3'));
        self::assertInstanceOf(NotFoundException::class, $unknown);
        self::assertSame([Outcome::None, Outcome::None], [$cancelled->outcome(), $unknown->outcome()]);
    }

    /** @param Closure(): mixed $call */
    private static function failureOf(Closure $call): HookrailException
    {
        try {
            $call();
        } catch (HookrailException $error) {
            return $error;
        }
        self::fail('no exception');
    }
}
