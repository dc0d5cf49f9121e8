<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** The development server, with its control API. */
final class DevServer
{
    public const API_KEY = 'hk_test';

    public readonly string $url;

    private readonly Process $process;

    /** @param list<string> $arguments */
    public function __construct(array $arguments = [])
    {
        $program = getenv('HOOKRAIL_DEVSERVER');
        if (!is_string($program) || !is_executable($program)) {
            throw new RuntimeException('HOOKRAIL_DEVSERVER has to name the hookrail-devserver program');
        }
        $this->process = new Process(
            [$program, '--exit-with-stdin', '--api-key', self::API_KEY, ...$arguments],
        );
        $line = $this->process->readLine();
        $this->url = str_replace('listening on ', '', $line);
    }

    /** @return array<string, string> the variables with which a client uses this server */
    public function environment(): array
    {
        return ['HOOKRAIL_API_KEY' => self::API_KEY, 'HOOKRAIL_BASE_URL' => $this->url];
    }

    /** @return array<string, int> */
    public function summary(): array
    {
        return $this->control('GET', 'summary');
    }

    /** @return list<array<string, mixed>> */
    public function requests(): array
    {
        return $this->control('GET', 'requests?limit=100000')['requests'];
    }

    /** @return list<array<string, mixed>> */
    public function events(): array
    {
        return $this->control('GET', 'events?limit=100000')['events'];
    }

    /** @param list<array<string, mixed>> $rules */
    public function setFaults(array $rules): void
    {
        $this->control('PUT', 'faults', $rules);
    }

    /** Stops the server. */
    public function stop(): void
    {
        $this->process->closeInput();
        $this->process->wait();
    }

    public function reset(): void
    {
        $this->control('DELETE', 'faults');
        $this->control('DELETE', 'ledger');
    }

    /** @param list<string> $secrets */
    public function addEndpoint(string $url, array $secrets): void
    {
        $this->control('POST', 'endpoints', ['url' => $url, 'secrets' => $secrets, 'topics' => []]);
    }

    /**
     * Waits until the counts are reached.
     *
     * @param array<string, int> $counts
     *
     * @return array<string, int>
     */
    public function wait(array $counts, int $timeoutMs = 20_000): array
    {
        return $this->control('GET', 'wait?' . http_build_query($counts + ['timeout_ms' => $timeoutMs]));
    }

    /** @return array<string, mixed> */
    private function control(string $method, string $path, mixed $body = null): array
    {
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => 'Content-Type: application/json',
            'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
            'ignore_errors' => true,
            'timeout' => 60,
        ]]);
        $answer = file_get_contents("$this->url/_control/$path", false, $context);
        $status = (int) explode(' ', $http_response_header[0])[1];
        if ($status >= 300) {
            throw new RuntimeException("$method $path: $status $answer");
        }

        return $answer === '' ? [] : json_decode((string) $answer, true, flags: JSON_THROW_ON_ERROR);
    }
}
