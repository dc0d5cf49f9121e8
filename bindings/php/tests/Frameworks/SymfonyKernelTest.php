<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Hookrail\ClientInterface;
use Hookrail\Exception\BadRequestException;
use Hookrail\Observation\CallFailed;
use Hookrail\Observation\CallSucceeded;
use Hookrail\Observation\Operation;
use Hookrail\ProducerInterface;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Frameworks\Symfony\Kernel;
use Hookrail\Tests\Support\DevServer;
use PHPUnit\Framework\TestCase;
use Symfony\Bundle\FrameworkBundle\Console\Application;
use Symfony\Component\Console\Input\ArrayInput;
use Symfony\Component\Console\Output\BufferedOutput;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Messenger\Event\WorkerMessageHandledEvent;

/** The bundle in a kernel of Symfony. */
final class SymfonyKernelTest extends TestCase
{
    private static DevServer $server;

    private static Kernel $kernel;

    public static function setUpBeforeClass(): void
    {
        self::$server = new DevServer();
        self::$kernel = new Kernel([
            'default_client' => 'main',
            'clients' => [
                'main' => [
                    'api_key' => DevServer::API_KEY, 'base_url' => self::$server->url, 'backoff_base' => 0.001,
                    'max_retries' => 1, 'delivery_timeout' => 20,
                ],
                'billing' => [
                    'api_key' => DevServer::API_KEY, 'base_url' => self::$server->url,
                    'user_agent_suffix' => 'billing/1',
                ],
            ],
            'flush_timeout' => 20,
            'webhooks' => [
                'orders' => ['secrets' => 'whsec_new,whsec_old', 'body_limit' => 1000],
                'invoices' => ['secrets' => ['whsec_invoices'], 'mismatch_status' => 503],
            ],
        ]);
    }

    protected function setUp(): void
    {
        self::$server->reset();
        self::$kernel->shutdown();
        // The completions of other tests belong to the same native client.
        self::$kernel->service('hookrail.producer.main')->poll();
        self::$kernel->shutdown();
    }

    public function testSendingThroughTheDefaultClient(): void
    {
        $response = self::handle(Request::create('/send'));

        self::assertSame(200, $response->getStatusCode(), (string) $response->getContent());
        self::assertSame(self::$server->events()[0]['event_id'], $response->getContent());
    }

    public function testAClientByItsNameHasItsOwnSettings(): void
    {
        self::handle(Request::create('/send-billing'));
        self::handle(Request::create('/send'));

        [$billing, $main] = array_map(
            static fn (array $request): string => array_column($request['headers'], 1, 0)['user-agent'],
            self::$server->requests(),
        );
        self::assertStringEndsWith(' billing/1', $billing);
        self::assertStringEndsNotWith(' billing/1', $main);
    }

    public function testRequestsShareTheirConnectionBeyondAReset(): void
    {
        for ($i = 0; $i < 3; $i++) {
            self::handle(Request::create('/send'));
            // As in a server that keeps the kernel, or boots it again.
            $i === 0 ? self::$kernel->service('services_resetter')->reset() : self::$kernel->shutdown();
        }

        self::assertCount(1, array_unique(array_column(self::$server->requests(), 'connection')));
    }

    public function testEventsAreSentAfterTheAnswer(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        $request = Request::create('/submit');
        $response = self::$kernel->handle($request);
        self::assertSame('queued', $response->getContent());
        self::assertSame(0, self::$server->summary()['events']);
        self::$server->setFaults([]);
        self::$kernel->terminate($request, $response);

        self::assertSame(1, self::$server->summary()['events']);
        self::assertSame([], self::log()->messages('error'));
        self::assertSame(0, self::$kernel->service(ProducerInterface::class)->state()->completions);
    }

    public function testAnEventThatCannotBeSentIsLogged(): void
    {
        self::$server->setFaults([['status' => 400, 'times' => 'always']]);
        self::handle(Request::create('/submit'), terminate: true);

        self::assertStringStartsWith('Hookrail: deliver failed: ', self::log()->messages('error')[0]);
        [, , $context] = self::log()->records[array_key_last(self::log()->records)];
        self::assertSame(['symfony', 'submitted', 9], [
            $context['topic'], $context['idempotency_key'], $context['tag'],
        ]);
        self::assertInstanceOf(BadRequestException::class, $context['exception']);
    }

