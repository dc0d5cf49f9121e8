<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\DeliveryState;
use Hookrail\Exception\ApiException;
use Hookrail\Exception\AuthenticationException;
use Hookrail\Exception\BadRequestException;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ConflictException;
use Hookrail\Exception\ConnectionException;
use Hookrail\Exception\DamagedEventException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\NotFoundException;
use Hookrail\Exception\PayloadTooLargeException;
use Hookrail\Exception\PermissionDeniedException;
use Hookrail\Exception\ProtocolException;
use Hookrail\Exception\RateLimitedException;
use Hookrail\Exception\RetriesExhaustedException;
use Hookrail\Exception\ServerErrorException;
use Hookrail\Exception\TimeoutException;
use Hookrail\Outcome;
use Hookrail\Producer;
use Hookrail\RawJson;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;
use RuntimeException;

final class ClientTest extends TestCase
{
    use UsesDevServer;

    public function testAnEventIsRecordedUnchanged(): void
    {
        $accepted = self::client()->sendEvent(
            'order.created',
            ['id' => 7, 'name' => 'Zoë/µ', 'total' => 10.0],
            idempotencyKey: 'key-1',
            orderingKey: 'customer-7',
        );

        self::assertSame('key-1', $accepted->idempotencyKey);
        self::assertSame(1, $accepted->attempts);
        self::assertFalse($accepted->replayed);
        self::assertSame([], $accepted->deliveryIds);
        self::assertSame($accepted->eventId, json_decode($accepted->json, true)['event_id']);
        [$event] = self::$server->events();
        self::assertSame($accepted->eventId, $event['event_id']);
        self::assertSame('order.created', $event['topic']);
        self::assertSame('key-1', $event['idempotency_key']);
        self::assertSame('customer-7', $event['ordering_key']);
        self::assertSame('{"id":7,"name":"Zoë/µ","total":10.0}', $event['payload']);
    }

    public function testJsonTextIsSentUnchanged(): void
    {
        $json = '{ "id": 12345678901234567890, "empty": {}, "list": [ ] }';
        self::client()->sendEvent('t', new RawJson($json));

        self::assertSame($json, self::$server->events()[0]['payload']);
    }

    public function testJsonTextMayBeAnyValue(): void
    {
        foreach (['null', 'false', '42', '"text"'] as $json) {
            self::client()->sendEvent('t', new RawJson($json));
        }
        self::client()->sendEvent('t', 'text');
        self::client()->sendEvent('t', new \stdClass());

        $payloads = array_column(self::$server->events(), 'payload');
        self::assertSame(['null', 'false', '42', '"text"', '"text"', '{}'], $payloads);
    }

    public function testTheSameKeyAndBytesAreAReplay(): void
    {
        $client = self::client();
        $first = $client->sendEvent('t', ['a' => 1], idempotencyKey: 'k');
        $again = $client->sendEvent('t', ['a' => 1], idempotencyKey: 'k');

        self::assertTrue($again->replayed);
        self::assertSame($first->eventId, $again->eventId);
        self::assertSame(1, self::$server->summary()['events']);
    }

    public function testTheRetryGetsALostAnswer(): void
    {
        self::$server->setFaults([['reset' => 'after_recording']]);
        $accepted = self::client(new ClientOptions(shared: false))->sendEvent('t', ['a' => 1]);

        self::assertSame(2, $accepted->attempts);
        self::assertTrue($accepted->replayed);
        self::assertSame(1, self::$server->summary()['events']);
    }

