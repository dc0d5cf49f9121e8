<?php

declare(strict_types=1);

namespace Hookrail\Symfony\DependencyInjection;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\ClientOptions;
use Hookrail\Framework\CompletionCollector;
use Hookrail\Framework\DoctorCommand;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Framework\VerifierFactory;
use Hookrail\Producer;
use Hookrail\ProducerInterface;
use Hookrail\Symfony\EventListener\ProducerListener;
use Hookrail\Symfony\EventListener\WebhookListener;
use Hookrail\Symfony\Webhook\HookrailRequestParser;
use Hookrail\Testing\FakeClient;
use Hookrail\Testing\FakeProducer;
use Hookrail\Verifier;
use Hookrail\VerifierInterface;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\DependencyInjection\Argument\IteratorArgument;
use Symfony\Component\DependencyInjection\Compiler\ServiceLocatorTagPass;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Component\DependencyInjection\Definition;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\Reference;
use Symfony\Component\Webhook\Client\AbstractRequestParser;

/**
 * Makes the services:
 *
 * - `hookrail.client.NAME` and `hookrail.producer.NAME` for each client, `hookrail.verifier.NAME` for each webhook,
 * - the interfaces, for the default client, its producer, and the verifier of the webhook `default` or the first one,
 * - the interfaces with the arguments `$NAMEClient`, `$NAMEProducer`, `$NAMEVerifier`.
 *
 * @internal
 */
final class HookrailExtension extends Extension
{
    /** The tag of services whose log lines Monolog's bundle puts into a channel. */
    private const CHANNEL = ['monolog.logger', ['channel' => 'hookrail']];

    /** @param array<array-key, mixed> $configs */
    public function load(array $configs, ContainerBuilder $container): void
    {
        Configuration::refuseMixture($configs);
        $config = $this->processConfiguration(new Configuration(), $configs);
        $clients = array_keys($config['clients']);
        $default = $config['default_client'] ?? self::main($clients);
        if (!in_array($default, $clients, true)) {
            throw new InvalidConfigurationException(sprintf(
                'The path "hookrail.default_client" names the client "%s"; there are only: "%s".',
                $default,
                implode('", "', $clients),
            ));
        }
        foreach ($config['clients'] as $name => $settings) {
            self::addClient($container, (string) $name, $settings, $config['fake']);
        }
        self::alias($container, "hookrail.client.$default", ClientInterface::class, Client::class);
        self::alias($container, "hookrail.producer.$default", ProducerInterface::class, Producer::class);
        // Tests get the fake by its interface.
        $container->getAlias(ClientInterface::class)->setPublic($config['fake']);
        foreach ($config['webhooks'] as $name => $settings) {
            self::addWebhook($container, (string) $name, $settings);
        }
        if ($config['webhooks'] !== []) {
            $main = self::main(array_keys($config['webhooks']));
            self::alias($container, "hookrail.verifier.$main", VerifierInterface::class, Verifier::class);
        }
        self::addWebhookListener($container, array_keys($config['webhooks']));
        if ($config['flush_timeout'] !== null) {
            self::addProducerListener($container, $clients, $config['flush_timeout']);
        }
        if (class_exists(Command::class)) {
            self::addCommand($container, $clients, array_keys($config['webhooks']));
        }
        if (class_exists(AbstractRequestParser::class)) {
            $container->register('hookrail.webhook.request_parser', HookrailRequestParser::class);
            $container->setAlias(HookrailRequestParser::class, 'hookrail.webhook.request_parser');
        }
    }

