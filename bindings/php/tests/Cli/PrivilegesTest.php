<?php

declare(strict_types=1);

namespace Hookrail\Tests\Cli;

use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** PHP with privileges that its caller does not have. */
final class PrivilegesTest extends TestCase
{
    private const SCRIPT = <<<'PHP'
        require $argv[1];
        try {
            new Hookrail\Client();
            echo "made\n";
        } catch (Hookrail\Exception\HookrailException $error) {
            echo $error->getMessage(), "\n";
        }
        PHP;

    public function testPrivilegedProgramsIgnoreTheEnvironmentOfTheirCaller(): void
    {
        if (posix_geteuid() !== 0) {
            self::markTestSkipped('only root can give the program to another group');
        }
        $directory = Folder::make();
        $program = "$directory/php";
        try {
            copy(PHP_BINARY, $program);
            chmod($program, 0o755);
            self::assertSame('made', self::said($program));
            // The kernel sets AT_SECURE for a process with another group than its caller's.
            chgrp($program, 65_534);
            chmod($program, 0o2755);
            self::assertStringContainsString('HOOKRAIL_API_KEY', self::said($program));
        } finally {
            Folder::remove($directory);
        }
    }

    private static function said(string $program): string
    {
        $process = new Process(
            [$program, '-d', 'variables_order=EGPCS', '-r', self::SCRIPT, dirname(__DIR__, 2) . '/vendor/autoload.php'],
            ['HOOKRAIL_API_KEY' => 'hk_x', 'HOOKRAIL_BASE_URL' => 'http://127.0.0.1:1'],
        );

        return $process->readLine();
    }
}
