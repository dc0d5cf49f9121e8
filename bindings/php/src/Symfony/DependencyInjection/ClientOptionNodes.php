<?php

declare(strict_types=1);

namespace Hookrail\Symfony\DependencyInjection;

use Symfony\Component\Config\Definition\Builder\NodeBuilder;

/**
 * The nodes for Hookrail\ClientOptions. null leaves the library's default.
 *
 * @internal
 */
final class ClientOptionNodes
{
    private const SECONDS = [
        'connect_timeout' => 'For looking up the name, connecting and TLS, in seconds (5)',
        'read_timeout' => 'For each wait for a part of the answer, in seconds (10)',
        'write_timeout' => 'For each wait until the service takes more, in seconds (10)',
        'total_timeout' => 'For a whole call, including retries and waits, in seconds (30)',
        'delivery_timeout' => 'For an event of a producer, including waits, in seconds (120)',
        'backoff_base' => 'The upper limit of the random delay before the first retry, in seconds (0.2)',
        'backoff_cap' => 'No delay before a retry is longer, in seconds (10)',
        'max_connection_age' => 'How long a connection is used until another replaces it, in seconds; 0: ever (300)',
    ];

    private const NUMBERS = [
        'max_retries' => 'How often a failed attempt is repeated; 10 outlast a restart of the service, 3 do not (3)',
        'idle_connections' => 'How many connections the pool keeps for reuse (64)',
        'payload_limit' => 'The largest payload in bytes; 0: no limit (262144)',
        'queue_max_events' => 'How many events the producer holds (10000)',
        'queue_max_bytes' => 'How many bytes the producer holds (64 MiB)',
        'workers' => 'How many events of the producer are being sent at once at most, up to 4096 (64)',
    ];

    private const SWITCHES = [
        'respect_retry_after' => ['Whether the service\'s Retry-After is the least wait', true],
        'system_cas' => ['Whether the system\'s certificate authorities are trusted', true],
        'shared' => ['Whether clients with the same settings share one native client in a process', true],
        'require_https' => ['Whether plain http to another machine is refused: set it in production', false],
        'require_base_url' => ['Whether a missing base URL is refused: set it in production', false],
    ];

    private const TEXTS = [
        'ca_pem' => 'Additional certificate authorities as PEM text',
        'client_certificate' => 'The certificate that the clients show: a PEM file, or PEM text',
        'client_key' => 'The key of the certificate: a PEM file, or PEM text; null: it is with the certificate',
        'unix_socket' => 'The path of a unix socket to connect to, instead of the host of the base URL',
        'user_agent_suffix' => 'Appended to the library\'s own User-Agent, such as "shop/2.1"',
    ];

    private function __construct()
    {
    }

    public static function add(NodeBuilder $settings): void
    {
        foreach (self::SECONDS as $name => $info) {
            $settings->floatNode($name)->info($info)->defaultNull()->min(0);
        }
        foreach (self::NUMBERS as $name => $info) {
            $settings->integerNode($name)->info($info)->defaultNull()->min(0);
        }
        foreach (self::SWITCHES as $name => [$info, $default]) {
            $settings->booleanNode($name)->info($info)->defaultValue($default);
        }
        foreach (self::TEXTS as $name => $info) {
            $settings->scalarNode($name)->info($info)->defaultNull();
        }
        $settings->arrayNode('ca_files')
            ->info('PEM files of additional certificate authorities to trust')
            ->beforeNormalization()->castToArray()->end()
            ->scalarPrototype();
        $settings->arrayNode('headers')
            ->info('Additional header fields of all requests, by their names')
            ->useAttributeAsKey('name')
            ->normalizeKeys(false)
            ->scalarPrototype();
        $settings->scalarNode('proxy')
            ->info('A URL; false: none; null: the environment decides')
            ->defaultNull()
            ->validate()
                ->ifTrue(static fn (mixed $value): bool => !is_string($value) && $value !== false && $value !== null)
                ->thenInvalid('It has to be a URL, false for none, or null for that of the environment, not %s')
            ->end();
    }
}
