<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\CliServer;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

final class ExamplesTest extends TestCase
{
    public function testSend(): void
    {
        $server = new DevServer(['--endpoint', 'http://127.0.0.1:1/', '--endpoint-secret', 'whsec_x']);
        $send = self::example($server, 'send');
        $output = $send->readRest();

        self::assertSame(0, $send->wait(), $output);
        $event = $server->events()[0];
        self::assertStringContainsString("recorded: {$event['event_id']}\n", $output);
        self::assertStringContainsString("delivery {$event['deliveries'][0]['delivery_id']}: ", $output);
        self::assertSame('customer-7', $event['ordering_key']);
    }

    public function testWorkerAtTheEndOfItsInput(): void
    {
        $server = new DevServer();
        $worker = self::example($server, 'worker');
        for ($n = 1; $n <= 20; $n++) {
            $worker->write("order.created {\"id\":$n}\n");
        }
        $worker->closeInput();
        $lines = explode("\n", trim($worker->readRest()));

        self::assertSame(0, $worker->wait());
        self::assertCount(20, $lines);
        self::assertEqualsCanonicalizing(range(1, 20), array_map('intval', $lines));
        self::assertSame(20, $server->summary()['events']);
    }

    public function testWorkerAtSigterm(): void
    {
        $server = new DevServer();
        $worker = self::example($server, 'worker');
        $worker->write("order.created {\"id\":1}\n");
        self::assertStringStartsWith('1 ', $worker->readLine());
        $worker->signal(SIGTERM);

        self::assertSame(0, $worker->wait());
        self::assertSame(1, $server->summary()['events']);
    }

    public function testReceive(): void
    {
        $server = new CliServer(
            dirname(__DIR__) . '/examples/receive.php',
            ['-d', 'ffi.enable=true'],
            ['HOOKRAIL_SECRET' => 'whsec_old,whsec_new'],
        );
        $headers = (new WebhookSigner('whsec_new'))->headers('{"id":7}', 'd1');

        self::assertSame(204, HttpConnection::request($server->url, '/', 'POST', '{"id":7}', $headers)[0]);
        self::assertSame(401, HttpConnection::request($server->url, '/', 'POST', '{"id":8}', $headers)[0]);
        self::assertStringContainsString('delivery d1: {"id":7}', $server->log());
    }

    public function testTheExampleInTheReadme(): void
    {
        $server = new DevServer();
        $process = self::code($server, self::examplesIn('README.md')[0]);
        $output = $process->readRest();

        self::assertSame(0, $process->wait(), $output);
        self::assertSame("recorded as {$server->events()[0]['event_id']}\n", $output);
    }

    public function testTheSettingsOfTheGuideOutlastAnOutageOfTwoSeconds(): void
    {
        $examples = array_filter(
            self::examplesIn('docs/php.md'),
            static fn (string $example) => str_contains($example, 'maxRetries: 10'),
        );
        self::assertCount(1, $examples);
        $before = new DevServer();
        $before->setFaults([['status' => 503, 'times' => 'always']]);
        $process = self::code($before, "<?php require 'vendor/autoload.php';\n" . current($examples));
        $before->wait(['requests' => 1]);
        $before->stop();
        sleep(2);
        $after = new DevServer(['--port', (string) parse_url($before->url, PHP_URL_PORT)]);
        $output = $process->readRest();

        self::assertMatchesRegularExpression('/^recorded after ([2-9]|1[01]) attempts$/', $output);
        self::assertSame(1, $after->summary()['events']);
    }

    /** @return list<string> */
    private static function examplesIn(string $document): array
    {
        $text = (string) file_get_contents(__DIR__ . "/../../../$document");
        preg_match_all('/^```php\n(.*?)^```/ms', $text, $found);

        return $found[1];
    }

    private static function code(DevServer $server, string $code): Process
    {
        $program = 'chdir($argv[1]); eval("?>" . $argv[2]);';

        return new Process(
            [PHP_BINARY, '-r', $program, '--', dirname(__DIR__), $code],
            $server->environment(),
        );
    }

    private static function example(DevServer $server, string $name): Process
    {
        return new Process(
            [PHP_BINARY, dirname(__DIR__) . "/examples/$name.php"],
            $server->environment(),
        );
    }
}
