<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\ClientOptions;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Symfony\DependencyInjection\Configuration;
use Hookrail\Symfony\DependencyInjection\HookrailExtension;
use Hookrail\Tests\Support\DevServer;
use Hookrail\VerifierInterface;
use PHPUnit\Framework\TestCase;
use Psr\Log\NullLogger;
use ReflectionMethod;
use Symfony\Component\Config\Definition\ArrayNode;
use Symfony\Component\Config\Definition\Exception\InvalidConfigurationException;
use Symfony\Component\Config\Definition\Processor;
use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\Compiler\ValidateEnvPlaceholdersPass;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\ParameterBag\EnvPlaceholderParameterBag;
use Symfony\Component\EventDispatcher\EventDispatcher;

/** The bundle's configuration, with Symfony's own components. */
final class SymfonyConfigurationTest extends TestCase
{
    private const VARIABLES = [
        'TEST_API_KEY' => DevServer::API_KEY, 'TEST_TIMEOUT' => '2.5', 'TEST_RETRIES' => '0', 'TEST_HTTPS' => '1',
        'TEST_SECRETS' => 'whsec_new,whsec_old', 'TEST_STATUS' => '503', 'TEST_PROXY' => 'http://127.0.0.1:9',
    ];

    protected function setUp(): void
    {
        $_ENV = self::VARIABLES + $_ENV;
    }

    protected function tearDown(): void
    {
        $_ENV = array_diff_key($_ENV, self::VARIABLES);
    }

    /**
     * @dataProvider wrongValues
     *
     * @param array<string, mixed> $config
     */
    public function testAWrongValueIsNamed(string $place, string $finding, array $config): void
    {
        try {
            (new HookrailExtension())->load([$config], new ContainerBuilder());
            self::fail('accepted');
        } catch (InvalidConfigurationException $reason) {
            self::assertStringContainsString("\"hookrail$place\"", $reason->getMessage());
            self::assertStringContainsString($finding, $reason->getMessage());
        }
    }

    /** @return iterable<array{string, string, array<string, mixed>}> */
    public static function wrongValues(): iterable
    {
        $client = '.clients.default';
        $webhook = '.webhooks.default';
        yield [$client, 'Unrecognized option "total_timeot" under', ['total_timeot' => 5]];
        yield [$client, 'Did you mean "total_timeout"', ['total_timeot' => 5]];
        yield ["$client.total_timeout", 'Expected "float", but got "string"', ['total_timeout' => 'soon']];
        yield ["$client.total_timeout", '-1 is too small', ['total_timeout' => -1]];
        yield ["$client.max_retries", 'Expected "int"', ['max_retries' => 1.5]];
        yield ["$client.require_https", 'Expected "bool"', ['require_https' => 1]];
        yield ["$client.proxy", 'It has to be a URL, false for none, or null', ['proxy' => true]];
        yield ['', 'The settings "api_key" stand directly', ['clients' => ['a' => []], 'api_key' => 'x']];
        yield ['.clients', 'should have at least 1 element', ['clients' => []]];
        yield ['.default_client', 'the client "b"; there are only: "a"', [
            'clients' => ['a' => []], 'default_client' => 'b',
        ]];
        yield ['.webhooks.orders', '"secrets" under', ['webhooks' => ['orders' => []]]];
        yield ["$webhook.secrets", 'a text, or a list of texts', ['webhooks' => ['secrets' => ['a', 5]]]];
        yield ["$webhook.mismatch_status", '400 to 599, usually 401 or 503, not 200', [
            'webhooks' => ['secrets' => 's', 'mismatch_status' => 200],
        ]];
        yield ['.flush_timeout', 'Expected "float"', ['flush_timeout' => 'x']];
    }

    public function testNothingConfiguredIsOneClientWithTheEnvironmentsSettings(): void
    {
        $config = (new Processor())->processConfiguration(new Configuration(), [[]]);

        self::assertSame(['default'], array_keys($config['clients']));
        self::assertNull($config['clients']['default']['api_key']);
        self::assertSame([], $config['webhooks']);
    }

    public function testSettingsOfSeveralFilesAreMerged(): void
    {
        $files = [
            ['api_key' => 'hk_a', 'webhooks' => ['secrets' => 'whsec_a']],
            ['require_https' => true, 'webhooks' => ['mismatch_status' => 503]],
        ];
        $config = (new Processor())->processConfiguration(new Configuration(), $files);
        self::assertSame(['hk_a', true], [
            $config['clients']['default']['api_key'], $config['clients']['default']['require_https'],
        ]);
        self::assertSame(['whsec_a', 503], [
            $config['webhooks']['default']['secrets'], $config['webhooks']['default']['mismatch_status'],
        ]);

        $files = [['clients' => ['a' => []]], ['webhooks' => ['secrets' => 'whsec_a']]];
        $config = (new Processor())->processConfiguration(new Configuration(), $files);
        self::assertSame(['a'], array_keys($config['clients']));
    }

