<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\Exception\BadRequestException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Laravel\Factory;
use Hookrail\Observation\CallFailed;
use Hookrail\Observation\CallSucceeded;
use Hookrail\Observation\Operation;
use Hookrail\ProducerInterface;
use Hookrail\Tests\Frameworks\Laravel\ApplicationTestCase;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Shown;
use Illuminate\Queue\Events\JobProcessed;
use Illuminate\Queue\Events\WorkerStopping;

/** The provider in an application of Laravel. */
final class LaravelTest extends ApplicationTestCase
{
    public function testSendingThroughTheDefaultClient(): void
    {
        $response = $this->handle('/send');

        self::assertSame(self::$server->events()[0]['event_id'], $response->getContent());
        self::assertSame($this->app->make(ClientInterface::class), $this->app->make(Client::class));
        self::assertSame($this->app->make(ClientInterface::class), Hookrail::client());
    }

    public function testAClientByItsNameHasItsOwnSettings(): void
    {
        $this->handle('/send-billing');
        $this->handle('/send');

        [$billing, $main] = array_map(
            static fn (array $request): string => array_column($request['headers'], 1, 0)['user-agent'],
            self::$server->requests(),
        );
        self::assertStringEndsWith(' billing/1', $billing);
        self::assertStringEndsNotWith(' billing/1', $main);
    }

    public function testTheFacadeSendsAndSubmits(): void
    {
        $eventId = Hookrail::sendEvent('laravel', ['id' => 1], idempotencyKey: 'named')->eventId;
        Hookrail::submit(topic: 'laravel', payload: ['id' => 2]);
        self::assertSame(0, Hookrail::producer()->flush(20.0));

        self::assertSame($eventId, self::$server->events()[0]['event_id']);
        self::assertSame(2, self::$server->summary()['events']);
        self::assertSame('laravel', Hookrail::getEvent($eventId)->topic);
    }

    public function testAMethodThatIsNeithersIsNamed(): void
    {
        $this->expectException(\BadMethodCallException::class);
        $this->expectExceptionMessage('Hookrail has no method close()');
        Hookrail::close(1.0);
    }

    /**
     * @dataProvider wrongSettings
     *
     * @param array<string, mixed> $settings
     */
    public function testAWrongSettingIsNamed(array $settings, string $method, string $message): void
    {
        $this->app->make('config')->set($settings);
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage($message);

        Hookrail::$method('main');
    }

    /** @return iterable<array{array<string, mixed>, string, string}> */
    public static function wrongSettings(): iterable
    {
        $client = 'hookrail.clients.main';
        yield [["$client.total_timeot" => 5], 'client', "$client.total_timeot is unknown"];
        yield [["$client.total_timeout" => 'soon'], 'client', "$client.total_timeout has to be of the type float"];
        yield [["$client.max_retries" => '1.5'], 'client', "$client.max_retries has to be of the type int"];
        yield [["$client.require_https" => 'maybe'], 'client', "$client.require_https has to be of the type bool"];
        yield [["$client.proxy" => true], 'client', "$client.proxy has to be of the type"];
        yield [['hookrail.clients' => []], 'client', 'config/hookrail.php has no clients.main'];
        yield [[], 'verifier', 'config/hookrail.php has no webhooks.main'];
        yield [['hookrail.webhooks.main' => []], 'verifier', 'hookrail.webhooks.main.secrets is not set'];
        yield [['hookrail.webhooks.main.secrets' => 'whsec_a,'], 'verifier', 'secret'];
        yield [
            ['hookrail.webhooks.main' => ['secrets' => 's', 'mismatch_status' => '200']], 'receiver', '400 to 599',
        ];
    }

    public function testTheMessageOfAWrongSettingHasNoSecret(): void
    {
        $this->app->make('config')->set('hookrail.clients.main.workers', 'secret-text');
        try {
            Hookrail::client();
            self::fail('made');
        } catch (InvalidArgumentException $reason) {
            self::assertStringNotContainsString('secret-text', (string) $reason);
        }
    }

    public function testNoObjectShowsAKeyOrASecret(): void
    {
        $factory = $this->app->make(Factory::class);
        $objects = [$factory, $factory->client(), $factory->producer(), $factory->receiver('invoices')];
        $fake = Hookrail::fake();

        $shown = Shown::of(...$objects, ...[$fake, $fake->receiver('invoices')]);
        self::assertStringNotContainsString(DevServer::API_KEY, $shown);
        self::assertStringNotContainsString('whsec_', $shown);
        self::assertStringContainsString('mismatchStatus', $shown);
    }

    public function testAllTypesOfOptionsAreReadFromTexts(): void
    {
        $this->app->make('config')->set('hookrail.clients.main', [
            'api_key' => DevServer::API_KEY, 'base_url' => self::$server->url, 'total_timeout' => '2.5',
            'max_retries' => '0', 'require_https' => 'false', 'respect_retry_after' => '0', 'proxy' => false,
            'ca_files' => [], 'ca_pem' => null, 'user_agent_suffix' => 'shop/1',
        ]);

        self::assertNotEmpty(Hookrail::sendEvent('laravel', [])->eventId);
        $headers = array_column(self::$server->requests()[0]['headers'], 1, 0);
        self::assertStringEndsWith(' shop/1', $headers['user-agent']);
    }

