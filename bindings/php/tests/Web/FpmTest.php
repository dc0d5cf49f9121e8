<?php

declare(strict_types=1);

namespace Hookrail\Tests\Web;

use Hookrail\Http\WebhookReceiver;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Library;
use Hookrail\Tests\Support\Process;
use Hookrail\Tests\Support\UsesDevServer;
use Hookrail\Tests\Support\WebServer;
use PHPUnit\Framework\TestCase;

/** PHP-FPM behind nginx. */
final class FpmTest extends TestCase
{
    use UsesDevServer;

    /**
     * @dataProvider waysToAllowFfi
     *
     * @param array<string, string> $ini
     */
    public function testARequestSendsAndReceives(array $ini): void
    {
        $web = self::web($ini);
        [$status, $answer] = HttpConnection::request($web->url, '/send');
        self::assertSame(200, $status, $answer);
        self::assertSame(self::$server->events()[0]['event_id'], json_decode($answer)->event_id);

        $body = json_encode(['text' => str_repeat('x', 50_000)]);
        $headers = (new WebhookSigner('whsec_web'))->headers($body, 'd1');
        [$status, $answer] = HttpConnection::request($web->url, '/receive', 'POST', $body, $headers);
        self::assertSame(200, $status, $answer);
        self::assertSame(['delivery_id' => 'd1', 'sha256' => hash('sha256', $body)], json_decode($answer, true));
        self::assertSame(0, $web->stop());
    }

    /** @return iterable<string, array{array<string, string>}> */
    public static function waysToAllowFfi(): iterable
    {
        yield 'preloaded' => [Library::preloaded()];
        yield 'ffi.enable=true' => [['ffi.enable' => 'true']];
        yield 'both' => [['ffi.enable' => 'true'] + Library::preloaded()];
    }

    public function testTheWebServerCanGiveKeyAndUrl(): void
    {
        $web = new WebServer(
            [],
            ['ffi.enable' => 'true'],
            parameters: self::$server->environment(),
        );
        [$status, $answer] = HttpConnection::request($web->url, '/send');

        self::assertSame(200, $status, $answer);
        self::assertSame(1, self::$server->summary()['events']);
    }

    /** @dataProvider waysToAllowFfi */
    public function testTheScriptCanSetKeyAndUrlInVariablesAndTheRequestCannot(array $ini): void
    {
        $web = new WebServer([], $ini);
        $settings = self::$server->environment();
        // The variables of the request are HTTP_HOOKRAIL_API_KEY and so on.
        $headers = ['Hookrail-Api-Key' => $settings['HOOKRAIL_API_KEY']]
            + ['Hookrail-Base-Url' => $settings['HOOKRAIL_BASE_URL']];
        [$status, $answer] = HttpConnection::request($web->url, '/send', headers: $headers);
        self::assertSame(502, $status);
        self::assertStringContainsString('ConfigurationException', $answer);

        $query = http_build_query([
            'api_key' => $settings['HOOKRAIL_API_KEY'],
            'base_url' => $settings['HOOKRAIL_BASE_URL'],
        ]);
        [$status, $answer] = HttpConnection::request($web->url, "/send-with-variables?$query");
        self::assertSame(200, $status, $answer . $web->log());
        self::assertSame(1, self::$server->summary()['events']);
    }

    public function testWithoutPreloadTheRemedyIsNamed(): void
    {
        $web = self::web(['ffi.enable' => 'preload']);
        [$status, $answer] = HttpConnection::request($web->url, '/diagnosis');

        self::assertSame(200, $status);
        self::assertStringContainsString('set ffi.preload to a file with what `hookrail-doctor header`', $answer);
        self::assertStringContainsString('ffi.enable=preload, ffi.preload=, opcache.preload=, SAPI fpm-fcgi', $answer);
        self::assertStringContainsString('does NOT work', $answer);
    }

    public function testAPoolCannotPreload(): void
    {
        $pool = [];
        foreach (['ffi.preload', 'opcache.preload'] as $name) {
            $pool["php_admin_value[$name]"] = Library::preloaded()[$name];
        }
        $web = self::web([], $pool);
        [, $answer] = HttpConnection::request($web->url, '/diagnosis');
        self::assertStringContainsString('does NOT work', $answer);

        $allowed = self::web([], ['php_admin_value[ffi.enable]' => 'true']);
        self::assertSame(200, HttpConnection::request($allowed->url, '/send')[0]);
    }

    public function testTheDiagnosisSeesThePreload(): void
    {
        $web = self::preloaded();
        [, $answer] = HttpConnection::request($web->url, '/diagnosis');

        self::assertStringContainsString('the package is preloaded', $answer);
        self::assertStringContainsString('hookrail/hookrail works here', $answer);
    }

