<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Closure;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\RetriesExhaustedException;
use Hookrail\Exception\TlsException;
use Hookrail\Outcome;
use Hookrail\Tests\Support\Certificates;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Process;
use Hookrail\Tests\Support\Shown;
use PHPUnit\Framework\TestCase;

/** Client certificates, unix sockets and SOCKS proxies, on the wire. */
final class TransportTest extends TestCase
{
    private string $directory;

    private Process $service;

    protected function setUp(): void
    {
        $this->directory = Folder::make();
    }

    protected function tearDown(): void
    {
        unset($this->service);
        Folder::remove($this->directory);
    }

    public function testAServiceThatDemandsACertificateGetsIt(): void
    {
        $certificates = new Certificates($this->directory);
        [$certificate, $key] = $certificates->make('shop');
        file_put_contents($certificates->file('both'), $certificate . $key);
        $url = $this->demandingService($certificates);
        $ways = [
            [$certificates->file('shop'), $certificates->file('shop-key')],
            [$certificates->file('both'), null],
            [$certificate, $key],
            [$certificate . $key, null],
        ];
        foreach ($ways as [$shown, $keyOfIt]) {
            $client = self::client($url, $certificates, clientCertificate: $shown, clientKey: $keyOfIt);
            self::assertSame('E1', $client->sendEvent('t', [])->eventId);
            self::assertSame('shop', $this->nextRequest()['peer']);
        }
    }

    public function testAServiceThatDoesNotTrustTheCertificateIsATlsError(): void
    {
        $certificates = new Certificates($this->directory);
        $stranger = Folder::make();
        [$certificate, $key] = (new Certificates($stranger))->make('stranger');
        Folder::remove($stranger);
        // Under TLS 1.3 the client learns of the refusal after its request, or by a reset that comes first.
        $url = $this->demandingService($certificates, 'tlsv1.2');
        try {
            self::client($url, $certificates, clientCertificate: $certificate, clientKey: $key)->sendEvent('t', []);
            self::fail('no exception');
        } catch (TlsException $error) {
            self::assertSame(Outcome::NotSent, $error->outcome());
            self::assertStringContainsString('certificate', $error->getMessage());
        }
    }

    public function testWithoutACertificateTheServiceTakesNothing(): void
    {
        $certificates = new Certificates($this->directory);
        [$certificate, $key] = $certificates->make('shop');
        $url = $this->demandingService($certificates);
        try {
            self::client($url, $certificates)->sendEvent('refused', []);
            self::fail('no exception');
        } catch (HookrailException $error) {
            // PHP's server closes the connection, without an alert of TLS.
            self::assertSame(1, $error->attempts());
        }
        self::client($url, $certificates, clientCertificate: $certificate, clientKey: $key)->sendEvent('taken', []);
        self::assertStringContainsString('"taken"', $this->nextRequest()['body']);
    }

    /**
     * @dataProvider unusable
     *
     * @param Closure(string): array<string, string> $options gets the folder
     */
    public function testWhatDoesNotFitIsNamed(Closure $options, string $message): void
    {
        (new Certificates($this->directory))->make('a');
        (new Certificates($this->directory))->make('b');
        $this->expectException(ConfigurationException::class);
        $this->expectExceptionMessageMatches($message);
        new Client('hk_x', 'https://127.0.0.1:1', new ClientOptions(...$options($this->directory)));
    }

    /** @return iterable<string, array{Closure(string): array<string, string>, string}> */
    public static function unusable(): iterable
    {
        $files = static fn (string ...$names) => static fn (string $directory) => array_map(
            static fn (string $name) => "$directory/$name.pem",
            $names,
        );
        yield 'another key' => [$files(clientCertificate: 'a', clientKey: 'b-key'), '/key/'];
        yield 'no file' => [$files(clientCertificate: 'nowhere'), '/nowhere\.pem/'];
        yield 'no key' => [$files(clientCertificate: 'a'), '/key/'];
        yield 'only a key' => [$files(clientKey: 'a-key'), '/clientCertificate is not/'];
        yield 'file and text' => [static fn (string $directory) => [
            'clientCertificate' => "$directory/a.pem",
            'clientKey' => (string) file_get_contents("$directory/a-key.pem"),
        ], '/both be the paths of files, or both be PEM text/'];
    }

