<?php

declare(strict_types=1);

namespace Hookrail\Tests\Testing;

use Closure;
use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\HookrailException;
use Hookrail\Producer;
use Hookrail\Testing\Failure;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

/** The exceptions for tests are those of the client. */
final class FailureTest extends TestCase
{
    use UsesDevServer;

    /** @dataProvider statuses */
    public function testAnAnswer(int $status): void
    {
        self::$server->setFaults([['status' => $status, 'times' => 'always']]);

        self::assertAlike(
            self::failureOf(static fn (Client $client) => $client->sendEvent('t', [], 'k')),
            Failure::status($status, 'injected by a fault rule', idempotencyKey: 'k', attempts: 2),
        );
    }

    /** @return iterable<int, array{int}> */
    public static function statuses(): iterable
    {
        foreach ([400, 401, 403, 404, 408, 409, 413, 418, 425, 429, 500, 502, 503] as $status) {
            yield $status => [$status];
        }
    }

    public function testTheRateLimit(): void
    {
        self::$server->setFaults([['status' => 429, 'headers' => ['retry-after' => '60'], 'times' => 'always']]);
        $real = self::failureOf(static fn (Client $client) => $client->sendEvent('t', [], 'k', timeout: 30.0));
        $made = Failure::rateLimited(60.0, 'k', 1);

        self::assertSame($real->lastError()::class, $made->lastError()::class);
        self::assertSame($real->retryAfter(), $made->retryAfter());
        self::assertSame($real->outcome(), $made->outcome());
    }

    /**
     * @dataProvider otherFailures
     *
     * @param Closure(string): mixed $fail  gets the URL of the development server
     * @param list<array<string, mixed>> $faults
     */
    public function testOtherFailures(Closure $fail, HookrailException $made, array $faults = []): void
    {
        self::$server->setFaults($faults);
        $real = self::failureOf(static fn () => $fail(self::$server->url));

        self::assertAlike($real, $made);
    }

    /** @return iterable<string, array{0: Closure(string): mixed, 1: HookrailException, 2?: list<array<string, mixed>>}> */
    public static function otherFailures(): iterable
    {
        $client = static fn (string $url, float $readTimeout = 20.0) => new Client(
            DevServer::API_KEY,
            $url,
            new ClientOptions(maxRetries: 1, backoffBase: 0.001, readTimeout: $readTimeout, shared: false),
        );
        $producer = static fn (string $url, int $events = 10) => new Producer(new Client(
            DevServer::API_KEY,
            $url,
            // After its first attempt an event waits for the second one until its time is over.
            new ClientOptions(
                queueMaxEvents: $events,
                deliveryTimeout: 1.0,
                backoffBase: 30.0,
                backoffCap: 30.0,
                shared: false,
            ),
        ));
        yield 'unavailable' => [
            static fn (string $url) => $client($url)->sendEvent('t', [], 'k'),
            Failure::unavailable('k', 2),
            [['status' => 503, 'body' => '{"title":"ingest unavailable"}', 'times' => 'always']],
        ];
        yield 'connection' => [
            static fn () => $client('http://127.0.0.1:1')->sendEvent('t', [], 'k'),
            Failure::connection('k', 2),
        ];
        yield 'timeout' => [
            static fn (string $url) => $client($url, 0.05)->sendEvent('t', [], 'k'),
            Failure::timeout('k', 2),
            [['never_answer' => true, 'times' => 'always']],
        ];
        yield 'TLS' => [
            static fn (string $url) => $client(str_replace('http:', 'https:', $url))->sendEvent('t', [], 'k'),
            Failure::tls('k'),
        ];
        yield 'cancelled' => [static function (string $url) use ($client): void {
            $cancellation = new Cancellation();
            $cancellation->fire();
            $client($url)->sendEvent('t', [], 'k', cancellation: $cancellation);
        }, Failure::cancelled('k')];
        yield 'closed' => [static function (string $url) use ($producer): void {
            $closed = $producer($url);
            $closed->close(1.0);
            $closed->submit('t', [], 'k');
        }, Failure::closed('k')];
        yield 'queue full' => [static function (string $url) use ($producer): void {
            $full = $producer($url, 1);
            $full->submit('t', []);
            $full->submit('t', [], 'k');
        }, Failure::queueFull(1, 'k')];
        yield 'undelivered' => [static function () use ($producer): void {
            $hopeless = $producer('http://127.0.0.1:1');
            $hopeless->submit('t', [], 'k');
            throw $hopeless->poll(20.0)[0]->error;
        }, Failure::undelivered(idempotencyKey: 'k')];
    }

    /** Compares everything but numbers in messages, and the number of attempts in the background. */
    private static function assertAlike(HookrailException $real, HookrailException $made): void
    {
        $members = static fn (HookrailException $error): array => [
            $error::class,
            $error->getCode(),
            $error->statusName(),
            $error->isRetryable(),
            $error->outcome(),
            $error->idempotencyKey(),
            // In the background it depends on the time.
            $error->statusName() === 'timeout' ? null : $error->attempts(),
            $error->httpStatus(),
            $error->retryAfter(),
            $error->problem() === null,
            self::pattern($error->getMessage()),
        ];
        self::assertSame($members($real), $members($made), "{$real->getMessage()}\n{$made->getMessage()}");
        self::assertSame($real->getPrevious() === null, $made->getPrevious() === null);
        if ($real->getPrevious() instanceof HookrailException && $made->getPrevious() instanceof HookrailException) {
            self::assertAlike($real->getPrevious(), $made->getPrevious());
        }
    }

    /** Returns a message without its numbers, and without the reason of an error of TLS. */
    private static function pattern(string $message): string
    {
        return (string) preg_replace(['/\d+/', '/^TLS: .*/', '/, \S+ of \S+ bytes/'], ['0', 'TLS', ''], $message);
    }

    /** @param Closure(Client): mixed $fail */
    private static function failureOf(Closure $fail): HookrailException
    {
        try {
            $fail(self::client(new ClientOptions(maxRetries: 1, backoffBase: 0.001)));
        } catch (HookrailException $error) {
            return $error;
        }
        self::fail('no exception');
    }
}
