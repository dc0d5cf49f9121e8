<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\AuthenticationException;
use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\TlsException;
use Hookrail\Producer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Shown;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

/** The settings of clients, and how long clients live. */
final class ClientSettingsTest extends TestCase
{
    use UsesDevServer;

    public function testTheUserAgentNamesPhpAndTheSuffix(): void
    {
        self::client(new ClientOptions(userAgentSuffix: 'shop/2.1'))->sendEvent('t', []);

        $headers = array_column(self::$server->requests()[0]['headers'], 1, 0);
        self::assertMatchesRegularExpression('~^hookrail-php/\d+\.\d+\.\d+ shop/2\.1$~', $headers['user-agent']);
    }

    /** @dataProvider unusableSettings */
    public function testAnUnusableSettingIsNamed(callable $make, string $message): void
    {
        $this->expectException(\InvalidArgumentException::class);
        $this->expectExceptionMessageMatches($message);
        $make();
    }

    /** @return iterable<string, array{callable(): Client, string}> */
    public static function unusableSettings(): iterable
    {
        $with = static fn (ClientOptions $options) => static fn () => new Client('hk_x', 'http://h', $options);
        yield 'empty key' => [static fn () => new Client('', 'http://h'), '/API key/'];
        yield 'scheme' => [static fn () => new Client('hk_x', 'ftp://h'), '/http/'];
        yield 'retries' => [$with(new ClientOptions(maxRetries: -1)), '/retries/'];
        yield 'timeout' => [$with(new ClientOptions(connectTimeout: NAN)), '/connectTimeout.*NAN/'];
        yield 'time over' => [$with(new ClientOptions(readTimeout: 86_401.0)), '/readTimeout.*86400.*86401/'];
        yield 'no time' => [$with(new ClientOptions(totalTimeout: 0.0)), '/totalTimeout must be more than 0/'];
        yield 'backoff' => [$with(new ClientOptions(backoffBase: 2.0, backoffCap: 1.0)), '/cap/'];
        $strict = new ClientOptions(proxy: false, requireHttps: true, requireBaseUrl: true);
        yield 'plain http' => [static fn () => new Client('hk_x', 'http://192.0.2.1', $strict), '/use https/'];
        yield 'no URL' => [static fn () => new Client('hk_x', null, $strict), '/HOOKRAIL_BASE_URL/'];
        yield 'CA file' => [$with(new ClientOptions(caFiles: ['/nowhere.pem'])), '~/nowhere\.pem~'];
        yield 'CA file, NUL' => [$with(new ClientOptions(caFiles: ["/nowhere\0.pem"])), '~/nowhere\\\\u\{0\}\.pem~'];
        yield 'CA file, number' => [$with(new ClientOptions(caFiles: [1])), '/caFiles must be a string, not int/'];
        yield 'CA' => [$with(new ClientOptions(caPem: 'x')), '/certificate/'];
        yield 'proxy' => [$with(new ClientOptions(proxy: 'ftp://h')), '/proxy/'];
        yield 'age' => [$with(new ClientOptions(maxConnectionAge: -1.0)), '/age_ms.*-1000/'];
        yield 'size' => [$with(new ClientOptions(payloadLimit: -1)), '/payloadLimit.*-1/'];
        yield 'agent' => [$with(new ClientOptions(userAgentSuffix: "a\n")), '/User-Agent/i'];
        yield 'queue' => [$with(new ClientOptions(queueMaxEvents: 0)), '/queue/'];
        yield 'workers' => [$with(new ClientOptions(workers: 4097)), '/workers/'];
    }

    public function testNoKeyIsAConfigurationError(): void
    {
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessage('HOOKRAIL_API_KEY');
        new Client(baseUrl: 'http://h');
    }

    public function testKeyAndUrlComeFromTheEnvironment(): void
    {
        putenv('HOOKRAIL_API_KEY=' . DevServer::API_KEY);
        putenv('HOOKRAIL_BASE_URL=' . self::$server->url);
        try {
            (new Client())->sendEvent('t', []);
        } finally {
            putenv('HOOKRAIL_API_KEY');
            putenv('HOOKRAIL_BASE_URL');
        }
        self::assertSame(1, self::$server->summary()['events']);
    }

