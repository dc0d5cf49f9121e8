<?php

declare(strict_types=1);

namespace Hookrail\Symfony\DependencyInjection;

use Hookrail\Http\Refusal;
use Hookrail\Http\WebhookReceiver;
use Hookrail\Verifier;
use Symfony\Component\Config\Definition\Builder\ArrayNodeDefinition;
use Symfony\Component\Config\Definition\Builder\NodeBuilder;
use Symfony\Component\Config\Definition\Builder\TreeBuilder;
use Symfony\Component\Config\Definition\ConfigurationInterface;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;

/**
 * The tree of the configuration. The settings of a single client may stand directly under `hookrail`, and those of a
 * single webhook directly under `webhooks`; both are then called `default`.
 *
 * While Symfony compiles the container, it checks 0 instead of a number from the environment. So 0 is acceptable
 * everywhere here. The library checks all values when it makes a client.
 *
 * @internal
 */
final class Configuration implements ConfigurationInterface
{
    public const DEFAULT_NAME = 'default';

    /** The keys of the root; all others are settings of a client. */
    private const ROOT = ['default_client', 'clients', 'fake', 'flush_timeout', 'webhooks'];

    /** The settings of a webhook, and therefore no names of webhooks. */
    private const OF_WEBHOOK = ['secrets', 'tolerance', 'body_limit', 'mismatch_status'];

    public function getConfigTreeBuilder(): TreeBuilder
    {
        $builder = new TreeBuilder('hookrail');
        /** @var ArrayNodeDefinition $root */
        $root = $builder->getRootNode();
        $root->beforeNormalization()
            ->ifTrue(static fn (mixed $value): bool => is_array($value) && self::ofClient($value) !== [])
            ->then(static fn (array $value): array => array_diff_key($value, self::ofClient($value))
                + ['clients' => [self::DEFAULT_NAME => self::ofClient($value)]]);
        $children = $root->children();
        $children->scalarNode('default_client')
            ->info('The client for Hookrail\ClientInterface; if left out, the one called default, or the first one')
            ->defaultNull();
        $children->booleanNode('fake')
            ->info('For tests: whether the clients are Hookrail\Testing\FakeClient, which send nothing')
            ->defaultFalse();
        $children->floatNode('flush_timeout')
            ->info('Seconds to wait for the events of producers after the answer and at the end of a command; null: do'
                . ' not wait, and leave the completions to the application')
            ->defaultValue(5.0)->min(0);
        self::addClients($children);
        self::addWebhooks($children);

        return $builder;
    }

    /**
     * Refuses settings for all clients, which would silently apply to none but the default one.
     *
     * @param array<array-key, mixed> $configs the configurations of all files and environments
     *
     * @throws InvalidConfigurationException
     */
    public static function refuseMixture(array $configs): void
    {
        $configs = array_filter($configs, is_array(...));
        $direct = array_keys(array_merge(...array_map(self::ofClient(...), array_values($configs))));
        if ($direct !== [] && array_column($configs, 'clients') !== []) {
            throw new InvalidConfigurationException(sprintf(
                'The settings "%s" stand directly under "hookrail", and there are named clients: put the settings under'
                . ' "hookrail.clients.NAME".',
                implode('", "', $direct),
            ));
        }
    }

    /**
     * @param array<string, mixed> $value
     *
     * @return array<string, mixed> the settings of a client
     */
    private static function ofClient(array $value): array
    {
        return array_diff_key($value, array_flip(self::ROOT));
    }

    private static function addClients(NodeBuilder $root): void
    {
        $clients = $root->arrayNode('clients')
            ->info('Clients by name, each with its own service and key')
            ->requiresAtLeastOneElement()
            ->addDefaultChildrenIfNoneSet(self::DEFAULT_NAME)
            ->useAttributeAsKey('name')
            ->normalizeKeys(false);
        /** @var ArrayNodeDefinition $client */
        $client = $clients->arrayPrototype();
        $settings = $client->children();
        $settings->scalarNode('api_key')->info('The producer key; null: HOOKRAIL_API_KEY')->defaultNull();
        $settings->scalarNode('base_url')->info('Where the service is; null: HOOKRAIL_BASE_URL')->defaultNull();
        ClientOptionNodes::add($settings);
    }

    private static function addWebhooks(NodeBuilder $root): void
    {
        $webhooks = $root->arrayNode('webhooks')
            ->info('Endpoints that receive deliveries, by name, each with its own secret')
            ->beforeNormalization()
                ->ifTrue(static fn (mixed $value): bool => is_array($value)
                    && array_intersect_key($value, array_flip(self::OF_WEBHOOK)) !== [])
                ->then(static fn (array $value): array => [self::DEFAULT_NAME => $value])
            ->end()
            ->useAttributeAsKey('name')
            ->normalizeKeys(false);
        /** @var ArrayNodeDefinition $webhook */
        $webhook = $webhooks->arrayPrototype();
        $settings = $webhook->children();
        $settings->variableNode('secrets')
            ->info('A list, or a text with commas between the secrets: two of them while a secret is rotated')
            ->isRequired()
            ->validate()
                ->ifTrue(static fn (mixed $value): bool => !self::isTexts($value))
                ->thenInvalid('It has to be a text, or a list of texts')
            ->end();
        $settings->integerNode('tolerance')
            ->info('How many seconds the time of a signature may be from now, before or after')
            ->defaultValue(Verifier::DEFAULT_TOLERANCE)->min(0);
        $settings->integerNode('body_limit')
            ->info('The largest body in bytes')
            ->defaultValue(WebhookReceiver::DEFAULT_BODY_LIMIT)->min(0);
        $settings->scalarNode('mismatch_status')
            ->info('The answer to a signature that does not verify: 503 while a secret is rotated')
            ->defaultValue(Refusal::STATUS)
            ->validate()
                // 0 is checked instead of a number from the environment.
                ->ifTrue(static fn (mixed $value): bool => !is_int($value)
                    || ($value !== 0 && ($value < 400 || $value > 599)))
                ->thenInvalid('It has to be a number from 400 to 599, usually 401 or 503, not %s')
            ->end();
    }

    private static function isTexts(mixed $value): bool
    {
        return is_string($value) || (is_array($value) && array_filter($value, is_string(...)) === $value);
    }
}