    /**
     * @dataProvider settingsOfFpm
     *
     * @param array<string, string> $ini
     * @param string|null           $advice null: it works
     */
    public function testTheDoctorTellsWhatTheseSettingsDoInFpm(array $ini, ?string $advice): void
    {
        $web = self::web($ini);
        [$status, $answer] = HttpConnection::request($web->url, '/send');
        self::assertSame($advice === null ? 200 : 502, $status, $answer);
        [, $page] = HttpConnection::request($web->url, '/diagnosis');
        self::assertStringContainsString($advice === null ? 'works here.' : 'does NOT work here.', $page);
        self::assertStringNotContainsString('command line.', $page);

        $doctor = new Process(
            [PHP_BINARY, '-c', "$web->directory/php.ini", dirname(__DIR__, 2) . '/bin/hookrail-doctor'],
            ['PHP_INI_SCAN_DIR' => ''],
            // PHP complains about modules that it has loaded already.
            "$web->directory/doctor.err",
        );
        $said = $doctor->readRest();
        if ($advice === null) {
            self::assertStringContainsString('these settings allow them', $said);
            self::assertStringNotContainsString('does NOT', $said);
        } else {
            self::assertMatchesRegularExpression("/^web requests +.*$advice/m", $said);
            self::assertStringContainsString('does NOT work for requests of a web server', $said);
        }
    }

    /** @return iterable<string, array{array<string, string>, string|null}> */
    public static function settingsOfFpm(): iterable
    {
        $preloaded = Library::preloaded();
        yield 'preloaded' => [$preloaded, null];
        yield 'allowed' => [['ffi.enable' => 'true'], null];
        yield 'allowed by a number' => [['ffi.enable' => '1'] + $preloaded, null];
        $switchedOff = 'preloading alone does not help: set ffi.enable=true';
        yield 'switched off' => [['ffi.enable' => '0'], $switchedOff];
        yield 'switched off, preloaded' => [['ffi.enable' => 'false'] + $preloaded, $switchedOff];
        yield 'nothing preloaded' => [['ffi.enable' => 'preload'], 'ffi.preload is not set'];
        yield 'no header' => [['ffi.preload' => ''] + $preloaded, 'ffi.preload is not set'];
        yield 'no script' => [['opcache.preload' => ''] + $preloaded, 'opcache.preload is not set'];
        yield 'no OPcache' => [['opcache.enable' => '0'] + $preloaded, 'OPcache is off'];
    }

    public function testForgeriesAreRefusedAlike(): void
    {
        $web = self::preloaded();
        $headers = (new WebhookSigner('whsec_web'))->headers('{}', 'd1');
        $answers = [
            HttpConnection::request($web->url, '/receive', 'POST', '[]', $headers),
            HttpConnection::request($web->url, '/receive', 'POST', '{}'),
        ];
        self::assertSame(array_fill(0, 2, [401, '{"title":"Not a verified delivery","status":401}']), $answers);
    }

    public function testABodyOverTheLimitIsRefusedAsTooLarge(): void
    {
        $web = self::preloaded();
        $large = str_repeat(' ', 200_000);
        $headers = (new WebhookSigner('whsec_web'))->headers($large, 'd1');

        self::assertSame(
            [413, '{"title":"Larger than the limit","status":413}'],
            HttpConnection::request($web->url, '/receive', 'POST', $large, $headers),
        );
    }

    public function testAMismatchMayBeAnsweredWith503(): void
    {
        $web = self::preloaded();
        $headers = (new WebhookSigner('whsec_new'))->headers('{}', 'd1');
        self::assertSame(
            [503, '{"title":"Not a verified delivery","status":503}'],
            HttpConnection::request($web->url, '/receive?mismatch=503', 'POST', '{}', $headers),
        );
        $missing = HttpConnection::request($web->url, '/receive?mismatch=503', 'POST', '{}');
        self::assertSame(401, $missing[0]);
    }

    public function testABodyThatPhpHasReadIsIncomplete(): void
    {
        $web = self::preloaded();
        $body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n";
        $headers = (new WebhookSigner('whsec_web'))->headers($body, 'd1');
        $headers['Content-Type'] = 'multipart/form-data; boundary=x';

        self::assertSame(
            [408, '{"title":"Not a whole delivery","status":408}'],
            HttpConnection::request($web->url, '/receive', 'POST', $body, $headers),
        );
    }

    public function testOnlyPostIsAccepted(): void
    {
        $web = self::preloaded();
        foreach (['GET', 'PUT', 'DELETE'] as $method) {
            $headers = (new WebhookSigner('whsec_web'))->headers('{}', 'd1');
            self::assertSame(
                [405, '{"title":"Method not allowed","status":405}'],
                HttpConnection::request($web->url, '/receive', $method, '{}', $headers),
            );
        }
    }

