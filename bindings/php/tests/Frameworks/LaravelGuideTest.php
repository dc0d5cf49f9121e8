<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\CliServer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Guide;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** The blocks of docs/php-frameworks.md on Laravel, in a project as Laravel's skeleton has it. */
final class LaravelGuideTest extends TestCase
{
    private string $project;

    protected function setUp(): void
    {
        $this->project = Guide::project('laravel-skeleton', Guide::files('Laravel') + [
            'tests/Feature/JobTest.php' => (string) file_get_contents(__DIR__ . '/Laravel/job-tests.php'),
            'vendor/composer/installed.json' => self::installed(),
        ]);
    }

    protected function tearDown(): void
    {
        Folder::remove($this->project);
    }

    public function testTheProjectSendsAndReceives(): void
    {
        $service = new DevServer();
        $web = new CliServer(
            "$this->project/public/index.php",
            ['-d', 'ffi.enable=true'],
            ['HOOKRAIL_SECRETS' => 'whsec_guide'] + $this->environment($service),
        );
        $service->addEndpoint("$web->url/api/webhooks/orders", ['whsec_guide']);

        [$status, $answer] = HttpConnection::request($web->url, '/api/orders/7', 'POST');
        self::assertSame(200, $status, $answer . $web->log());
        self::assertSame($service->events()[0]['event_id'], json_decode($answer, true)['event']);
        self::assertSame(200, HttpConnection::request($web->url, '/api/orders/7/views', 'POST')[0]);
        $service->wait(['succeeded' => 2]);

        $headers = (new WebhookSigner('whsec_other'))->headers('{}', 'd1');
        self::assertSame(401, HttpConnection::request($web->url, '/api/webhooks/orders', 'POST', '{}', $headers)[0]);
        self::assertStringContainsString('order 7', $web->log());
        self::assertStringContainsString(
            'a request to the webhook default was refused: no signing secret',
            $web->log(),
        );
    }

    public function testTheTestsOfTheProject(): void
    {
        $output = $this->inProject(['phpunit', '--bootstrap', 'autoload.php', 'tests']);
        self::assertStringContainsString('OK (8 tests', $output);
    }

    public function testArtisan(): void
    {
        $service = new DevServer();
        $output = $this->inProject([PHP_BINARY, 'artisan', 'hookrail:doctor'], $this->environment($service));
        self::assertStringContainsString("client default: can be made\nwebhook default: can be made\n", $output);

        $this->inProject([PHP_BINARY, 'artisan', 'vendor:publish', '--tag=hookrail-config']);
        self::assertFileEquals(
            dirname(__DIR__, 2) . '/resources/laravel/hookrail.php',
            "$this->project/config/hookrail.php",
        );
    }

    /** Returns what Composer writes about this package, from which Laravel finds the provider. */
    private static function installed(): string
    {
        $package = json_decode((string) file_get_contents(dirname(__DIR__, 2) . '/composer.json'), true);

        return json_encode(['packages' => [$package]], JSON_THROW_ON_ERROR);
    }

    /**
     * @param list<string>          $command
     * @param array<string, string> $environment
     */
    private function inProject(array $command, array $environment = []): string
    {
        $process = new Process(
            ['env', '--chdir', $this->project, ...$command],
            $environment + $this->environment(),
            "$this->project/errors.log",
        );
        $output = $process->readRest();
        self::assertSame(0, $process->wait(), $output);

        return $output;
    }

    /** @return array<string, string> */
    private function environment(?DevServer $service = null): array
    {
        return ($service?->environment() ?? []) + ['PACKAGE' => dirname(__DIR__, 2), 'APP_ENV' => 'testing'];
    }
}
