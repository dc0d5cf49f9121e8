<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** The published package, which `make stage` builds, in an empty project. */
final class PackageTest extends TestCase
{
    private string $project;

    protected function setUp(): void
    {
        $this->project = Folder::make();
    }

    protected function tearDown(): void
    {
        Folder::remove($this->project);
    }

    public function testAnEmptyProjectInstallsAndUsesIt(): void
    {
        $stage = dirname(__DIR__) . '/build/package';
        self::assertFileExists("$stage/composer.json", 'make stage has not run');
        file_put_contents("$this->project/composer.json", json_encode([
            'repositories' => [
                ['type' => 'path', 'url' => $stage, 'options' => [
                    'symlink' => false, 'versions' => ['hookrail/hookrail' => '0.1.0'],
                ]],
            ],
            'require' => ['hookrail/hookrail' => '^0.1'],
        ]));
        $offline = ['COMPOSER_HOME' => "$this->project/.composer", 'COMPOSER_DISABLE_NETWORK' => '1'];
        $this->inProject(['composer', 'install', '--no-interaction', '--no-progress', '--quiet'], $offline);
        self::assertDirectoryDoesNotExist("$this->project/vendor/hookrail/hookrail/tests");
        self::assertFileEquals(dirname(__DIR__) . '/LICENSE', "$this->project/vendor/hookrail/hookrail/LICENSE");
        self::assertFileExists("$this->project/vendor/hookrail/hookrail/THIRD_PARTY_LICENSES.md");

        $output = $this->inProject(['vendor/bin/hookrail-doctor']);
        self::assertStringContainsString("$this->project/vendor/hookrail/hookrail/lib/", $output);
        self::assertStringContainsString('works here', $output);

        $server = new DevServer();
        file_put_contents("$this->project/send.php", <<<'PHP'
            <?php
            require __DIR__ . '/vendor/autoload.php';
            echo (new Hookrail\Client())->sendEvent('order.created', ['id' => 7])->eventId;
            PHP);
        $eventId = $this->inProject(
            [PHP_BINARY, 'send.php'],
            $server->environment(),
        );
        self::assertSame($server->events()[0]['event_id'], $eventId);
    }

    /**
     * @param list<string>          $command
     * @param array<string, string> $environment
     *
     * @return string its output
     */
    private function inProject(array $command, array $environment = []): string
    {
        $process = new Process(
            ['env', '--chdir', $this->project, '--unset', 'HOOKRAIL_LIB', ...$command],
            $environment + ['COMPOSER_ALLOW_SUPERUSER' => '1'],
        );
        $output = $process->readRest();
        self::assertSame(0, $process->wait(), implode(' ', $command) . "\n" . $output);

        return $output;
    }
}
