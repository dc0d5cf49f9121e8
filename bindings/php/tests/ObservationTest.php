<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Closure;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\HookrailException;
use Hookrail\Observation\AttemptFinished;
use Hookrail\Observation\CallFailed;
use Hookrail\Observation\CallSucceeded;
use Hookrail\Observation\Operation;
use Hookrail\Producer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\MemoryLogger;
use Hookrail\Tests\Support\Shown;
use Hookrail\Tests\Support\SpanRecorder;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;
use Psr\EventDispatcher\EventDispatcherInterface;
use Psr\Log\LoggerInterface;

/** The logger (PSR-3) and the event dispatcher (PSR-14) of a client. */
final class ObservationTest extends TestCase
{
    use UsesDevServer;

    public function testASendAtTheFirstAttemptIsLoggedForDebugging(): void
    {
        $logger = new MemoryLogger();
        $accepted = self::observed($logger)->sendEvent('order.created', ['id' => 7], 'k1', 'customer 7');

        self::assertSame(["debug: Hookrail: event $accepted->eventId is recorded after 1 attempt(s)"], $logger->text());
        $context = $logger->lines[0][2];
        self::assertGreaterThan(0.0, $context['duration_ms']);
        unset($context['duration_ms']);
        self::assertSame([
            'operation' => 'send',
            'topic' => 'order.created',
            'event_id' => $accepted->eventId,
            'idempotency_key' => 'k1',
            'ordering_key' => 'customer 7',
            'attempts' => 1,
            'replayed' => false,
        ], $context);
    }

    public function testAttemptsThatAreRepeatedAreLogged(): void
    {
        self::$server->setFaults([['status' => 503, 'headers' => ['X-Request-Id' => 'r1']], ['status' => 429]]);
        $logger = new MemoryLogger();
        $accepted = self::observed($logger)->sendEvent('t', []);

        self::assertSame([
            'warning: Hookrail: attempt 1 of send failed: the service answered 503: injected by a fault rule',
            'warning: Hookrail: attempt 2 of send failed: the service answered 429: injected by a fault rule',
            "info: Hookrail: event $accepted->eventId is recorded after 3 attempt(s)",
        ], $logger->text());
        $context = $logger->lines[0][2];
        self::assertSame(['server_error', 503, 'r1'], [
            $context['status'], $context['http_status'], $context['request_id'],
        ]);
        self::assertLessThanOrEqual($context['duration_ms'], $context['attempt_ms']);
    }