    public function testListenersOfTheApplicationLearnOfCalls(): void
    {
        $events = [];
        $dispatcher = self::$kernel->service('event_dispatcher');
        foreach ([CallSucceeded::class, CallFailed::class] as $name) {
            $dispatcher->addListener($name, static function (object $event) use (&$events): void {
                $events[] = [$event::class, $event->call->operation];
            });
        }
        self::handle(Request::create('/send'));
        self::handle(Request::create('/submit'), terminate: true);

        self::assertSame(
            [[CallSucceeded::class, Operation::Send], [CallSucceeded::class, Operation::Deliver]],
            $events,
        );
    }

    public function testARequestThatSubmitsNothingMakesNoProducer(): void
    {
        self::handle(Request::create('/nothing'), terminate: true);

        self::assertFalse(self::$kernel->getContainer()->get('test.service_container')->initialized(
            'hookrail.client.main',
        ));
    }

    public function testACommandEndsWithItsEventsSent(): void
    {
        self::assertSame([0, ''], self::command('app:submit'));
        self::assertSame(1, self::$server->summary()['events']);
    }

    public function testAWorkerOfTheMessengerLogsFailuresAfterAMessage(): void
    {
        self::$server->setFaults([['status' => 400, 'times' => 'always']]);
        self::handle(Request::create('/submit'));
        self::assertSame(0, self::$kernel->service(ProducerInterface::class)->flush(20.0));
        // The Messenger itself is not needed: it dispatches an event of this name.
        self::$kernel->service('event_dispatcher')->dispatch(new \stdClass(), WorkerMessageHandledEvent::class);

        self::assertCount(1, self::log()->messages('error'));
    }

    public function testAVerifiedDeliveryReachesTheController(): void
    {
        foreach (['whsec_new', 'whsec_old'] as $index => $secret) {
            $response = self::handle(self::delivery('/orders', $secret, '{"id": 7}'));

            self::assertSame(200, $response->getStatusCode(), (string) $response->getContent());
            self::assertJsonStringEqualsJsonString(
                json_encode(['delivery' => 'd1', 'secret' => $index, 'body' => '{"id": 7}']),
                (string) $response->getContent(),
            );
        }
    }

    public function testAForgeryIsRefusedAndLogged(): void
    {
        $response = self::handle(self::delivery('/orders', 'whsec_other'));

        self::assertSame(401, $response->getStatusCode());
        self::assertSame('application/problem+json', $response->headers->get('Content-Type'));
        self::assertSame('{"title":"Not a verified delivery","status":401}', $response->getContent());
        self::assertMatchesRegularExpression(
            '/^Hookrail: a request to the webhook orders was refused: no signing secret matches/',
            self::log()->messages('warning')[0],
        );
    }

    public function testOtherRefusals(): void
    {
        $long = self::delivery('/orders', 'whsec_new', '"' . str_repeat('x', 1000) . '"');
        $get = self::delivery('/orders', 'whsec_new', method: 'GET');
        $unsigned = Request::create('/orders', 'POST', content: '{}');

        self::assertSame(413, self::handle($long)->getStatusCode());
        self::assertSame(408, self::handle(self::cutOff('/orders'))->getStatusCode());
        self::assertSame(401, self::handle($unsigned)->getStatusCode());
        $refusal = self::handle($get);
        self::assertSame([405, 'POST'], [$refusal->getStatusCode(), $refusal->headers->get('Allow')]);
    }

    public function testEachEndpointHasItsOwnSecretsAndStatus(): void
    {
        self::assertSame(200, self::handle(self::delivery('/invoices', 'whsec_invoices'))->getStatusCode());
        self::assertSame(503, self::handle(self::delivery('/invoices', 'whsec_new'))->getStatusCode());
    }