    public function testTheLargestPayloadAsJsonbStoresItFits(): void
    {
        $web = self::preloaded();
        $numbers = intdiv(256 * 1024, strlen('1e300,'));
        $body = '[' . implode(', ', array_fill(0, $numbers, '1' . str_repeat('0', 300))) . ']';
        $headers = (new WebhookSigner('whsec_web'))->headers($body, 'd1');
        $path = '/receive?limit=' . WebhookReceiver::DEFAULT_BODY_LIMIT;
        [$status, $answer] = HttpConnection::request($web->url, $path, 'POST', $body, $headers);

        self::assertSame(200, $status, $answer);
        self::assertSame(hash('sha256', $body), json_decode($answer)->sha256);
    }

    public function testConnectionsOutliveTheRequest(): void
    {
        $web = self::preloaded();
        $pids = [];
        for ($i = 0; $i < 5; $i++) {
            [$status, $answer] = HttpConnection::request($web->url, '/send');
            self::assertSame(200, $status, $answer);
            $pids[] = json_decode($answer)->pid;
        }
        self::assertCount(1, array_unique($pids));
        self::assertCount(1, array_unique(array_column(self::$server->requests(), 'connection')));
    }

    public function testWorkersOfOneMasterShareNothingElse(): void
    {
        $web = self::preloaded(['pm.max_children' => '4']);
        self::load($web, '/send', 400, 4);

        $summary = self::$server->summary();
        self::assertSame(400, $summary['events']);
        self::assertSame(400, $summary['distinct_keys']);
        self::assertLessThanOrEqual(4, $summary['connections']);
        self::assertSame(0, $web->crashes());
    }

    public function testTheAnswerDoesNotWaitForDeferredEvents(): void
    {
        self::$server->setFaults([['delay_ms' => 9_000]]);
        $web = self::preloaded();
        self::assertSame([200, 'answered'], HttpConnection::request($web->url, '/deferred?n=1'));
        self::assertSame(0, self::$server->summary()['finished']);

        self::assertSame([200, 'answered'], HttpConnection::request($web->url, '/deferred?n=2'));
        self::$server->wait(['finished' => 2, 'events' => 2]);
        self::assertSame(['{"n":"1"}', '{"n":"2"}'], array_column(self::$server->events(), 'payload'));
    }

    public function testADeferredEventThatFailsIsLogged(): void
    {
        self::$server->setFaults([['status' => 403]]);
        $web = self::preloaded();
        HttpConnection::request($web->url, '/deferred?n=1');
        // The only worker takes the next request after the first one is over.
        HttpConnection::request($web->url, '/diagnosis');

        self::assertStringContainsString(
            'event not sent',
            (string) file_get_contents("$web->directory/php.log"),
        );
    }

    public function testTheNextRequestHasAnOpenClientAfterAClose(): void
    {
        $web = self::preloaded();
        $pids = [];
        foreach (['/close', '/send', '/close', '/close', '/send', '/send'] as $path) {
            [$status, $answer] = HttpConnection::request($web->url, $path);
            self::assertSame(200, $status, $answer . $web->log());
            $pids[] = json_decode($answer)->pid;
            self::assertSame(0, json_decode($answer)->unsent ?? 0);
        }
        self::assertCount(1, array_unique($pids));
        self::assertSame(6, self::$server->summary()['events']);
    }

    public function testRequestsThatNeverPollDoNotFillTheQueue(): void
    {
        self::$server->setFaults([['status' => 403, 'times' => 3]]);
        $web = self::preloaded();
        $log = "$web->directory/php.log";
        $ways = ['plain', 'waiting', 'prepared'];
        for ($i = 0; $i < 30; $i++) {
            $way = $ways[intdiv($i, 5) % 3];
            [$status, $answer] = HttpConnection::request($web->url, "/submit-unread?way=$way");
            self::assertSame(200, $status, $answer . file_get_contents($log));
            if ($i === 4) {
                self::assertSame(['failures' => ['permission_denied' => 3]], json_decode($answer, true));
                self::assertStringNotContainsString('hookrail:', (string) file_get_contents($log));
            }
        }

        self::assertSame(27, self::$server->summary()['events']);
        self::assertStringContainsString(
            'hookrail: 3 of 5 events that earlier requests submitted, and whose completions they did not poll, failed'
            . ' (3 permission_denied); the last error: the service answered 403',
            (string) file_get_contents($log),
        );
        self::assertSame(1, substr_count((string) file_get_contents($log), 'hookrail:'));
    }

