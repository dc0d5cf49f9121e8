<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\ClientOptions;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Producer;
use Hookrail\Testing\FakeClient;
use Hookrail\Testing\FakeProducer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Shown;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

/** Header fields of the program's own. */
final class HeadersTest extends TestCase
{
    use UsesDevServer;

    private const OF_CLIENT = ['CF-Access-Client-Id' => 'id.access', 'X-Tenant' => 'all tenants', '7' => 'seven'];

    public function testEveryRequestHasThoseOfTheClientAndASendItsOwn(): void
    {
        $client = self::client(new ClientOptions(headers: self::OF_CLIENT));
        $eventId = $client->sendEvent('t', [], headers: [
            'traceparent' => '00-ab-cd-01', 'x-tenant' => 'one', 'x-none' => null,
        ])->eventId;
        $client->sendEvent('t', []);
        $client->getEvent($eventId);
        $prepared = $client->prepare('t', [], headers: ['X-Tenant' => 'prepared']);
        $client->sendPrepared($prepared->blob);
        $producer = new Producer($client);
        $producer->submit('t', [], headers: ['X-Tenant' => 'queued']);
        $producer->flush(20.0);

        $sent = array_map(
            static fn (array $request) => array_column($request['headers'], 1, 0),
            self::$server->requests(),
        );
        self::assertSame(['one', 'all tenants', 'all tenants', 'prepared', 'queued'], array_column($sent, 'x-tenant'));
        self::assertSame(array_fill(0, 5, 'id.access'), array_column($sent, 'cf-access-client-id'));
        self::assertSame(['00-ab-cd-01'], array_column($sent, 'traceparent'));
        self::assertSame('seven', $sent[0]['7']);
        self::assertSame([], array_column($sent, 'x-none'));
    }

    public function testClientsWithOtherHeadersDoNotShareThem(): void
    {
        foreach (['a', 'b', 'a'] as $tenant) {
            $producer = new Producer(self::client(new ClientOptions(headers: ['X-Tenant' => $tenant])));
            $producer->submit("topic-$tenant", []);
            $producer->flush(20.0);
            $producers[] = $producer;
        }
        $tenants = array_map(
            static fn (array $request) => array_column($request['headers'], 1, 0)['x-tenant'],
            self::$server->requests(),
        );
        self::assertSame(['a', 'b', 'a'], $tenants);
        // Both native clients have an event of the same token.
        self::assertSame(['topic-b'], array_column($producers[1]->poll(), 'topic'));
        self::assertSame(['topic-a', 'topic-a'], array_column($producers[0]->poll(), 'topic'));
    }

    /**
     * @dataProvider refused
     *
     * @param array<array-key, mixed> $headers
     */
    public function testWhatIsNoHeaderOrTheProtocolsIsRefused(array $headers, string $message): void
    {
        $client = self::client();
        $producer = new Producer($client);
        $calls = [
            static fn () => self::client(new ClientOptions(headers: $headers)),
            static fn () => $client->sendEvent('t', [], headers: $headers),
            static fn () => $client->prepare('t', [], headers: $headers),
            static fn () => $producer->submit('t', [], headers: $headers),
            static fn () => (new FakeClient())->sendEvent('t', [], headers: $headers),
            static fn () => (new FakeClient())->prepare('t', [], headers: $headers),
            static fn () => (new FakeProducer())->submit('t', [], headers: $headers),
        ];
        foreach ($calls as $index => $call) {
            try {
                $call();
                self::fail("call $index was not refused");
            } catch (InvalidArgumentException $error) {
                self::assertMatchesRegularExpression($message, $error->getMessage());
                self::assertStringNotContainsString('hunter2', $error->getMessage());
            }
        }
        self::assertSame([], self::$server->requests());
    }

    /** @return iterable<string, array{array<array-key, mixed>, string}> */
    public static function refused(): iterable
    {
        yield 'of the protocol' => [['Authorization' => 'Bearer hunter2'], '/authorization/i'];
        yield 'line break' => [['X-A' => "hunter2\r\nx: y"], '/x-a/i'];
        yield 'name' => [["X A" => 'hunter2'], '/name/'];
        yield 'no string' => [['X-A' => ['hunter2']], '/the header X-A must be a string, not array/'];
        yield 'no text' => [['X-A' => static fn () => 'hunter2'], '/the header X-A must be a string, not Closure/'];
        yield 'a list' => [['X-A: hunter2'], '/values by their names/'];
    }

    public function testAFakeRecordsThem(): void
    {
        $client = new FakeClient();
        $client->sendEvent('t', [1], headers: ['X-Tenant' => 'one']);
        $client->sendPrepared($client->prepare('t', [2], headers: ['X-Tenant' => 'two words', 'A' => 'b'])->blob);
        $producer = new FakeProducer($client);
        $producer->submit('t', [3], headers: ['X-Tenant' => 'three']);
        $producer->flush(1.0);

        self::assertSame(
            [['x-tenant' => 'one'], ['x-tenant' => 'two words', 'a' => 'b'], ['x-tenant' => 'three']],
            array_column($client->events(), 'headers'),
        );
    }

    public function testNothingShowsTheirValues(): void
    {
        $options = new ClientOptions(headers: ['X-Key' => 'hunter2']);
        $client = new Client(DevServer::API_KEY, self::$server->url, $options);
        $shown = Shown::of($client, $options, new Producer($client));
        self::assertStringContainsString('X-Key', $shown);
        self::assertStringNotContainsString('hunter2', $shown);
        self::assertInstanceOf(ClientInterface::class, $client);

        $calls = [
            static fn () => $client->sendEvent('', [], headers: ['X-Key' => 'hunter2']),
            static fn () => $client->prepare('', [], headers: ['X-Key' => 'hunter2']),
            static fn () => (new Producer($client))->submit('', [], headers: ['X-Key' => 'hunter2']),
            static fn () => new ClientOptions(headers: ['X-Key' => 'hunter2', "\n" => 'hunter2']),
            static fn () => new Client('hk_x', 'http://h', new ClientOptions(headers: ["\n" => 'hunter2'])),
        ];
        foreach ($calls as $call) {
            try {
                $call();
            } catch (HookrailException $error) {
                $arguments = Shown::arguments($error);
                if ($arguments !== null) {
                    self::assertStringNotContainsString('hunter2', $arguments);
                }
            }
        }
    }
}
