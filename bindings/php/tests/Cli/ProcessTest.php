<?php

declare(strict_types=1);

namespace Hookrail\Tests\Cli;

use Hookrail\Exception\OutOfResourcesException;
use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** Tests that need whole processes: forks, destructors and memory. */
final class ProcessTest extends TestCase
{
    public function testAForkedProcessSendsItsOwnEvents(): void
    {
        $server = new DevServer();
        self::assertSame(
            ['failed' => 0, 'left' => 0, 'completions' => 1],
            self::output($server, 'fork.php'),
        );
        $topics = array_count_values(array_column($server->events(), 'topic'));
        ksort($topics);
        self::assertSame(['before' => 2, 'child' => 12, 'parent' => 1], $topics);
        self::assertSame(15, $server->summary()['distinct_keys']);
        self::assertSame(15, $server->summary()['requests']);
    }

    /** @dataProvider ends */
    public function testADestructorCanSend(string $end): void
    {
        $server = new DevServer();

        self::assertSame(
            "sent\nHookrail\\Exception\\TimestampTooOldException\n",
            self::text($server, 'outbox.php', $end),
        );
        self::assertSame(1, $server->summary()['events']);
    }

    /** @return iterable<array{string}> */
    public static function ends(): iterable
    {
        yield ['end'];
        yield ['exit'];
    }

    /** The objects it uses may be destroyed before it; then it must get an exception. */
    public function testADestructorOfGarbageSendsOrGetsAnException(): void
    {
        $output = self::text(new DevServer(), 'outbox.php', 'cycle');

        $sent = "sent\n|Hookrail\\\\Exception\\\\InvalidArgumentException: client is NULL\n";
        $refused = "Hookrail\\\\Exception\\\\(?:TimestampTooOld|InvalidArgument)Exception\n";
        self::assertMatchesRegularExpression("/\\A(?:(?:$sent)$refused){50}collected\n\\z/", $output);
    }

    public function testWithoutDescriptorsAnExceptionSaysWhatCouldNotBeMade(): void
    {
        $server = new DevServer();
        $expected = [OutOfResourcesException::class, 'not_sent', true, true];
        $script = dirname(__DIR__) . '/fixtures/cli/descriptors.php';
        $process = new Process(
            ['sh', '-c', 'ulimit -n 100 && exec "$0" "$1"', PHP_BINARY, $script],
            $server->environment(),
        );
        $output = $process->readRest();

        self::assertSame(0, $process->wait(), $output);
        self::assertSame([$expected, $expected], json_decode($output));
        self::assertSame(1, $server->summary()['events']);
    }

    /**
     * @dataProvider loads
     *
     * @param list<array<string, mixed>> $faults
     */
    public function testMemoryDoesNotGrow(string $what, int $times, array $faults, int $refused): void
    {
        $server = new DevServer(['--ledger-requests', '0']);
        $server->setFaults($faults);
        $result = self::output($server, 'memory.php', $what, (string) $times);

        // A leak of 16 bytes per call would be 1.4 MiB in 90,000 of them; allocators keep some pages.
        self::assertLessThan(1_000, $result['grown']);
        self::assertGreaterThan($refused, $result['refused']);
    }

    /** @return iterable<string, array{string, int, list<array<string, mixed>>, int}> */
    public static function loads(): iterable
    {
        $half = ['status' => 403, 'body' => str_repeat('x', 1_000), 'probability' => 0.5, 'seed' => 1];
        $some = ['status' => 503, 'probability' => 0.2, 'seed' => 2];
        yield 'verify' => ['verify', 100_000, [], 40_000];
        yield 'send' => ['send', 10_000, [$half, $some], 4_000];
        yield 'produce' => ['produce', 10_000, [$half], 4_000];
    }

    /** @return array<string, int> the output of the program */
    private static function output(DevServer $server, string $program, string ...$arguments): array
    {
        return json_decode(self::text($server, $program, ...$arguments), true, flags: JSON_THROW_ON_ERROR);
    }

    private static function text(DevServer $server, string $program, string ...$arguments): string
    {
        $script = dirname(__DIR__) . "/fixtures/cli/$program";
        $process = new Process([PHP_BINARY, $script, ...$arguments], $server->environment());
        $output = $process->readRest();
        self::assertSame(0, $process->wait(), $output);

        return $output;
    }
}
