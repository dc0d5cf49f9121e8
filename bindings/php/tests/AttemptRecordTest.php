<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\AttemptRecord;
use Hookrail\ClientOptions;
use Hookrail\Exception\HookrailException;
use Hookrail\Producer;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

/** The attempts of a call in its results, and the numbers of a client. */
final class AttemptRecordTest extends TestCase
{
    use UsesDevServer;

    public function testAnAcceptedEventHasItsAttempts(): void
    {
        self::$server->setFaults([['status' => 503, 'headers' => ['X-Request-Id' => 'r1']]]);
        $before = microtime(true);
        $accepted = self::client(self::options())->sendEvent('t', []);
        $after = microtime(true);

        [$failed, $done] = $accepted->attemptRecords;
        self::assertSame([1, 'server_error', 503, true, 'r1'], self::result($failed));
        self::assertSame('the service answered 503: injected by a fault rule', $failed->message);
        self::assertFalse($failed->isSuccess());
        self::assertSame([2, 'ok', 202, false, null], self::result($done));
        self::assertTrue($done->isSuccess());
        self::assertNull($accepted->requestId);
        self::assertCount($accepted->attempts, $accepted->attemptRecords);
        // The clock of the library's process may be a little off that of PHP.
        self::assertGreaterThan($before - 1, $failed->startedAt);
        self::assertLessThan($after + 1, $done->startedAt);
        self::assertLessThan($done->startedAfter, $failed->startedAfter + $failed->duration);
        self::assertLessThanOrEqual($after - $before, $done->startedAfter + $done->duration);
        self::assertGreaterThan(0.0, $failed->connect);
        self::assertSame([0.0, 0.0, 0.0], [$done->lookup, $done->connect, $done->tls]);
        self::assertGreaterThan(0.0, $done->waiting);
        self::assertLessThanOrEqual($done->duration, $done->waiting);
        self::assertGreaterThan(100, $done->bytesSent);
        self::assertGreaterThan(100, $done->bytesReceived);
    }

    public function testAnExceptionHasTheAttempts(): void
    {
        self::$server->setFaults([['status' => 502, 'times' => 'always', 'headers' => ['X-Request-Id' => 'r2']]]);
        try {
            self::client(self::options(maxRetries: 19))->sendEvent('t', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            // The library keeps the last 16.
            self::assertSame(20, $error->attempts(), $error->getMessage());
            self::assertSame(range(5, 20), array_column($error->attemptRecords(), 'number'));
            self::assertSame(['server_error'], array_unique(array_column($error->attemptRecords(), 'statusName')));
            self::assertSame(['r2', 'r2'], [$error->requestId(), $error->lastError()->requestId()]);
            self::assertSame([], $error->lastError()->attemptRecords());
        }
    }

    public function testAnExceptionBeforeTheFirstAttemptHasNone(): void
    {
        try {
            self::client()->sendEvent('', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertSame([], $error->attemptRecords());
            self::assertNull($error->requestId());
        }
    }

    public function testTheStatusOfAnEventHasTheAttempts(): void
    {
        $client = self::client(self::options());
        $eventId = $client->sendEvent('t', [])->eventId;
        $get = ['match' => ['method' => 'GET']];
        $body = ['event_id' => $eventId, 'topic' => 't', 'deliveries' => []];
        $answer = ['status' => 200, 'headers' => ['X-Request-Id' => 'r3'], 'body' => $body];
        self::$server->setFaults([$get + ['status' => 500], $get + $answer]);
        $status = $client->getEvent($eventId);

        self::assertSame([500, 200], array_column($status->attemptRecords, 'httpStatus'));
        self::assertSame('r3', $status->requestId);
        self::assertSame('r3', $status->attemptRecords[1]->requestId);
    }

    public function testACompletionHasTheAttempts(): void
    {
        self::$server->setFaults([['reset' => 'after_recording'], [], ['status' => 403]]);
        $producer = new Producer(self::client(self::options()));
        $producer->submit('t', [], tag: 1);
        $producer->flush(20.0);
        $producer->submit('t', [], tag: 2);
        [$done, $failed] = [...$producer->poll(20.0), ...$producer->poll(20.0)];

        self::assertSame([1, 2], [$done->tag, $failed->tag]);
        self::assertSame($done->accepted?->attemptRecords, $done->attemptRecords());
        self::assertSame(['connection', 'ok'], array_column($done->attemptRecords(), 'statusName'));
        self::assertSame($failed->error?->attemptRecords(), $failed->attemptRecords());
        self::assertSame([403], array_column($failed->attemptRecords(), 'httpStatus'));
    }

    public function testDurationsAreCounted(): void
    {
        $client = self::client(self::options());
        for ($i = 0; $i < 3; $i++) {
            $client->sendEvent('t', []);
        }
        $durations = $client->stats()['attempt_duration'];
        self::assertSame(3, $durations['count']);
        self::assertSame(0.001, $durations['buckets'][0][0]);
        self::assertEquals([30, 3], end($durations['buckets']));
        $metrics = $client->metrics();
        self::assertStringContainsString("\nhookrail_client_attempts_total 3\n", $metrics);
        self::assertStringContainsString(
            "\nhookrail_client_attempt_duration_seconds_bucket{le=\"+Inf\"} 3\n",
            $metrics,
        );
    }

    private static function options(int $maxRetries = 3): ClientOptions
    {
        return new ClientOptions(maxRetries: $maxRetries, backoffBase: 0.001, backoffCap: 0.001, shared: false);
    }

    /** @return array{int, string, int|null, bool, string|null} */
    private static function result(AttemptRecord $record): array
    {
        return [
            $record->number, $record->statusName, $record->httpStatus, $record->newConnection, $record->requestId,
        ];
    }
}