    /** @param array<string, mixed> $settings */
    private static function addClient(ContainerBuilder $container, string $name, array $settings, bool $isFake): void
    {
        $options = new Definition(ClientOptions::class);
        foreach (array_diff_key($settings, ['api_key' => true, 'base_url' => true]) as $key => $value) {
            $options->setArgument('$' . lcfirst(str_replace('_', '', ucwords($key, '_'))), $value);
        }
        $access = [$settings['api_key'], $settings['base_url']];
        // Symfony refuses variables that are configured and not used, as a fake leaves these.
        $container->resolveEnvPlaceholders($access);
        $container->register("hookrail.client.$name", $isFake ? FakeClient::class : Client::class)
            ->setArguments($isFake ? [$options] : [...$access, $options, self::logger(), self::dispatcher()])
            ->addTag(...self::CHANNEL)
            ->setPublic($isFake);
        $container->register("hookrail.producer.$name", $isFake ? FakeProducer::class : Producer::class)
            ->setArguments([new Reference("hookrail.client.$name")])
            ->setPublic($isFake);
        $container->registerAliasForArgument("hookrail.client.$name", ClientInterface::class, "$name.client");
        $container->registerAliasForArgument("hookrail.producer.$name", ProducerInterface::class, "$name.producer");
    }

    /** @param array<string, mixed> $settings */
    private static function addWebhook(ContainerBuilder $container, string $name, array $settings): void
    {
        $container->register("hookrail.verifier.$name", Verifier::class)
            ->setFactory([VerifierFactory::class, 'make'])
            ->setArguments([$settings['secrets'], $settings['tolerance']]);
        $container->register("hookrail.receiver.$name", RequestReceiver::class)->setArguments([
            new Reference("hookrail.verifier.$name"),
            $settings['body_limit'],
            $settings['mismatch_status'],
        ]);
        $container->registerAliasForArgument("hookrail.verifier.$name", VerifierInterface::class, "$name.verifier");
    }

    /** @param list<array-key> $webhooks */
    private static function addWebhookListener(ContainerBuilder $container, array $webhooks): void
    {
        $container->register('hookrail.webhook_listener', WebhookListener::class)
            ->setArguments([self::locator($container, 'hookrail.receiver', $webhooks), self::logger()])
            ->addTag('kernel.event_subscriber')
            ->addTag(...self::CHANNEL);
    }

    /** @param list<array-key> $clients */
    private static function addProducerListener(ContainerBuilder $container, array $clients, mixed $timeout): void
    {
        $producers = [];
        foreach ($clients as $name) {
            // Only those that the application has used.
            $producers[] = new Reference(
                "hookrail.producer.$name",
                ContainerInterface::IGNORE_ON_UNINITIALIZED_REFERENCE,
            );
        }
        $container->register('hookrail.completion_collector', CompletionCollector::class)
            ->setArguments([self::logger()])
            ->addTag(...self::CHANNEL);
        $container->register('hookrail.producer_listener', ProducerListener::class)
            ->setArguments([
                new IteratorArgument($producers),
                new Reference('hookrail.completion_collector'),
                $timeout,
            ])
            ->addTag('kernel.event_subscriber');
    }

    /**
     * @param list<array-key> $clients
     * @param list<array-key> $webhooks
     */
    private static function addCommand(ContainerBuilder $container, array $clients, array $webhooks): void
    {
        $container->register('hookrail.doctor_command', DoctorCommand::class)
            ->setArguments([
                self::locator($container, 'hookrail.client', $clients),
                self::locator($container, 'hookrail.verifier', $webhooks),
            ])
            ->addTag('console.command', [
                'command' => DoctorCommand::NAME,
                'description' => DoctorCommand::DESCRIPTION,
            ]);
    }

    /** @param list<array-key> $names */
    private static function locator(ContainerBuilder $container, string $prefix, array $names): Reference
    {
        $references = [];
        foreach ($names as $name) {
            $references[$name] = new Reference("$prefix.$name");
        }

        return ServiceLocatorTagPass::register($container, $references);
    }

    private static function alias(ContainerBuilder $container, string $id, string ...$types): void
    {
        foreach ($types as $type) {
            $container->setAlias($type, $id);
        }
    }

    /** @param non-empty-list<array-key> $names */
    private static function main(array $names): string
    {
        $hasDefault = in_array(Configuration::DEFAULT_NAME, $names, true);

        return $hasDefault ? Configuration::DEFAULT_NAME : (string) $names[0];
    }

    private static function logger(): Reference
    {
        return new Reference('logger');
    }

    private static function dispatcher(): Reference
    {
        return new Reference('event_dispatcher');
    }
}