    public function testTheStatusOfAnEvent(): void
    {
        $json = json_encode(['event_id' => 'E1', 'topic' => 't', 'new' => true, 'deliveries' => [
            ['delivery_id' => 'D1', 'state' => 'retry_scheduled', 'attempts_truncated' => true, 'attempts' => [
                ['attempt_no' => 2, 'claim_version' => 3, 'status' => 'retryable_failure', 'latency_ms' => 250,
                    'http_status' => 502, 'error_class' => 'http_502'],
                ['attempt_no' => 3, 'claim_version' => 4, 'status' => 'retryable_failure', 'latency_ms' => 1],
            ]],
            ['delivery_id' => 'D2', 'state' => 'quarantined', 'attempts_truncated' => false, 'attempts' => null],
        ]]);
        self::$server->setFaults([['match' => ['method' => 'GET'], 'status' => 200, 'body' => $json,
            'content_type' => 'application/json']]);
        $status = self::client()->getEvent('E1');

        self::assertSame('E1', $status->eventId);
        self::assertSame('t', $status->topic);
        self::assertSame($json, $status->json);
        [$first, $second] = $status->deliveries;
        self::assertSame('D1', $first->deliveryId);
        self::assertSame(DeliveryState::RetryScheduled, $first->state);
        self::assertTrue($first->attemptsTruncated);
        self::assertSame(2, $first->attempts[0]->number);
        self::assertSame(3, $first->attempts[0]->claimVersion);
        self::assertSame('retryable_failure', $first->attempts[0]->status);
        self::assertSame(0.25, $first->attempts[0]->latency);
        self::assertSame(502, $first->attempts[0]->httpStatus);
        self::assertSame('http_502', $first->attempts[0]->errorClass);
        self::assertNull($first->attempts[1]->httpStatus);
        self::assertNull($first->attempts[1]->errorClass);
        self::assertSame('quarantined', $second->state);
        self::assertSame([], $second->attempts);
    }

    /**
     * @dataProvider finalStatuses
     *
     * @param class-string<ApiException> $class
     */
    public function testEachFinalStatusHasItsException(int $status, string $class): void
    {
        $problem = ['type' => 'urn:p', 'title' => 'No', 'detail' => 'because', 'status' => $status, 'extra' => [1]];
        self::$server->setFaults([['status' => $status, 'body' => json_encode($problem),
            'content_type' => 'application/problem+json']]);
        try {
            // Not shared: after an earlier test's success a 401 would be retryable.
            self::client(new ClientOptions(shared: false))->sendEvent('t', [], idempotencyKey: 'k');
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertSame($class, $error::class);
            self::assertInstanceOf(RuntimeException::class, $error);
            self::assertSame($status, $error->httpStatus());
            self::assertSame('urn:p', $error->problem()?->type);
            self::assertSame('No', $error->problem()->title);
            self::assertSame('because', $error->problem()->detail);
            self::assertSame($problem, $error->problem()->members());
            self::assertSame(Outcome::Rejected, $error->outcome());
            self::assertSame('k', $error->idempotencyKey());
            self::assertSame(1, $error->attempts());
            self::assertFalse($error->isRetryable());
            self::assertNull($error->getPrevious());
            self::assertSame($error, $error->lastError());
        }
    }

    /** @return iterable<string, array{int, class-string<ApiException>}> */
    public static function finalStatuses(): iterable
    {
        yield '400' => [400, BadRequestException::class];
        yield '401' => [401, AuthenticationException::class];
        yield '403' => [403, PermissionDeniedException::class];
        yield '404' => [404, NotFoundException::class];
        yield '409' => [409, ConflictException::class];
        yield '413' => [413, PayloadTooLargeException::class];
        yield '418' => [418, ApiException::class];
        yield '302' => [302, ApiException::class];
    }

    /**
     * @dataProvider retriedFaults
     *
     * @param array<string, mixed>            $fault
     * @param class-string<HookrailException> $class
     */
    public function testExhaustedRetriesHaveTheLastError(array $fault, string $class, Outcome $outcome): void
    {
        self::$server->setFaults([$fault + ['times' => 'always']]);
        try {
            // Not shared: a failure on a connection that was idle costs no retry.
            self::client(new ClientOptions(
                maxRetries: 2,
                backoffBase: 0.001,
                readTimeout: isset($fault['never_answer']) ? 0.1 : 30.0,
                shared: false,
            ))->sendEvent('t', []);
            self::fail('no exception');
        } catch (RetriesExhaustedException $error) {
            self::assertSame($class, $error->getPrevious()::class);
            self::assertSame($error->getPrevious(), $error->lastError());
            self::assertSame($outcome, $error->outcome());
            self::assertSame(3, $error->attempts());
            self::assertTrue($error->isRetryable());
            self::assertNotNull($error->idempotencyKey());
            // The service may see the last one only after the client has stopped waiting for its answer.
            self::$server->wait(['requests' => 3]);
            $keys = array_map(
                static fn (array $request) => array_column($request['headers'], 1, 0)['idempotency-key'],
                self::$server->requests(),
            );
            self::assertSame(array_fill(0, 3, $error->idempotencyKey()), $keys);
        }
    }