    public function testEventsAreSentAfterTheAnswer(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        self::assertSame('queued', $this->handle('/submit')->getContent());
        self::assertSame(0, self::$server->summary()['events']);
        self::$server->setFaults([]);
        $this->app->terminate();

        self::assertSame(1, self::$server->summary()['events']);
        self::assertSame([], $this->log->messages('error'));
        self::assertSame(0, $this->app->make(ProducerInterface::class)->state()->completions);
    }

    public function testAnEventThatCannotBeSentIsLogged(): void
    {
        self::$server->setFaults([['status' => 400, 'times' => 'always']]);
        $this->handle('/submit');
        $this->app->terminate();

        [[$level, $message, $context]] = $this->log->records;
        self::assertSame('error', $level);
        self::assertMatchesRegularExpression('/^Hookrail: deliver failed: [^{}]+$/', $message);
        self::assertSame(
            ['laravel', 'submitted', 9],
            [$context['topic'], $context['idempotency_key'], $context['tag']],
        );
        self::assertInstanceOf(BadRequestException::class, $context['exception']);
    }

    public function testListenersOfTheApplicationLearnOfCalls(): void
    {
        $events = [];
        $this->app->make('events')->listen(
            [CallSucceeded::class, CallFailed::class],
            static function (object $event) use (&$events): void {
                $events[] = [$event::class, $event->call->operation];
            },
        );
        $this->handle('/send');
        $this->handle('/submit');
        $this->app->terminate();

        self::assertSame(
            [[CallSucceeded::class, Operation::Send], [CallSucceeded::class, Operation::Deliver]],
            $events,
        );
    }

    public function testEventsThatAreLostWithTheProcessAreLogged(): void
    {
        $this->app->make('config')->set('hookrail.flush_timeout', 0);
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        $this->handle('/submit');
        $this->app->terminate();

        self::assertSame(
            ['Hookrail: 1 events were not sent within 0 s and are lost with this process'],
            $this->log->messages('error'),
        );
        $this->app->make(ProducerInterface::class)->purge(true);
    }

    public function testNothingIsCollectedIfTheApplicationDoesSo(): void
    {
        $this->app->make('config')->set('hookrail.flush_timeout', null);
        $this->handle('/submit');
        $producer = $this->app->make(ProducerInterface::class);
        self::assertSame(0, $producer->flush(20.0));
        $this->app->terminate();

        self::assertSame(1, $producer->state()->completions);
    }

    public function testAQueueWorkerCollectsBetweenJobsAndWaitsAtItsEnd(): void
    {
        self::$server->setFaults([['status' => 400, 'times' => 1]]);
        $this->handle('/submit');
        self::assertSame(0, $this->app->make(ProducerInterface::class)->flush(20.0));
        $job = $this->createMock(\Illuminate\Contracts\Queue\Job::class);
        $this->app->make('events')->dispatch(new JobProcessed('sync', $job));
        self::assertCount(1, $this->log->messages('error'));

        $this->handle('/submit');
        $this->app->make('events')->dispatch(new WorkerStopping());
        self::assertSame(1, self::$server->summary()['events']);
        self::assertCount(1, $this->log->messages('error'));
    }

    public function testARequestThatUsesNothingMakesNothing(): void
    {
        $this->app->make('config')->set('hookrail.clients', []);
        self::assertSame('nothing', $this->handle('/nothing')->getContent());
        $this->app->terminate();
        self::assertSame([], $this->log->records);
    }

    public function testAVerifiedDeliveryReachesTheRoute(): void
    {
        foreach (['whsec_new', 'whsec_old'] as $index => $secret) {
            $response = $this->deliver('/orders', $secret, '{"id": 7}');

            self::assertSame(200, $response->getStatusCode(), (string) $response->getContent());
            self::assertJsonStringEqualsJsonString(
                json_encode(['delivery' => 'd1', 'secret' => $index, 'body' => '{"id": 7}']),
                (string) $response->getContent(),
            );
        }
    }

    public function testRefusals(): void
    {
        $forged = $this->deliver('/orders', 'whsec_other');
        self::assertSame(401, $forged->getStatusCode());
        self::assertSame('{"title":"Not a verified delivery","status":401}', $forged->getContent());
        self::assertStringStartsWith(
            'Hookrail: a request to the webhook orders was refused: no signing secret matches',
            $this->log->messages('warning')[0],
        );

        self::assertSame(401, $this->handle('/orders', 'POST', [], '{}')->getStatusCode());
        $long = $this->deliver('/orders', 'whsec_new', '"' . str_repeat('x', 1000) . '"');
        self::assertSame(413, $long->getStatusCode());
        $cutOff = $this->deliver('/orders', 'whsec_new', '{"id": 7}', '{"id": ');
        self::assertSame(408, $cutOff->getStatusCode());
        $get = $this->deliver('/orders', 'whsec_new', method: 'GET');
        self::assertSame([405, 'POST'], [$get->getStatusCode(), $get->headers->get('Allow')]);
    }

    public function testEachEndpointHasItsOwnSecretsAndStatus(): void
    {
        self::assertSame('d1', $this->deliver('/invoices', 'whsec_invoices')->getContent());
        self::assertSame(503, $this->deliver('/invoices', 'whsec_new')->getStatusCode());
    }

    public function testWithoutTheMiddlewareThereIsNoDelivery(): void
    {
        self::assertSame(500, $this->deliver('/unguarded', 'whsec_new')->getStatusCode());
        self::assertStringContainsString('lacks the middleware hookrail.webhook', $this->log->messages('error')[0]);
        self::assertSame(500, $this->deliver('/unknown', 'whsec_new')->getStatusCode());
    }
}
