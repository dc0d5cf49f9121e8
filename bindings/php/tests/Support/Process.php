<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** A program that runs in parallel to the tests and ends with them. */
final class Process
{
    /** @var resource */
    private $process;

    /** @var resource */
    private $stdin;

    /** @var resource */
    private $stdout;

    private ?int $exitCode = null;

    /**
     * @param list<string>          $command
     * @param array<string, string> $environment on top of this process's own
     * @param string|null           $errors      the file that standard error is appended to; null: as here
     */
    public function __construct(array $command, array $environment = [], ?string $errors = null)
    {
        $process = proc_open(
            $command,
            [['pipe', 'r'], ['pipe', 'w'], $errors === null ? STDERR : ['file', $errors, 'a']],
            $pipes,
            null,
            $environment + getenv(),
        );
        if ($process === false) {
            throw new RuntimeException('cannot start ' . implode(' ', $command));
        }
        $this->process = $process;
        [$this->stdin, $this->stdout] = $pipes;
    }

    public function __destruct()
    {
        if ($this->isRunning()) {
            $this->signal(SIGKILL);
        }
        $this->wait();
    }

    /** Returns the next line of its standard output, without the line's end. */
    public function readLine(float $timeout = 30.0): string
    {
        $read = [$this->stdout];
        $none = null;
        if (stream_select($read, $none, $none, (int) $timeout, (int) (fmod($timeout, 1) * 1e6)) !== 1) {
            throw new RuntimeException("no output within $timeout s");
        }
        $line = fgets($this->stdout);
        if ($line === false) {
            throw new RuntimeException('the program ended without a further line');
        }

        return rtrim($line, "\n");
    }

    /** Returns the rest of its standard output. */
    public function readRest(): string
    {
        return (string) stream_get_contents($this->stdout);
    }

    public function signal(int $signal): void
    {
        proc_terminate($this->process, $signal);
    }

    public function write(string $text): void
    {
        fwrite($this->stdin, $text);
    }

    public function closeInput(): void
    {
        fclose($this->stdin);
    }

    public function pid(): int
    {
        return proc_get_status($this->process)['pid'];
    }

    public function isRunning(): bool
    {
        if ($this->exitCode !== null) {
            return false;
        }
        $status = proc_get_status($this->process);
        if (!$status['running']) {
            $this->exitCode = $status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'];
        }

        return $status['running'];
    }

    /** Waits for its end, and returns the exit code, or 128 plus the signal that ended it. */
    public function wait(float $timeout = 30.0): int
    {
        $deadline = hrtime(true) + $timeout * 1e9;
        while ($this->isRunning()) {
            if (hrtime(true) > $deadline) {
                throw new RuntimeException("the program did not end within $timeout s");
            }
            usleep(2_000);
        }

        return (int) $this->exitCode;
    }
}