    /** @return iterable<string, array{array<string, mixed>, class-string<HookrailException>, Outcome}> */
    public static function retriedFaults(): iterable
    {
        yield '503' => [['status' => 503], ServerErrorException::class, Outcome::MaybeSent];
        yield '429' => [['status' => 429], RateLimitedException::class, Outcome::Rejected];
        yield 'reset' => [['reset' => 'after_reading'], ConnectionException::class, Outcome::MaybeSent];
        yield 'silence' => [['never_answer' => true], TimeoutException::class, Outcome::MaybeSent];
        yield 'no HTTP' => [['garbage' => 'hello'], ProtocolException::class, Outcome::MaybeSent];
    }

    public function testTheServiceCanAskToWait(): void
    {
        self::$server->setFaults([['status' => 429, 'headers' => ['Retry-After' => '60'], 'times' => 'always']]);
        try {
            self::client(new ClientOptions(totalTimeout: 20.0))->sendEvent('t', []);
            self::fail('no exception');
        } catch (RetriesExhaustedException $error) {
            self::assertInstanceOf(RateLimitedException::class, $error->getPrevious());
            self::assertSame(60.0, $error->getPrevious()->retryAfter());
            self::assertSame(1, $error->attempts());
        }
    }

    public function testABodyWithNulIsKeptWhole(): void
    {
        self::$server->setFaults([['status' => 400, 'body' => "<html>\0</html>", 'content_type' => 'text/html']]);
        try {
            self::client()->sendEvent('t', []);
            self::fail('no exception');
        } catch (BadRequestException $error) {
            self::assertSame("<html>\0</html>", $error->problem()?->body);
            self::assertSame([], $error->problem()->members());
        }
    }

    public function testARefusedConnection(): void
    {
        try {
            (new Client('hk_x', 'http://127.0.0.1:1', new ClientOptions(maxRetries: 0)))->sendEvent('t', []);
            self::fail('no exception');
        } catch (RetriesExhaustedException $error) {
            self::assertInstanceOf(ConnectionException::class, $error->getPrevious());
            self::assertSame(Outcome::NotSent, $error->outcome());
            self::assertNull($error->httpStatus());
            self::assertNull($error->problem());
        }
    }

    /** @dataProvider unacceptableArguments */
    public function testUnacceptableEventsAreRefusedBeforeSending(callable $send, string $message): void
    {
        try {
            $send(self::client());
            self::fail('no exception');
        } catch (InvalidArgumentException $error) {
            self::assertInstanceOf(\InvalidArgumentException::class, $error);
            self::assertMatchesRegularExpression($message, $error->getMessage());
            self::assertContains($error->outcome(), [Outcome::None, Outcome::NotSent]);
            self::assertFalse($error->isRetryable());
        }
        self::assertSame(0, self::$server->summary()['requests']);
    }

    /** @return iterable<string, array{callable(Client): mixed, string}> */
    public static function unacceptableArguments(): iterable
    {
        yield 'topic' => [static fn (Client $c) => $c->sendEvent('', []), '/topic/'];
        yield 'not UTF-8' => [static fn (Client $c) => $c->sendEvent('t', "\xff"), '/payload.*UTF-8/'];
        yield 'NAN' => [static fn (Client $c) => $c->sendEvent('t', NAN), '/payload.*JSON/'];
        $scalars = ['null' => null, 'false' => false, 'true' => true, '42' => 42, '-1.5' => -1.5];
        foreach ($scalars as $json => $value) {
            $message = "/payload must be an array.*, not $json;.*RawJson/";
            yield "$json sent" => [static fn (Client $c) => $c->sendEvent('t', $value), $message];
            yield "$json prepared" => [static fn (Client $c) => $c->prepare('t', $value), $message];
            yield "$json queued" => [static fn (Client $c) => (new Producer($c))->submit('t', $value), $message];
        }
        yield 'two values' => [static fn (Client $c) => $c->sendEvent('t', new RawJson('{}{}')), '/payload/'];
        yield 'key' => [static fn (Client $c) => $c->sendEvent('t', [], idempotencyKey: "a\r\nX: y"), '/key/'];
        yield 'ordering' => [static fn (Client $c) => $c->sendEvent('t', [], orderingKey: ''), '/ordering key/'];
        yield 'timeout' => [static fn (Client $c) => $c->sendEvent('t', [], timeout: 0.0), '/timeout.*0/'];
        yield 'endless' => [static fn (Client $c) => $c->sendEvent('t', [], timeout: INF), '/timeout.*INF/'];
        yield 'long' => [static fn (Client $c) => $c->sendEvent('t', [], timeout: 1e12), '/timeout/'];
    }

