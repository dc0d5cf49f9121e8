<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** PHP's own web server, with one script for all paths. */
final class CliServer
{
    public readonly string $url;

    private readonly Process $process;

    private readonly string $log;

    /**
     * @param list<string>          $settings    options of php
     * @param array<string, string> $environment
     */
    public function __construct(string $script, array $settings, array $environment)
    {
        $this->log = (string) tempnam(sys_get_temp_dir(), 'hookrail');
        $command = [PHP_BINARY, ...$settings, '-S', '127.0.0.1:0', $script];
        $environment['LD_LIBRARY_PATH'] = Library::directory();
        $this->process = new Process($command, $environment, $this->log);
        $this->url = $this->awaitUrl();
    }

    public function __destruct()
    {
        unlink($this->log);
    }

    public function log(): string
    {
        return (string) file_get_contents($this->log);
    }

    private function awaitUrl(): string
    {
        $deadline = hrtime(true) + 20e9;
        while (preg_match('~\((http://127\.0\.0\.1:\d+)\) started~', $this->log(), $found) !== 1) {
            if (!$this->process->isRunning() || hrtime(true) > $deadline) {
                throw new RuntimeException("php -S did not start:\n" . $this->log());
            }
            usleep(5_000);
        }

        return $found[1];
    }
}