    public function testAControllerIsProtectedByTheAttributeOfItsParent(): void
    {
        self::assertSame(200, self::handle(self::delivery('/inherited', 'whsec_invoices'))->getStatusCode());
        self::assertSame(503, self::handle(self::delivery('/inherited', 'whsec_new'))->getStatusCode());
    }

    public function testARouteNamesItsWebhook(): void
    {
        self::assertSame('d1', self::handle(self::delivery('/by-route', 'whsec_new'))->getContent());
        self::assertSame(401, self::handle(self::delivery('/by-route', 'whsec_x'))->getStatusCode());
    }

    public function testAControllerThatForgetsTheAttributeGetsNoDelivery(): void
    {
        self::assertSame(500, self::handle(self::delivery('/unguarded', 'whsec_new'))->getStatusCode());
    }

    public function testAMisspeltWebhookLetsNothingThrough(): void
    {
        self::assertSame(500, self::handle(self::delivery('/unknown', 'whsec_new'))->getStatusCode());
    }

    public function testTheParserOfTheWebhookComponent(): void
    {
        self::assertSame(
            '["order.created","d1",{"id":7}]',
            self::handle(self::delivery('/parse', 'whsec_old', '{"id": 7}'))->getContent(),
        );
        self::assertSame(
            '["order.created","d1",{"value":"text"}]',
            self::handle(self::delivery('/parse', 'whsec_new', '"text"'))->getContent(),
        );
        self::assertSame(401, self::handle(self::delivery('/parse', 'whsec_other'))->getStatusCode());
        self::assertSame(406, self::handle(self::delivery('/parse', 'whsec_new', method: 'PUT'))->getStatusCode());
        self::assertSame(406, self::handle(self::delivery('/parse', 'whsec_new', 'no JSON'))->getStatusCode());
        self::assertSame(408, self::handle(self::cutOff('/parse'))->getStatusCode());
    }

    public function testTheDoctor(): void
    {
        [$status, $output] = self::command('hookrail:doctor');
        self::assertSame(0, $status, $output);
        self::assertStringContainsString('hookrail/hookrail works here', $output);
        foreach (['client billing', 'client main', 'webhook invoices', 'webhook orders'] as $subject) {
            self::assertStringContainsString("$subject: can be made\n", $output);
        }

        $kernel = new Kernel(['api_key' => 'hk_x', 'base_url' => 'ftp://x', 'webhooks' => ['secrets' => 'whsec_']]);
        [$status, $output] = self::command('hookrail:doctor', $kernel);
        self::assertSame(1, $status);
        self::assertMatchesRegularExpression('/^client default: .*http/m', $output);
        self::assertMatchesRegularExpression('/^webhook default: .*whsec_/m', $output);
    }

    private static function handle(Request $request, bool $terminate = false): Response
    {
        $response = self::$kernel->handle($request);
        if ($terminate) {
            self::$kernel->terminate($request, $response);
        }

        return $response;
    }

    /** @param array<string, string> $server */
    private static function delivery(
        string $path,
        string $secret,
        string $body = '{}',
        array $server = [],
        string $method = 'POST',
    ): Request {
        foreach ((new WebhookSigner($secret))->headers($body, 'd1', 'order.created') as $name => $value) {
            $server['HTTP_' . strtoupper(strtr($name, '-', '_'))] = $value;
        }

        return Request::create($path, $method, [], [], [], $server, $body);
    }

    private static function cutOff(string $path): Request
    {
        $headers = self::delivery($path, 'whsec_new', '{"id": 7}')->server->all();

        return Request::create($path, 'POST', [], [], [], ['HTTP_CONTENT_LENGTH' => '9'] + $headers, '{"id": ');
    }

    /** @return array{int, string} status and output */
    private static function command(string $name, ?Kernel $kernel = null): array
    {
        $application = new Application($kernel ?? self::$kernel);
        $application->setAutoExit(false);
        $output = new BufferedOutput();

        return [$application->run(new ArrayInput(['command' => $name]), $output), $output->fetch()];
    }

    private static function log(): Log
    {
        return self::$kernel->service(Log::class);
    }
}
