<?php

declare(strict_types=1);

namespace Hookrail\Tests\Web;

use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\CliServer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Library;
use PHPUnit\Framework\TestCase;

/** PHP's own web server, which restricts FFI as FPM does. */
final class CliServerTest extends TestCase
{
    /**
     * @dataProvider waysToAllowFfi
     *
     * @param list<string> $settings
     */
    public function testSendingAndReceiving(array $settings): void
    {
        $service = new DevServer();
        $server = new CliServer(dirname(__DIR__) . '/fixtures/web/index.php', $settings, [
            'HOOKRAIL_API_KEY' => DevServer::API_KEY,
            'HOOKRAIL_BASE_URL' => $service->url,
        ]);
        $service->addEndpoint("$server->url/receive", ['whsec_web']);
        [$status, $answer] = HttpConnection::request($server->url, '/diagnosis');
        self::assertSame(200, $status);
        self::assertStringContainsString('SAPI cli-server', $answer);
        self::assertStringContainsString('hookrail/hookrail works here', $answer);

        // The service delivers the event to the same server that sent it.
        for ($i = 0; $i < 2; $i++) {
            [$status, $answer] = HttpConnection::request($server->url, '/send');
            self::assertSame(200, $status, $answer);
        }
        $service->wait(['succeeded' => 2]);
        self::assertCount(1, array_unique(array_column($service->requests(), 'connection')));

        $headers = (new WebhookSigner('whsec_other'))->headers('{}', 'd1');
        self::assertSame(401, HttpConnection::request($server->url, '/receive', 'POST', '{}', $headers)[0]);
    }

    public function testWithoutThemTheRemedyIsNamed(): void
    {
        $server = new CliServer(dirname(__DIR__) . '/fixtures/web/index.php', [], []);
        [, $answer] = HttpConnection::request($server->url, '/diagnosis');

        self::assertStringContainsString('or set ffi.enable=true', $answer);
        self::assertStringContainsString('does NOT work', $answer);
    }

    /** PHP has fastcgi_finish_request() only under FPM. */
    public function testSendingAtTheEndOfTheScript(): void
    {
        $service = new DevServer();
        $script = dirname(__DIR__) . '/fixtures/web/index.php';
        $server = new CliServer($script, ['-d', 'ffi.enable=true'], $service->environment());

        self::assertSame([200, 'answered'], array_slice(HttpConnection::request($server->url, '/deferred?n=1'), 0, 2));
        self::assertSame(1, $service->summary()['events']);
        self::assertStringNotContainsString('Fatal error', $server->log());
    }

    /** @return iterable<string, array{list<string>}> */
    public static function waysToAllowFfi(): iterable
    {
        $user = posix_getpwuid(posix_geteuid())['name'] ?? '';
        $settings = [];
        foreach (Library::preloaded() + ['opcache.preload_user' => $user] as $name => $value) {
            array_push($settings, '-d', "$name=$value");
        }
        yield 'preloaded' => [$settings];
        yield 'ffi.enable=true' => [['-d', 'ffi.enable=true']];
    }
}
