<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Laravel;

use App\Providers\RouteServiceProvider;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Frameworks\Log;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Guide;
use Illuminate\Contracts\Console\Kernel as ConsoleKernel;
use Illuminate\Contracts\Http\Kernel as HttpKernel;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\HandleExceptions;
use Illuminate\Http\Request;
use PHPUnit\Framework\TestCase;
use Psr\Log\LoggerInterface;
use Symfony\Component\HttpFoundation\Response;

/** An application of Laravel with the provider, for each test anew. */
abstract class ApplicationTestCase extends TestCase
{
    protected static DevServer $server;

    protected static string $project;

    private static int $tests = 0;

    protected Application $app;

    protected Log $log;

    public static function setUpBeforeClass(): void
    {
        self::$server = new DevServer();
        $package = json_decode((string) file_get_contents(dirname(__DIR__, 3) . '/composer.json'), true);
        self::$project = Guide::project('laravel-skeleton', [
            'routes/api.php' => (string) file_get_contents(__DIR__ . '/routes.php'),
            'vendor/composer/installed.json' => json_encode(['packages' => [$package]]),
        ]);
        if (!class_exists(RouteServiceProvider::class, false)) {
            require self::$project . '/app/Providers/RouteServiceProvider.php';
        }
    }

    public static function tearDownAfterClass(): void
    {
        Folder::remove(self::$project);
    }

    protected function setUp(): void
    {
        self::$server->reset();
        $this->app = require self::$project . '/bootstrap/app.php';
        // PHPUnit keeps its own handlers of errors and exceptions.
        $this->app->instance(HandleExceptions::class, new class {
            public function bootstrap(): void
            {
            }
        });
        $this->app->make(ConsoleKernel::class)->bootstrap();
        $this->log = new Log();
        $this->app->instance('log', $this->log);
        $this->app->instance(LoggerInterface::class, $this->log);
        $this->configure();
    }

    protected function tearDown(): void
    {
        Hookrail::clearResolvedInstances();
    }

    private function configure(): void
    {
        // Clients with equal settings share a queue with its completions. No two tests share one.
        $access = [
            'api_key' => DevServer::API_KEY,
            'base_url' => self::$server->url,
            'user_agent_suffix' => 'test/' . ++self::$tests,
        ];
        $this->app->make('config')->set('hookrail', [
            'default' => 'main',
            'clients' => [
                'main' => $access + ['backoff_base' => '0.001', 'max_retries' => '1', 'delivery_timeout' => 20],
                'billing' => ['user_agent_suffix' => 'billing/1'] + $access,
            ],
            'flush_timeout' => '20',
            'webhooks' => [
                'orders' => ['secrets' => 'whsec_new,whsec_old', 'body_limit' => 1000],
                'invoices' => ['secrets' => ['whsec_invoices'], 'mismatch_status' => '503', 'tolerance' => null],
            ],
        ]);
    }

    /** @param array<string, string> $server */
    protected function handle(string $path, string $method = 'GET', array $server = [], string $body = ''): Response
    {
        $request = Request::create("/api$path", $method, [], [], [], $server + ['HTTP_ACCEPT' => '*/*'], $body);

        return $this->app->make(HttpKernel::class)->handle($request);
    }

    protected function deliver(
        string $path,
        string $secret,
        string $body = '{}',
        ?string $received = null,
        string $method = 'POST',
    ): Response {
        $server = ['CONTENT_TYPE' => 'application/json', 'HTTP_CONTENT_LENGTH' => (string) strlen($body)];
        foreach ((new WebhookSigner($secret))->headers($body, 'd1', 'order.created') as $name => $value) {
            $server['HTTP_' . strtoupper(strtr($name, '-', '_'))] = $value;
        }

        return $this->handle($path, $method, $server, $received ?? $body);
    }
}
