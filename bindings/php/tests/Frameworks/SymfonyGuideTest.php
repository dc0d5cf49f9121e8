<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use App\RemoteEvent\OrderConsumer;
use Hookrail\Observation\CallSucceeded;
use Hookrail\Symfony\DependencyInjection\HookrailExtension;
use Hookrail\Symfony\Webhook\HookrailRequestParser;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Guide;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Library;
use Hookrail\Tests\Support\Process;
use Hookrail\Tests\Support\WebServer;
use PHPUnit\Framework\TestCase;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\Yaml\Yaml;

/** The blocks of docs/php-frameworks.md on Symfony, in a project as Symfony's skeleton has it. */
final class SymfonyGuideTest extends TestCase
{
    private string $project;

    /** @var array<string, string> by path */
    private array $apart;

    protected function setUp(): void
    {
        $files = Guide::files('Symfony');
        $this->apart = array_filter(
            $files,
            static fn (string $path): bool => preg_match('/^(symfony-6|several)/', $path) === 1,
            ARRAY_FILTER_USE_KEY,
        );
        $this->project = Guide::project('symfony-skeleton', array_diff_key($files, $this->apart));
    }

    protected function tearDown(): void
    {
        Folder::remove($this->project);
    }

    public function testTheProjectSendsAndReceivesUnderFpm(): void
    {
        $service = new DevServer();
        $web = new WebServer(
            $this->environment($service),
            Library::preloaded(),
            script: "$this->project/public/index.php",
        );
        $service->addEndpoint("$web->url/webhooks/orders", ['whsec_guide']);

        [$status, $answer] = HttpConnection::request($web->url, '/orders/7', 'POST');
        self::assertSame(200, $status, $answer . file_get_contents("$web->directory/php.log"));
        $service->wait(['succeeded' => 1]);
        self::assertSame($service->events()[0]['event_id'], json_decode($answer, true)['event']);

        // An event that is submitted is sent after the answer.
        $service->setFaults([['status' => 503, 'times' => 'always']]);
        self::assertSame(200, HttpConnection::request($web->url, '/orders/7/views', 'POST')[0]);
        self::assertSame(1, $service->summary()['events']);
        $service->setFaults([]);
        $service->wait(['succeeded' => 2]);

        $headers = (new WebhookSigner('whsec_other'))->headers('{}', 'd1');
        self::assertSame(401, HttpConnection::request($web->url, '/webhooks/orders', 'POST', '{}', $headers)[0]);
        $log = $web->log() . file_get_contents("$web->directory/php.log");
        self::assertStringContainsString('order 7', $log);
        self::assertStringContainsString('a request to the webhook default was refused: no signing secret', $log);
        self::assertStringNotContainsString('a listener failed', $log);
        self::assertSame(0, $web->crashes());
    }

    public function testTheProjectsConsole(): void
    {
        $console = 'require "autoload.php"; exit((new Symfony\Bundle\FrameworkBundle\Console\Application('
            . 'new App\Kernel("prod", false)))->run());';
        $output = '';
        foreach (
            [
                ['hookrail:doctor'],
                ['config:dump-reference', 'hookrail'],
                ['debug:event-dispatcher', CallSucceeded::class],
            ] as $command
        ) {
            $process = new Process(
                ['env', '--chdir', $this->project, PHP_BINARY, '-r', $console, '--', ...$command],
                $this->environment(new DevServer()),
            );
            $output .= $process->readRest();
            self::assertSame(0, $process->wait(), $output);
        }

        self::assertStringContainsString("client default: can be made\n", $output);
        self::assertStringContainsString("webhook billing: can be made\n", $output);
        self::assertStringContainsString('total_timeout:', $output);
        self::assertStringContainsString('App\EventListener\EventMetrics::count()', $output);
    }

    public function testTheTestsOfTheProject(): void
    {
        $process = new Process(
            ['env', '--chdir', $this->project, 'phpunit', '--bootstrap', 'autoload.php', 'tests'],
            ['KERNEL_CLASS' => 'App\Kernel', 'APP_ENV' => 'test', 'APP_DEBUG' => '0'] + $this->environment(),
            "$this->project/errors.log",
        );
        $output = $process->readRest();
        self::assertSame(0, $process->wait(), $output);
        self::assertStringContainsString('OK (3 tests', $output);
    }

    public function testSeveralClients(): void
    {
        $config = Yaml::parse($this->apart['several-clients/config/packages/hookrail.yaml'])['hookrail'];
        $container = new ContainerBuilder();
        (new HookrailExtension())->load([$config], $container);

        foreach (['client.billing', 'producer.billing', 'client.shop'] as $service) {
            self::assertTrue($container->has("hookrail.$service"));
        }
        self::assertSame('hookrail.client.shop', (string) $container->getAlias(\Hookrail\ClientInterface::class));
        self::assertSame(
            'hookrail.client.billing',
            (string) $container->getAlias(\Hookrail\ClientInterface::class . ' $billingClient'),
        );
        self::assertTrue($container->has(\Hookrail\ProducerInterface::class . ' $billingProducer'));
    }

    public function testTheWebhookComponent(): void
    {
        $config = Yaml::parse($this->apart['symfony-6.3/config/packages/webhook.yaml']);
        $container = new ContainerBuilder();
        (new HookrailExtension())->load([], $container);
        $service = $config['framework']['webhook']['routing']['orders']['service'];
        self::assertSame(HookrailRequestParser::class, $container->getDefinition($service)->getClass());

        eval('?>' . $this->apart['symfony-6.3/src/RemoteEvent/OrderConsumer.php']);
        $request = Request::create('/webhook/orders', 'POST', content: '{"id": 7}');
        $request->headers->add((new WebhookSigner('whsec_a'))->headers('{"id": 7}', 'd1', 'order.created'));
        $consumer = new OrderConsumer();
        $consumer->consume($container->get($service)->parse($request, 'whsec_a,whsec_b'));
        self::assertSame(['d1: order.created, order 7'], $consumer->log);
    }

    /** @return array<string, string> */
    private function environment(?DevServer $service = null): array
    {
        return ($service?->environment() ?? ['HOOKRAIL_API_KEY' => 'hk_x', 'HOOKRAIL_BASE_URL' => 'http://[::1]:1']) + [
            'PACKAGE' => dirname(__DIR__, 2),
            'HOOKRAIL_SECRETS' => 'whsec_guide',
            'HOOKRAIL_BILLING_SECRETS' => 'whsec_billing',
            'HOOKRAIL_MISMATCH_STATUS' => '503',
        ];
    }
}