    public function testARefusalHasTheOutcomeNotSentOnlyForEvents(): void
    {
        $outcomes = [];
        foreach (
            [
            static fn (Client $c) => $c->sendEvent('t', [], timeout: NAN),
            static fn (Client $c) => $c->sendPrepared($c->prepare('t', [])->blob, timeout: -1.0),
            static fn (Client $c) => $c->getEvent('e', timeout: 0.0),
            ] as $call
        ) {
            try {
                $call(self::client());
            } catch (InvalidArgumentException $error) {
                $outcomes[] = $error->outcome();
            }
        }
        self::assertSame([Outcome::NotSent, Outcome::NotSent, Outcome::None], $outcomes);
    }

    public function testPayloadsOverTheLimitAreNotSent(): void
    {
        $payload = str_repeat('x', 262_144);
        try {
            self::client()->sendEvent('t', $payload);
            self::fail('no exception');
        } catch (PayloadTooLargeException $error) {
            self::assertNull($error->httpStatus());
            self::assertSame(Outcome::NotSent, $error->outcome());
        }
        try {
            self::client(new ClientOptions(payloadLimit: 0))->sendEvent('t', $payload);
            self::fail('no exception');
        } catch (PayloadTooLargeException $error) {
            self::assertSame(413, $error->httpStatus());
            self::assertSame(Outcome::Rejected, $error->outcome());
        }
    }

    public function testAConnectionThatHasReachedItsAgeIsReplaced(): void
    {
        foreach ([[0.001, 3], [0.0, 1]] as [$age, $connections]) {
            self::$server->reset();
            self::$server->setFaults([['delay_ms' => 5, 'times' => 'always']]);
            $client = self::client(new ClientOptions(maxConnectionAge: $age, shared: false));
            for ($sent = 0; $sent < 3; $sent++) {
                $client->sendEvent('t', []);
            }
            self::assertSame($connections, self::$server->summary()['connections']);
        }
    }

    public function testAPreparedEventIsRecordedOnce(): void
    {
        $prepared = self::client()->prepare('t', ['a' => 1], idempotencyKey: 'k', orderingKey: 'o');
        self::assertSame('k', $prepared->idempotencyKey);
        self::assertStringContainsString("\0", $prepared->blob);
        $first = self::client()->sendPrepared($prepared->blob);
        $again = self::client(new ClientOptions(shared: false))->sendPrepared($prepared->blob, timeout: 20.0);

        self::assertSame($first->eventId, $again->eventId);
        self::assertTrue($again->replayed);
        self::assertSame('o', self::$server->events()[0]['ordering_key']);
    }

    public function testADamagedPreparedEventIsRefused(): void
    {
        $blob = self::client()->prepare('t', [])->blob;
        $blob[-1] = chr(ord($blob[-1]) ^ 1);
        $this->expectException(DamagedEventException::class);
        self::client()->sendPrepared($blob);
    }

    public function testAFiredCancellationStopsCallsBeforeTheyStart(): void
    {
        $cancellation = new Cancellation();
        self::assertFalse($cancellation->isFired());
        $cancellation->fire();
        self::assertTrue($cancellation->isFired());
        $blob = self::client()->prepare('t', [])->blob;
        $calls = [
            static fn () => self::client()->sendEvent('t', [], cancellation: $cancellation),
            static fn () => self::client()->sendPrepared($blob, cancellation: $cancellation),
            static fn () => self::client()->getEvent('E', cancellation: $cancellation),
        ];
        foreach ($calls as $call) {
            try {
                $call();
                self::fail('no exception');
            } catch (CancelledException $error) {
                self::assertNotSame(Outcome::MaybeSent, $error->outcome());
            }
        }
        self::assertSame(0, self::$server->summary()['requests']);
    }
}