    public function testTheNameDefaultIsTheDefault(): void
    {
        $container = new ContainerBuilder();
        $webhook = ['secrets' => 'whsec_a'];
        (new HookrailExtension())->load([[
            'clients' => ['a' => [], 'default' => []],
            'webhooks' => ['b' => $webhook, 'default' => $webhook],
        ]], $container);

        self::assertSame('hookrail.client.default', (string) $container->getAlias(ClientInterface::class));
        self::assertSame('hookrail.verifier.default', (string) $container->getAlias(VerifierInterface::class));
    }

    public function testASettingForAllClientsIsRefusedBesideNamedOnes(): void
    {
        $this->expectExceptionMessage('The settings "require_https" stand directly under "hookrail"');

        $files = [['clients' => ['a' => []]], ['require_https' => true]];
        (new HookrailExtension())->load($files, new ContainerBuilder());
    }

    public function testEveryOptionOfAClientIsASettingWithItsDefault(): void
    {
        $config = (new Processor())->processConfiguration(new Configuration(), [[]]);
        $expected = ['api_key' => null, 'base_url' => null];
        foreach ((new ReflectionMethod(ClientOptions::class, '__construct'))->getParameters() as $parameter) {
            $name = strtolower((string) preg_replace('/[A-Z]/', '_$0', $parameter->getName()));
            $expected[$name] = $parameter->getDefaultValue();
        }

        ksort($expected);
        ksort($config['clients']['default']);
        self::assertSame($expected, $config['clients']['default'], 'each option has a node in ClientOptionNodes');
    }

    public function testEverySettingIsDescribed(): void
    {
        /** @var ArrayNode $tree */
        $tree = (new Configuration())->getConfigTreeBuilder()->buildTree();
        $client = $tree->getChildren()['clients']->getPrototype()->getChildren();
        $webhook = $tree->getChildren()['webhooks']->getPrototype()->getChildren();
        foreach ($tree->getChildren() + $client + $webhook as $name => $node) {
            self::assertNotEmpty($node->getInfo(), $name);
        }
    }

    public function testValuesFromTheEnvironment(): void
    {
        $container = self::compiled([
            'api_key' => '%env(TEST_API_KEY)%',
            'total_timeout' => '%env(float:TEST_TIMEOUT)%',
            'max_retries' => '%env(int:TEST_RETRIES)%',
            'require_https' => '%env(bool:TEST_HTTPS)%',
            'proxy' => '%env(TEST_PROXY)%',
            'headers' => ['CF-Access-Client-Secret' => '%env(TEST_API_KEY)%'],
            'webhooks' => [
                'orders' => ['secrets' => '%env(TEST_SECRETS)%', 'mismatch_status' => '%env(int:TEST_STATUS)%'],
                'bills' => ['secrets' => '%env(csv:TEST_SECRETS)%'],
                'one' => ['secrets' => ['%env(TEST_API_KEY)%']],
            ],
        ]);
        /** @var ClientOptions $options */
        $options = $container->get('options');

        self::assertSame(2.5, $options->totalTimeout);
        self::assertSame(0, $options->maxRetries);
        self::assertTrue($options->requireHttps);
        self::assertSame('http://127.0.0.1:9', $options->proxy());
        $headers = array_change_key_case($options->headers()->all());
        self::assertSame(['cf-access-client-secret' => DevServer::API_KEY], $headers);
        self::assertInstanceOf(Client::class, $container->get(ClientInterface::class));
        foreach (['orders', 'bills', 'one'] as $name) {
            self::assertInstanceOf(VerifierInterface::class, $container->get("hookrail.verifier.$name"));
        }
    }

    /** @testWith ["total_timeout", "bool", "Expected \"float\""]
     *            ["max_retries", "float", "Expected \"int\""]
     */
    public function testAVariableWithoutTheTypeOfItsSettingIsNamed(string $setting, string $type, string $message): void
    {
        $this->expectException(InvalidConfigurationException::class);
        $this->expectExceptionMessage("\"hookrail.clients.default.$setting\". $message");

        self::compiled([$setting => "%env($type:TEST_TIMEOUT)%"]);
    }

    public function testASecretThatCannotVerifyIsRefusedWhenTheVerifierIsMade(): void
    {
        $container = self::compiled(['webhooks' => ['secrets' => 'whsec_a,']]);

        $this->expectException(InvalidArgumentException::class);
        $container->get('hookrail.verifier.default');
    }

    /** @param array<string, mixed> $config */
    private static function compiled(array $config): ContainerBuilder
    {
        $container = new ContainerBuilder(new EnvPlaceholderParameterBag());
        $extension = new HookrailExtension();
        $container->register('logger', NullLogger::class);
        $container->register('event_dispatcher', EventDispatcher::class);
        $container->registerExtension($extension);
        $container->loadFromExtension('hookrail', $config);
        $container->addCompilerPass(new ValidateEnvPlaceholdersPass());
        $container->addCompilerPass(new class implements CompilerPassInterface {
            public function process(ContainerBuilder $container): void
            {
                $container->setDefinition(
                    'options',
                    $container->getDefinition('hookrail.client.default')->getArgument(2),
                );
                foreach ($container->getDefinitions() + $container->getAliases() as $service) {
                    $service->setPublic(true);
                }
            }
        });
        $container->compile(true);

        return $container;
    }
}