    /** Readers of .env files set these instead of the environment. */
    public function testKeyAndUrlComeFromVariablesOfTheProgram(): void
    {
        [$env, $server] = [$_ENV, $_SERVER];
        try {
            $_ENV['HOOKRAIL_API_KEY'] = DevServer::API_KEY;
            $_ENV['HOOKRAIL_BASE_URL'] = '';
            $_SERVER['HOOKRAIL_API_KEY'] = 'hk_other';
            $_SERVER['HOOKRAIL_BASE_URL'] = self::$server->url;
            (new Client())->sendEvent('t', []);
            (new Client(options: new ClientOptions(shared: false)))->sendEvent('t', []);
            $_ENV['HOOKRAIL_API_KEY'] = 'hk_unknown';
            self::assertRefused(new Client());

            putenv('HOOKRAIL_API_KEY=' . DevServer::API_KEY);
            (new Client())->sendEvent('t', []);
            self::assertRefused(new Client('hk_argument'));
        } finally {
            [$_ENV, $_SERVER] = [$env, $server];
            putenv('HOOKRAIL_API_KEY');
        }
        self::assertSame(3, self::$server->summary()['events']);
    }

    public function testAnExtraCertificateAuthorityIsTrusted(): void
    {
        $directory = Folder::unused();
        $server = new DevServer(['--tls-self-signed', $directory]);
        try {
            $file = "$directory/ca.pem";
            $pem = (string) file_get_contents($file);
            // The server may be slow in the handshake.
            $trusting = [
                new ClientOptions(connectTimeout: 20.0, maxRetries: 0, caFiles: [$file]),
                new ClientOptions(connectTimeout: 20.0, maxRetries: 0, caPem: $pem, systemCas: false),
            ];
            foreach ($trusting as $options) {
                $accepted = (new Client(DevServer::API_KEY, $server->url, $options))->sendEvent('t', []);
                self::assertNotSame('', $accepted->eventId);
            }
            $this->expectException(TlsException::class);
            $stranger = new ClientOptions(connectTimeout: 20.0, maxRetries: 0);
            (new Client(DevServer::API_KEY, $server->url, $stranger))->sendEvent('t', []);
        } finally {
            Folder::remove($directory);
        }
    }

    public function testAProxyIsUsedUnlessItIsSwitchedOff(): void
    {
        putenv('http_proxy=http://127.0.0.1:1');
        try {
            self::client(new ClientOptions(proxy: false))->sendEvent('t', []);
            self::assertSame(1, self::$server->summary()['events']);

            $this->expectException(HookrailException::class);
            $this->expectExceptionMessage('127.0.0.1:1');
            self::client(new ClientOptions(maxRetries: 0))->sendEvent('t', []);
        } finally {
            putenv('http_proxy');
        }
    }

    public function testTimesOfCallsMakeNoOtherClient(): void
    {
        for ($i = 0; $i < 20; $i++) {
            $options = new ClientOptions(totalTimeout: 20.0 + $i / 10, deliveryTimeout: 30.0 + $i);
            $client = self::client($options);
            $client->sendEvent('t', [], timeout: 10.0 + $i);
            $client->sendEvent('t', []);
        }
        self::assertCount(1, array_unique(array_column(self::$server->requests(), 'connection')));
    }

    public function testEachObjectHasItsOwnTimes(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        $patient = self::client(new ClientOptions(maxRetries: 1_000, backoffBase: 0.01, totalTimeout: 86_400.0));
        $hasty = new ClientOptions(maxRetries: 1_000, backoffBase: 0.01, totalTimeout: 10.1);
        $start = hrtime(true);
        foreach (['sendEvent', 'sendPrepared', 'getEvent'] as $call) {
            try {
                $client = self::client($hasty);
                match ($call) {
                    'sendEvent' => $client->sendEvent('t', [], timeout: 0.2),
                    'sendPrepared' => $client->sendPrepared($patient->prepare('t', [])->blob, timeout: 0.2),
                    'getEvent' => $client->getEvent('E', timeout: 0.2),
                };
                self::fail('no exception');
            } catch (HookrailException) {
            }
        }
        self::assertLessThan(60e9, hrtime(true) - $start);
        self::assertSame($patient->stats()['requests'], self::client($hasty)->stats()['requests']);
    }