    public function testAFailureIsAWarningOrAnError(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 2], ['status' => 403]]);
        $logger = new MemoryLogger();
        $client = self::observed($logger, maxRetries: 1);
        foreach (['later', 'never'] as $topic) {
            try {
                $client->sendEvent($topic, [], "key-$topic");
                self::fail('no exception');
            } catch (HookrailException $error) {
                self::assertSame($error, end($logger->lines)[2]['exception']);
            }
        }
        self::assertSame([
            'warning: Hookrail: attempt 1 of send failed: the service answered 503: injected by a fault rule',
            'warning: Hookrail: send failed: gave up after 2 attempts (all retries were made); the last error: the'
                . ' service answered 503: injected by a fault rule',
            'error: Hookrail: send failed: the service answered 403: injected by a fault rule',
        ], $logger->text());
        $context = array_diff_key($logger->lines[1][2], ['exception' => 1, 'error' => 1, 'duration_ms' => 1]);
        self::assertSame([
            'operation' => 'send',
            'topic' => 'later',
            'idempotency_key' => 'key-later',
            'status' => 'server_error',
            'outcome' => 'maybe_sent',
            'retryable' => true,
            'attempts' => 2,
            'http_status' => 503,
        ], $context);
    }

    public function testASubmittedEventThatIsGivenUpIsAnError(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        $logger = new MemoryLogger();
        $producer = new Producer(self::observed($logger));
        $producer->submit('t', [], timeout: 0.05, tag: 7);
        self::assertCount(1, $producer->poll(20.0));

        [$level, , $context] = end($logger->lines);
        self::assertSame(['error', 'deliver', 7, true], [
            $level, $context['operation'], $context['tag'], $context['retryable'],
        ]);
    }

    public function testARefusedArgumentIsLogged(): void
    {
        $logger = new MemoryLogger();
        try {
            self::observed($logger)->sendEvent('', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertSame(["error: Hookrail: send failed: {$error->getMessage()}"], $logger->text());
        }
    }

    public function testAllCallsAreDispatched(): void
    {
        self::$server->setFaults([['status' => 503]]);
        $events = new class () implements EventDispatcherInterface {
            /** @var list<object> */
            public array $all = [];

            public function dispatch(object $event): object
            {
                return $this->all[] = $event;
            }
        };
        $client = self::observed(dispatcher: $events);
        $before = microtime(true);
        $accepted = $client->sendEvent('a', [], 'k1', 'o1');
        $client->sendPrepared($client->prepare('b', [], 'k2')->blob);
        $status = $client->getEvent($accepted->eventId);
        try {
            $client->getEvent('01AAAAAAAAAAAAAAAAAAAAAAAA');
        } catch (HookrailException $notFound) {
        }
        $producer = new Producer($client);
        $producer->submit('c', [], 'k3', 'o3', tag: 9);
        [$completion] = $producer->poll(20.0);
        $after = microtime(true);

        self::assertSame([
            AttemptFinished::class, AttemptFinished::class, CallSucceeded::class,
            AttemptFinished::class, CallSucceeded::class,
            AttemptFinished::class, CallSucceeded::class,
            AttemptFinished::class, CallFailed::class,
            AttemptFinished::class, CallSucceeded::class,
        ], array_map(get_class(...), $events->all));
        $isResult = static fn (object $event) => !$event instanceof AttemptFinished;
        $results = array_values(array_filter($events->all, $isResult));
        self::assertSame(
            [$accepted, $status, $notFound ?? null, $completion->accepted],
            [$results[0]->result, $results[2]->result, $results[3]->error, $results[4]->result],
        );
        self::assertSame($accepted->attemptRecords, [$events->all[0]->attempt, $events->all[1]->attempt]);
        self::assertSame($events->all[0]->call, $results[0]->call);
        $calls = array_column($results, 'call');
        self::assertSame([
            [Operation::Send, 'a', 'k1', 'o1', $accepted->eventId, null],
            [Operation::SendPrepared, null, 'k2', null, $results[1]->result->eventId, null],
            [Operation::GetEvent, 'a', null, null, $accepted->eventId, null],
            [Operation::GetEvent, null, null, null, '01AAAAAAAAAAAAAAAAAAAAAAAA', null],
            [Operation::Deliver, 'c', 'k3', 'o3', $completion->accepted?->eventId, 9],
        ], array_map(static fn (object $call) => [
            $call->operation, $call->topic, $call->idempotencyKey, $call->orderingKey, $call->eventId, $call->tag,
        ], $calls));
        foreach ($calls as $call) {
            self::assertGreaterThan($before - 1, $call->startedAt);
            self::assertLessThan($after + 1, $call->startedAt + $call->duration);
            self::assertGreaterThan(0.0, $call->duration);
        }
    }

    public function testAFailedCompletionIsLoggedWhenItIsPolled(): void
    {
        self::$server->setFaults([['status' => 403]]);
        $logger = new MemoryLogger();
        $producer = new Producer(self::observed($logger));
        $producer->submit('t', [], 'k', tag: 3);
        $producer->flush(20.0);
        self::assertSame([], $logger->lines);
        $producer->poll();

        self::assertSame(
            ['error: Hookrail: deliver failed: the service answered 403: injected by a fault rule'],
            $logger->text(),
        );
        self::assertSame(['t', 'k', 3], [
            $logger->lines[0][2]['topic'], $logger->lines[0][2]['idempotency_key'], $logger->lines[0][2]['tag'],
        ]);
    }

    public function testLoggersBelongToTheObjectAndNotToTheSharedClient(): void
    {
        $options = new ClientOptions(userAgentSuffix: 'logging/1');
        $logger = new MemoryLogger();
        $logged = new Client(DevServer::API_KEY, self::$server->url, $options, $logger);
        (new Client(DevServer::API_KEY, self::$server->url, $options))->sendEvent('t', []);
        self::assertSame([], $logger->lines);
        $logged->sendEvent('t', []);

        self::assertCount(1, $logger->lines);
        self::assertCount(1, array_unique(array_column(self::$server->requests(), 'connection')));
    }

    public function testTheListenerInTheGuideMakesSpans(): void
    {
        preg_match(
            '/^```php\n((?:(?!```).)*class HookrailSpans.*?)^```/ms',
            (string) file_get_contents(__DIR__ . '/../../../docs/php.md'),
            $listener,
        );
        eval($listener[1]);
        self::$server->setFaults([['status' => 503], [], ['status' => 403]]);
        $recorder = new SpanRecorder();
        $listen = new \HookrailSpans($recorder);
        $dispatcher = $this->createMock(EventDispatcherInterface::class);
        $dispatcher->method('dispatch')->willReturnCallback(static function (object $event) use ($listen): object {
            if (!$event instanceof AttemptFinished) {
                $listen($event);
            }

            return $event;
        });
        $client = self::observed(dispatcher: $dispatcher);
        $accepted = $client->sendEvent('order.created', []);
        try {
            $client->sendEvent('refused', []);
        } catch (HookrailException) {
        }

        [$call, $first, $second, $failed, $last] = $recorder->spans;
        self::assertSame(
            ['hookrail send', 'attempt 1', 'attempt 2', 'hookrail send', 'attempt 1'],
            array_column($recorder->spans, 'name'),
        );
        self::assertSame([null, $call, $call, null, $failed], array_column($recorder->spans, 'parent'));
        self::assertSame([3, 1, 1, 3, 1], array_column($recorder->spans, 'kind'));
        self::assertSame(
            ['messaging.destination.name' => 'order.created', 'messaging.message.id' => $accepted->eventId],
            $call->attributes,
        );
        self::assertSame([503, 202], [
            $first->attributes['http.response.status_code'], $second->attributes['http.response.status_code'],
        ]);
        self::assertSame([0, 1], [
            $first->attributes['http.request.resend_count'], $second->attributes['http.request.resend_count'],
        ]);
        $statuses = ['', 'Error: the service answered 503: injected by a fault rule', ''];
        $statuses = [...$statuses, ...array_fill(0, 2, 'Error: the service answered 403: injected by a fault rule')];
        self::assertSame($statuses, array_column($recorder->spans, 'status'));
        self::assertSame('permission_denied', $failed->attributes['error.type']);
        foreach ($recorder->spans as $span) {
            self::assertGreaterThan(1.7e18, $span->start);
            self::assertGreaterThanOrEqual($span->start, $span->end);
        }
        self::assertLessThan($second->start, $first->end);
    }

    /** @dataProvider faults */
    public function testAListenerThatFailsChangesNoResult(Closure $fail): void
    {
        $log = (string) tempnam(sys_get_temp_dir(), 'hookrail');
        $before = ini_set('error_log', $log);
        try {
            $logger = $this->createMock(LoggerInterface::class);
            $logger->method('log')->willReturnCallback($fail);
            $dispatcher = $this->createMock(EventDispatcherInterface::class);
            $dispatcher->expects(self::exactly(3))->method('dispatch')->willReturnCallback($fail);
            $client = self::observed($logger, $dispatcher);
            self::assertSame(1, $client->sendEvent('t', [])->attempts);
            try {
                $client->sendEvent('', []);
                self::fail('no exception');
            } catch (HookrailException $error) {
                self::assertStringContainsString('topic', $error->getMessage());
            }
        } finally {
            ini_set('error_log', (string) $before);
        }
        $written = (string) file_get_contents($log);
        unlink($log);
        self::assertSame(5, substr_count($written, 'hookrail: a logger or a listener failed: '), $written);
        self::assertStringContainsString('the disk is full', $written);
    }

    /** @return iterable<string, array{Closure(): never}> */
    public static function faults(): iterable
    {
        yield 'exception' => [static fn () => throw new \RuntimeException('the disk is full')];
        yield 'error' => [static fn () => throw new \TypeError('the disk is full')];
    }

    public function testAnExceptionOfASignalHandlerIsNotTakenForOneOfTheLogger(): void
    {
        pcntl_async_signals(true);
        $before = pcntl_signal_get_handler(SIGUSR1);
        pcntl_signal(SIGUSR1, static fn () => throw new \DomainException('stop'));
        $logger = $this->createMock(LoggerInterface::class);
        $logger->method('log')->willReturnCallback(static function (): void {
            posix_kill(posix_getpid(), SIGUSR1);
        });
        try {
            $this->expectException(\DomainException::class);
            self::observed($logger)->sendEvent('t', []);
        } finally {
            pcntl_signal(SIGUSR1, $before);
            pcntl_async_signals(false);
        }
    }

    public function testNothingSecretIsLoggedOrDispatched(): void
    {
        $logger = new MemoryLogger();
        $events = new class () implements EventDispatcherInterface {
            /** @var list<object> */
            public array $all = [];

            public function dispatch(object $event): object
            {
                return $this->all[] = $event;
            }
        };
        $client = self::observed($logger, $events);
        $headers = ['X-Key' => 'hunter2'];
        $client->sendEvent('t', ['card' => '4111111111111111'], headers: $headers);
        self::$server->setFaults([['status' => 403, 'body' => ['detail' => 'who is ' . DevServer::API_KEY . '?']]]);
        try {
            $client->sendEvent('t', ['card' => '4111111111111111'], headers: $headers);
        } catch (HookrailException) {
        }
        // Of exceptions only what loggers write: a trace contains the arguments of the program's own calls.
        $shown = json_encode($logger->text());
        foreach ($logger->lines as [, , $context]) {
            unset($context['exception']);
            $shown .= json_encode($context);
        }
        foreach ($events->all as $event) {
            $shown .= Shown::of($event->call, ...($event instanceof AttemptFinished ? [$event->attempt] : []));
        }
        foreach ([DevServer::API_KEY, 'hunter2', '4111111111111111'] as $secret) {
            self::assertStringNotContainsString($secret, $shown);
        }
    }

    private static function observed(
        ?LoggerInterface $logger = null,
        ?EventDispatcherInterface $dispatcher = null,
        int $maxRetries = 3,
    ): Client {
        $options = new ClientOptions(maxRetries: $maxRetries, backoffBase: 0.001, shared: false);

        return new Client(DevServer::API_KEY, self::$server->url, $options, $logger, $dispatcher);
    }
}