    public function testALoggerLearnsOfEventsThatEarlierRequestsDidNotPoll(): void
    {
        self::$server->setFaults([['status' => 403, 'times' => 2]]);
        $web = self::preloaded();
        self::assertSame('', HttpConnection::request($web->url, '/submit-logged')[1]);
        self::assertSame('', HttpConnection::request($web->url, '/submit-logged')[1]);

        self::assertStringStartsWith(
            'warning: hookrail: 2 of 2 events that earlier requests submitted',
            HttpConnection::request($web->url, '/submit-logged')[1],
        );
        self::assertStringNotContainsString('hookrail:', (string) file_get_contents("$web->directory/php.log"));
    }

    public function testARequestKeepsItsOwnCompletions(): void
    {
        $web = self::preloaded();
        for ($i = 0; $i < 4; $i++) {
            HttpConnection::request($web->url, '/submit-unread?way=plain');
        }
        [$status, $answer] = HttpConnection::request($web->url, '/submit-and-poll');

        self::assertSame(200, $status, $answer . $web->log());
        // One fits in beside the four unread completions, and five after these were dropped.
        self::assertSame(['submitted' => 6, 'polled' => range(1, 6)], json_decode($answer, true));
    }

    public function testAWorkerDoesNotKeepAConnectionForEachTenant(): void
    {
        $web = new WebServer([], Library::preloaded());
        [, $before] = HttpConnection::request($web->url, '/descriptors');
        for ($tenant = 1; $tenant <= 100; $tenant++) {
            $query = http_build_query(['api_key' => "hk_tenant_$tenant", 'base_url' => self::$server->url]);
            // The service does not know the key, but keeps the connection open.
            [$status] = HttpConnection::request($web->url, "/send-with-variables?$query");
            self::assertSame(500, $status);
        }
        [, $after] = HttpConnection::request($web->url, '/descriptors');

        self::assertSame(100, self::$server->summary()['connections']);
        self::assertGreaterThan((int) $before, (int) $after);
        // The 32 clients that are kept, and what the library opens once.
        self::assertLessThanOrEqual((int) $before + 40, (int) $after);
    }

    public function testTheEndsOfRequestsAndWorkersDoNotWait(): void
    {
        self::$server->setFaults([['never_answer' => true, 'times' => 'always']]);
        $web = self::preloaded();
        $start = hrtime(true);
        for ($i = 0; $i < 3; $i++) {
            self::assertSame([200, 'queued'], HttpConnection::request($web->url, '/submit-and-leave'));
        }
        self::assertSame(0, $web->stop());

        // A wait for the service would take 60 s, and 120 s in all.
        self::assertLessThan(30e9, hrtime(true) - $start);
        self::assertSame(0, $web->crashes());
    }

    public function testAFatalErrorLeavesNoHandlesInItsWorker(): void
    {
        $web = self::preloaded();
        $exhaust = static function () use ($web): void {
            [$status] = HttpConnection::request($web->url, '/exhaust');
            self::assertSame(500, $status);
        };
        $exhaust();
        [, $before] = HttpConnection::request($web->url, '/descriptors');
        for ($i = 0; $i < 5; $i++) {
            $exhaust();
        }
        [, $after] = HttpConnection::request($web->url, '/descriptors');

        self::assertSame($before, $after);
        self::assertSame(6, self::$server->summary()['connections']);
        self::assertStringContainsString('memory', (string) file_get_contents("$web->directory/php.log"));
    }

    public function testNoWorkerCrashesInTenThousandRequests(): void
    {
        $web = self::preloaded(['pm.max_children' => '4', 'pm.max_requests' => '250']);
        self::load($web, '/mixed', 10_000, 8);
        $web->stop();

        self::assertSame(0, $web->crashes(), $web->log());
        self::assertGreaterThanOrEqual(36, $web->recycledWorkers());
        $summary = self::$server->summary();
        self::assertSame(10_000, $summary['events']);
        self::assertSame(10_000, $summary['distinct_keys']);
        self::assertSame(10_000, $summary['requests']);
        self::assertLessThanOrEqual(60, $summary['connections']);
    }

    /** Makes requests over several connections at a time; each must be answered with 200. */
    private static function load(WebServer $web, string $path, int $requests, int $connections): void
    {
        $open = [];
        for ($i = 0; $i < $connections; $i++) {
            $open[] = new HttpConnection($web->url);
        }
        for ($done = 0; $done < $requests; $done += $connections) {
            foreach ($open as $connection) {
                $connection->send($path);
            }
            foreach ($open as $connection) {
                [$status, $answer] = $connection->receive();
                self::assertSame(200, $status, $answer . $web->log());
            }
        }
    }

    /** @param array<string, string> $pool */
    private static function preloaded(array $pool = []): WebServer
    {
        return self::web(Library::preloaded(), $pool);
    }

    /**
     * @param array<string, string> $ini
     * @param array<string, string> $pool
     */
    private static function web(array $ini, array $pool = []): WebServer
    {
        return new WebServer(self::$server->environment(), $ini, $pool);
    }
}
