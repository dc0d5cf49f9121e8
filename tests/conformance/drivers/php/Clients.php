<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Producer;
use Hookrail\RawJson;

/** The commands about clients and their producers. */
final class Clients
{
    private readonly Signals $signals;

    /** @var array<string, Client> */
    private array $clients = [];

    /** @var array<string, array<int, int>> tokens of submitted events, by client and tag */
    private array $tokens = [];

    public function __construct()
    {
        $this->signals = new Signals();
    }

    /** @param array<string, mixed> $request */
    public function create(array $request): void
    {
        $this->clients[$request['client']] = new Client(
            Bytes::ofOptional($request, 'api_key'),
            Bytes::ofOptional($request, 'base_url'),
            self::options($request['options']),
        );
    }

    /** @param array<string, mixed> $request */
    public function free(array $request): void
    {
        unset($this->clients[$request['client']], $this->tokens[$request['client']]);
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function send(array $request): array
    {
        return Results::accepted($this->signals->during(
            $request,
            fn (?Cancellation $cancellation) => $this->client($request)->sendEvent(
                Bytes::of($request, 'topic'),
                new RawJson(Bytes::of($request, 'payload')),
                Bytes::ofOptional($request, 'idempotency_key'),
                Bytes::ofOptional($request, 'ordering_key'),
                self::seconds($request, 'timeout_ms'),
                $cancellation,
                $request['headers'] ?? [],
            ),
        ));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function prepare(array $request): array
    {
        $prepared = $this->client($request)->prepare(
            Bytes::of($request, 'topic'),
            new RawJson(Bytes::of($request, 'payload')),
            Bytes::ofOptional($request, 'idempotency_key'),
            Bytes::ofOptional($request, 'ordering_key'),
            $request['headers'] ?? [],
        );

        return ['blob' => base64_encode($prepared->blob), 'idempotency_key' => $prepared->idempotencyKey];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function sendPrepared(array $request): array
    {
        return Results::accepted($this->signals->during(
            $request,
            fn (?Cancellation $cancellation) => $this->client($request)->sendPrepared(
                Bytes::of($request, 'blob'),
                self::seconds($request, 'timeout_ms'),
                $cancellation,
            ),
        ));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function getEvent(array $request): array
    {
        return Results::event($this->signals->during(
            $request,
            fn (?Cancellation $cancellation) => $this->client($request)->getEvent(
                Bytes::of($request, 'event_id'),
                self::seconds($request, 'timeout_ms'),
                $cancellation,
            ),
        ));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function stats(array $request): array
    {
        // PHP would write an empty array as a JSON list.
        return array_map(
            static fn (int|array $count) => is_array($count) ? (object) $count : $count,
            $this->client($request)->stats(),
        );
    }

    /** @param array<string, mixed> $request */
    public function submit(array $request): void
    {
        $this->remember($request, $this->producer($request)->submit(
            Bytes::of($request, 'topic'),
            new RawJson(Bytes::of($request, 'payload')),
            Bytes::ofOptional($request, 'idempotency_key'),
            Bytes::ofOptional($request, 'ordering_key'),
            self::seconds($request, 'timeout_ms'),
            $request['tag'],
            wait: self::seconds($request, 'wait_ms') ?? 0.0,
            headers: $request['headers'] ?? [],
        ));
    }

    /** @param array<string, mixed> $request */
    public function submitPrepared(array $request): void
    {
        $this->remember($request, $this->producer($request)->submitPrepared(
            Bytes::of($request, 'blob'),
            self::seconds($request, 'timeout_ms'),
            $request['tag'],
        ));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function collect(array $request): array
    {
        $producer = $this->producer($request);
        $completions = [];
        $end = hrtime(true) + $request['timeout_ms'] * 1_000_000;
        do {
            $missing = $request['count'] - count($completions);
            $left = max(0, $end - hrtime(true)) / 1e9;
            array_push($completions, ...($missing > 0 ? $producer->poll($left, $missing) : []));
        } while (count($completions) < $request['count'] && $left > 0);

        return ['completions' => array_map(Results::completion(...), $completions)];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function flush(array $request): array
    {
        return ['remaining' => $this->producer($request)->flush($request['timeout_ms'] / 1000)];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function pending(array $request): array
    {
        $state = $this->producer($request)->state();

        return ['queued' => $state->queued, 'in_flight' => $state->inFlight];
    }

    /** @param array<string, mixed> $request */
    public function cancelSubmitted(array $request): void
    {
        $this->producer($request)->cancel($this->tokens[$request['client']][$request['tag']]);
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function purge(array $request): array
    {
        return ['purged' => $this->producer($request)->purge($request['in_flight'])];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function close(array $request): array
    {
        return ['unsent' => $this->producer($request)->close($request['timeout_ms'] / 1000)];
    }

    /** @param array<string, mixed> $request */
    private function client(array $request): Client
    {
        return $this->clients[$request['client']];
    }

    /** @param array<string, mixed> $request */
    private function producer(array $request): Producer
    {
        return new Producer($this->client($request));
    }

    /** @param array<string, mixed> $request */
    private function remember(array $request, int $token): void
    {
        $this->tokens[$request['client']][$request['tag']] = $token;
    }

    /** @param array<string, mixed> $given */
    private static function options(array $given): ClientOptions
    {
        $proxy = ($given['no_proxy'] ?? false) ? false : Bytes::ofOptional($given, 'proxy');
        [$base, $cap] = $given['backoff_ms'] ?? [null, null];

        return new ClientOptions(
            connectTimeout: self::seconds($given, 'connect_timeout_ms'),
            readTimeout: self::seconds($given, 'read_timeout_ms'),
            writeTimeout: self::seconds($given, 'write_timeout_ms'),
            totalTimeout: self::seconds($given, 'total_timeout_ms'),
            deliveryTimeout: self::seconds($given, 'delivery_timeout_ms'),
            maxRetries: $given['max_retries'] ?? null,
            backoffBase: $base === null ? null : $base / 1000,
            backoffCap: $cap === null ? null : $cap / 1000,
            respectRetryAfter: $given['respect_retry_after'] ?? true,
            caPem: Bytes::ofOptional($given, 'ca_pem'),
            systemCas: !($given['extra_roots_only'] ?? false),
            proxy: $proxy,
            idleConnections: $given['idle_connections'] ?? null,
            payloadLimit: $given['payload_limit'] ?? null,
            userAgentSuffix: Bytes::ofOptional($given, 'user_agent_suffix'),
            headers: $given['headers'] ?? [],
            queueMaxEvents: $given['queue_max_events'] ?? null,
            queueMaxBytes: $given['queue_max_bytes'] ?? null,
            workers: $given['workers'] ?? null,
            shared: false,
        );
    }

    /** @param array<string, mixed> $given */
    private static function seconds(array $given, string $name): ?float
    {
        return array_key_exists($name, $given) ? $given[$name] / 1000 : null;
    }
}