    public function testNothingShowsTheKey(): void
    {
        [$certificate, $key] = (new Certificates($this->directory))->make('shop');
        $options = new ClientOptions(clientCertificate: $certificate, clientKey: $key);
        $client = new Client('hk_x', 'https://127.0.0.1:1', $options);
        $shown = Shown::of($options, $client);
        try {
            new ClientOptions(clientCertificate: 'shop.pem', clientKey: $key);
        } catch (HookrailException $error) {
            $shown .= Shown::arguments($error);
        }
        $secret = explode("\n", $key)[1];
        self::assertStringNotContainsString($secret, $shown);
        $paths = new ClientOptions(clientCertificate: 'shop.pem', clientKey: 'key.pem');
        self::assertSame('key.pem', $paths->__debugInfo()['clientKey']);
    }

    public function testAUnixSocketIsUsedInsteadOfTheHost(): void
    {
        $path = "$this->directory/service.sock";
        self::assertSame($path, $this->service("unix://$path"));
        $options = new ClientOptions(maxRetries: 0, proxy: false, unixSocket: $path);
        (new Client('hk_x', 'http://hooks.example.com/api', $options))->sendEvent('t', ['id' => 7]);
        self::assertSame(
            ['POST /api/v1/events HTTP/1.1', '{"topic":"t","payload":{"id":7}}'],
            array_slice(array_values($this->nextRequest()), 0, 2),
        );

        foreach (["unix:$path", "unix://$path"] as $url) {
            (new Client('hk_x', $url, new ClientOptions(maxRetries: 0, requireHttps: true)))->sendEvent('t', []);
            self::assertSame('POST /v1/events HTTP/1.1', $this->nextRequest()['request']);
        }
    }

    public function testClientsOfDifferentSocketsAreNotShared(): void
    {
        $path = "$this->directory/service.sock";
        $this->service("unix://$path");
        $client = static fn (string $socket) => new Client(
            'hk_x',
            'http://localhost',
            new ClientOptions(maxRetries: 0, unixSocket: $socket),
        );
        $client($path)->sendEvent('t', []);
        $this->expectException(RetriesExhaustedException::class);
        $this->expectExceptionMessage("$this->directory/other.sock");
        $client("$this->directory/other.sock")->sendEvent('t', []);
    }

    public function testASocksProxyIsUsed(): void
    {
        $address = $this->service('tcp://127.0.0.1:0', socks: true);
        $options = new ClientOptions(maxRetries: 0, proxy: "socks5h://$address");
        (new Client('hk_x', 'http://hooks.example.com:8080', $options))->sendEvent('t', []);

        self::assertSame('hooks.example.com:8080', $this->nextRequest()['target']);
    }

    /** Starts a service that accepts only clients with a certificate of this authority, and returns its URL. */
    private function demandingService(Certificates $certificates, string $protocol = 'ssl'): string
    {
        $certificates->make('service');

        return 'https://' . $this->service("$protocol://127.0.0.1:0", [
            'local_cert' => $certificates->file('service'),
            'local_pk' => $certificates->file('service-key'),
            'cafile' => $certificates->file('authority'),
            'verify_peer' => true,
            'verify_peer_name' => false,
            'capture_peer_cert' => true,
        ]);
    }

    /**
     * @param array<string, mixed> $ssl
     *
     * @return string its address
     */
    private function service(string $address, array $ssl = [], bool $socks = false): string
    {
        $settings = json_encode(['address' => $address, 'ssl' => $ssl, 'socks' => $socks], JSON_UNESCAPED_SLASHES);
        $this->service = new Process(
            [PHP_BINARY, __DIR__ . '/fixtures/cli/service.php', $settings],
            errors: "$this->directory/errors",
        );

        return $this->service->readLine();
    }

    /** @return array<string, mixed> */
    private function nextRequest(): array
    {
        return json_decode($this->service->readLine(), true, flags: JSON_THROW_ON_ERROR);
    }

    private static function client(string $url, Certificates $certificates, mixed ...$options): Client
    {
        return new Client('hk_x', $url, new ClientOptions(
            ...$options,
            caFiles: [$certificates->file('authority')],
            maxRetries: 0,
            shared: false,
        ));
    }
}
