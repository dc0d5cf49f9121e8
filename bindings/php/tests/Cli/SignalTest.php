<?php

declare(strict_types=1);

namespace Hookrail\Tests\Cli;

use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\Process;
use Hookrail\Tests\Support\UsesDevServer;
use PHPUnit\Framework\TestCase;

/** Command line workers with pcntl_async_signals(). */
final class SignalTest extends TestCase
{
    use UsesDevServer;

    private const WORKER = __DIR__ . '/../fixtures/cli/worker.php';
    private const VERIFIER = __DIR__ . '/../fixtures/cli/verifier.php';
    private const THROWER = __DIR__ . '/../fixtures/cli/thrower.php';
    private const CLASSES = __DIR__ . '/../fixtures/cli/classes.php';

    /** @dataProvider waits */
    public function testAWorkerStopsInItsWait(string $wait, string $reaction, string $last, int $exitCode): void
    {
        $quickest = INF;
        // On a busy machine one of several may be late; the test shows that the wait is not the cause.
        for ($attempt = 0; $attempt < 5 && $quickest > 0.1; $attempt++) {
            self::$server->reset();
            self::$server->setFaults([['match' => ['path' => '/'], 'never_answer' => true, 'times' => 'always']]);
            $worker = new Process([PHP_BINARY, self::WORKER, $wait, $reaction], self::$server->environment());
            self::assertSame('waiting', $worker->readLine());
            self::$server->wait(['requests' => 1]);
            $start = hrtime(true);
            $worker->signal(SIGTERM);
            $output = $worker->readRest();
            $quickest = min($quickest, (hrtime(true) - $start) / 1e9);
            self::assertSame($last, trim($output));
            self::assertSame($exitCode, $worker->wait());
        }
        self::assertLessThan(0.1, $quickest);
    }

    /** @return iterable<string, array{string, string, string, int}> */
    public static function waits(): iterable
    {
        foreach (['send', 'get', 'prepared', 'flush', 'poll', 'room', 'close'] as $wait) {
            yield "$wait, exception" => [$wait, 'throw', 'stopped by a signal', 0];
            yield "$wait, exit" => [$wait, 'exit', '', 7];
        }
        $cancelled = 'Hookrail\Exception\CancelledException';
        yield 'send, cancelled' => ['send', 'cancel', "$cancelled maybe_sent", 0];
        yield 'prepared, cancelled' => ['prepared', 'cancel', "$cancelled maybe_sent", 0];
        yield 'get, cancelled' => ['get', 'cancel', "$cancelled none", 0];
        yield 'poll, flag' => ['poll', 'flag', 'poll returned', 0];
    }

    public function testASignalThatArrivesNeitherEndsNorRepeatsASend(): void
    {
        $code = 'pcntl_async_signals(true); pcntl_signal(SIGUSR1, function () { echo "handled\n"; });'
            . ' echo "waiting\n"; echo (new Hookrail\Client())->sendEvent("t", [])->attempts, "\n";';
        $autoload = dirname(__DIR__, 2) . '/vendor/autoload.php';
        $output = '';
        // If this process or the worker is paused until the answer has come, the signal is too late.
        for ($attempt = 0; $attempt < 5 && $output !== "handled\n1\n"; $attempt++) {
            self::$server->reset();
            self::$server->setFaults([['delay_ms' => 3_000]]);
            $worker = new Process([PHP_BINARY, '-r', "require '$autoload'; $code"], self::$server->environment());
            self::assertSame('waiting', $worker->readLine());
            self::$server->wait(['requests' => 1]);
            $worker->signal(SIGUSR1);
            $output = $worker->readRest();
            self::assertSame(0, $worker->wait());
            self::assertContains($output, ["handled\n1\n", "1\nhandled\n", "1\n"]);
            self::assertSame(1, self::$server->summary()['requests']);
        }
        self::assertSame("handled\n1\n", $output);
    }

    public function testAHandlerThatVerifiesDoesNotChangeTheResultThatIsBeingRead(): void
    {
        $worker = new Process([PHP_BINARY, self::VERIFIER]);
        self::assertSame('verifying', $worker->readLine());
        while ($worker->isRunning()) {
            $worker->signal(SIGUSR1);
            usleep(20);
        }
        self::assertSame("0 wrong\n", $worker->readRest());
    }

    public function testAnExceptionFromAHandlerLosesNoCompletion(): void
    {
        self::$server->reset();
        $worker = new Process([PHP_BINARY, self::THROWER], self::$server->environment());
        self::assertSame('polling', $worker->readLine(120.0));
        while ($worker->isRunning()) {
            $worker->signal(SIGUSR1);
            usleep(200);
        }
        self::assertSame("3000 seen, 3000 in all\n", $worker->readRest());
    }

    /** A handler that runs while PHP loads a class does not find that class. */
    public function testAVerifierHasLoadedTheClassesOfAVerification(): void
    {
        $signature = (new WebhookSigner('whsec_a'))->signature('{}', 'id');
        $worker = new Process([PHP_BINARY, self::CLASSES, $signature]);
        self::assertSame("verify: \nverifyRequest: \n", $worker->readRest());
        self::assertSame(0, $worker->wait());
    }
}