    public function testATotalTimeoutAppliesToASharedClient(): void
    {
        self::$server->setFaults([['status' => 503, 'times' => 'always']]);
        $times = static fn (float $total) => self::client(
            new ClientOptions(maxRetries: 1_000_000, backoffBase: 0.01, backoffCap: 0.02, totalTimeout: $total),
        );
        $patient = $times(3_600.0);
        $start = hrtime(true);
        try {
            $times(0.3)->sendEvent('t', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertSame('retries_exhausted', $error->statusName());
        }
        self::assertLessThan(60e9, hrtime(true) - $start);
        self::assertSame($patient->stats(), $times(0.5)->stats());

        $producer = new Producer(self::client(new ClientOptions(deliveryTimeout: 0.3, backoffBase: 0.01)));
        $producer->submit('t', []);
        $completions = $producer->poll(60.0);
        self::assertNotNull($completions[0]->error);
        self::assertLessThan(60e9, hrtime(true) - $start);
    }

    public function testABackoffOverTheTotalTimeoutIsRefused(): void
    {
        foreach ([true, false] as $shared) {
            try {
                self::client(new ClientOptions(backoffCap: 20.0, totalTimeout: 10.0, shared: $shared));
                self::fail('no exception');
            } catch (ConfigurationException $error) {
                self::assertMatchesRegularExpression('/cap.*20.*10|max_elapsed.*10.*cap.*20/', $error->getMessage());
            }
        }
        $long = self::client(new ClientOptions(backoffCap: 50.0, totalTimeout: 60.0));
        self::assertNotSame('', $long->sendEvent('t', [])->eventId);
    }

    /** The result must not depend on the client of an earlier request. */
    public function testTheRefusalOfABackoffDoesNotDependOnEarlierRequests(): void
    {
        $refused = static function (ClientOptions $options): string {
            try {
                self::client($options);
            } catch (ConfigurationException $error) {
                return $error->getMessage();
            }

            return 'not refused';
        };
        $cold = $refused(new ClientOptions(backoffCap: 60.0));
        self::assertMatchesRegularExpression('/cap.*60 s.*total timeout.*30 s/', $cold);
        self::client(new ClientOptions(backoffCap: 60.0, totalTimeout: 90.0))->sendEvent('t', []);
        self::assertSame($cold, $refused(new ClientOptions(backoffCap: 60.0)));
        // The same holds for the base alone, which determines the cap.
        $cold = $refused(new ClientOptions(backoffBase: 45.0));
        self::client(new ClientOptions(backoffBase: 45.0, totalTimeout: 50.0));
        self::assertSame($cold, $refused(new ClientOptions(backoffBase: 45.0)));
        self::assertStringContainsString('45 s', $cold);
    }

    /** Simulates timeouts that are computed for each request, and a key for each tenant. */
    public function testManyDifferentSettingsDoNotKeepAConnectionEach(): void
    {
        $descriptors = static fn (): int => count(scandir('/proc/self/fd') ?: []);
        $before = $descriptors();
        for ($i = 0; $i < 250; $i++) {
            self::client(new ClientOptions(readTimeout: 20.0 + $i / 100))->sendEvent('t', []);
            (new Client(DevServer::API_KEY, self::$server->url, new ClientOptions(
                totalTimeout: 20.0 + $i / 100,
                userAgentSuffix: "tenant/$i",
            )))->sendEvent('t', []);
        }
        self::assertLessThanOrEqual(34, $descriptors() - $before);
        self::assertSame(500, self::$server->summary()['events']);
    }

    public function testAReplacedCaFileIsObeyed(): void
    {
        $directory = Folder::unused();
        $file = "$directory/trusted.pem";
        try {
            $server = new DevServer(['--tls-self-signed', $directory]);
            $options = new ClientOptions(connectTimeout: 20.0, maxRetries: 0, caFiles: [$file], systemCas: false);
            $client = static fn () => new Client(DevServer::API_KEY, $server->url, $options);
            $send = static function () use ($client): string {
                try {
                    return $client()->sendEvent('t', [])->eventId;
                } catch (HookrailException $error) {
                    return $error->lastError()::class;
                }
            };
            copy("$directory/ca.pem", $file);
            self::assertStringNotContainsString('Exception', $send());
            file_put_contents($file, self::strangeAuthority());
            self::assertSame(TlsException::class, $send());
            copy("$directory/ca.pem", $file);
            self::assertStringNotContainsString('Exception', $send());
            // The client of the same certificate authority still has its connection.
            self::assertSame(1, $client()->stats()['connections_opened']);
            self::assertSame(2, $client()->stats()['successes']);
        } finally {
            Folder::remove($directory);
        }
    }

    /** A certificate authority that has signed nothing. */
    private static function strangeAuthority(): string
    {
        $key = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
        self::assertNotFalse($key);
        $request = openssl_csr_new(['commonName' => 'stranger'], $key);
        self::assertNotFalse($request);
        $certificate = openssl_csr_sign($request, null, $key, 30, ['x509_extensions' => 'v3_ca']);
        self::assertNotFalse($certificate);
        openssl_x509_export($certificate, $pem);

        return $pem;
    }

    public function testClientsWithTheSameSettingsShareConnections(): void
    {
        for ($i = 0; $i < 3; $i++) {
            self::client()->sendEvent('t', []);
        }
        self::assertCount(1, array_unique(array_column(self::$server->requests(), 'connection')));

        self::client(new ClientOptions(maxRetries: 9))->sendEvent('t', []);
        self::client(new ClientOptions(shared: false))->sendEvent('t', []);
        self::assertCount(3, array_unique(array_column(self::$server->requests(), 'connection')));
    }

    public function testCountersGrow(): void
    {
        $client = self::client(new ClientOptions(shared: false));
        $client->sendEvent('t', []);
        $client->sendEvent('t', []);
        $stats = $client->stats();
        self::assertSame(2, $stats['requests']);
        self::assertSame(2, $stats['successes']);
        self::assertSame(1, $stats['connections_opened']);
        self::assertSame(1, $stats['connections_reused']);
    }

    public function testSecretsStayOutOfDumpsAndMessages(): void
    {
        $proxy = 'http://user:hunter2@proxy.invalid:3128';
        $client = new Client('hk_hidden', 'http://h.invalid', new ClientOptions(maxRetries: 0, proxy: $proxy));
        try {
            $client->sendEvent('t', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            $shown = $error->getMessage() . $error->getPrevious()?->getMessage();
        }
        $shown .= Shown::of($client, new ClientOptions(proxy: $proxy), new Producer($client));
        self::assertStringNotContainsString('hk_hidden', $shown);
        self::assertStringNotContainsString('hunter2', $shown);
        self::assertStringContainsString('proxy.invalid', $shown);
    }

    /** @dataProvider proxies */
    public function testAProxyIsShownWithoutItsPassword(string $proxy, string $shown): void
    {
        $options = new ClientOptions(proxy: $proxy);

        self::assertSame($shown, $options->__debugInfo()['proxy']);
        self::assertStringNotContainsString('hunter2', Shown::of($options));
        self::assertSame($proxy, (clone $options)->proxy());
    }

    /** @return iterable<string, array{string, string}> */
    public static function proxies(): iterable
    {
        yield 'with a scheme' => ['http://user:hunter2@h:3128', 'http://***@h:3128'];
        yield 'without one' => ['user:hunter2@h:3128', '***@h:3128'];
        yield 'an @ in the password' => ['http://user:hunter2@hunter2@h:1', 'http://***@h:1'];
        yield 'a slash in the password' => ['http://user:hun/hunter2@h:1', 'http://***@h:1'];
        yield 'a line break' => ["user:\nhunter2@h", '***@h'];
        yield 'no UTF-8' => ["user:\xffhunter2@h", '***@h'];
        yield 'in capitals' => ['HTTP://user:hunter2@h', 'HTTP://***@h'];
        yield 'a scheme alone' => ['//user:hunter2@h', '***@h'];
    }

    public function testOptionsAreNotSerializedWithAProxy(): void
    {
        $this->expectException(\LogicException::class);
        serialize(new ClientOptions(proxy: 'http://h'));
    }

    public function testSecretsStayOutOfTraces(): void
    {
        $unusable = "http://user:hunter2@\xff";
        try {
            new Client('hk_hidden', 'http://user:hunter3@h.invalid', new ClientOptions(proxy: $unusable));
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertNothingIsShown($error);
        }
        try {
            new Client('hk_hidden', 'http://user:hunter3@h.invalid');
            self::fail('no exception');
        } catch (HookrailException $error) {
            self::assertNothingIsShown($error);
        }
    }

    private static function assertNothingIsShown(HookrailException $error): void
    {
        $arguments = Shown::arguments($error);
        if ($arguments !== null) {
            self::assertStringContainsString('SensitiveParameterValue', $arguments);
            self::assertStringNotContainsString('hk_hidden', $arguments);
            self::assertStringNotContainsString('hunter', $arguments);
        }
    }

    public function testAClientIsNotSerialized(): void
    {
        $this->expectExceptionMessage('a native handle cannot be serialized');
        serialize(self::client());
    }

    public function testAHandleIsNotUnserialized(): void
    {
        $this->expectException(\LogicException::class);
        unserialize('O:22:"Hookrail\Native\Handle":0:{}');
    }

    public function testACloneOutlivesTheOriginal(): void
    {
        $client = self::client(new ClientOptions(shared: false));
        $clone = clone $client;
        unset($client);
        $clone->sendEvent('t', []);

        self::assertSame(1, self::$server->summary()['events']);
    }

    private static function assertRefused(Client $client): void
    {
        try {
            $client->sendEvent('t', []);
            self::fail('no exception');
        } catch (AuthenticationException $error) {
            self::assertFalse($error->isRetryable());
        }
    }
}
