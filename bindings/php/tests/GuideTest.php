<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Tests\Support\DevServer;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** Each program of docs/php.md runs, with the variables that the guide leaves to the reader. */
final class GuideTest extends TestCase
{
    private const GUIDE = __DIR__ . '/../../../docs/php.md';
    private const CONTEXT = __DIR__ . '/fixtures/guide/context.php';
    private const SOURCE = __DIR__ . '/../src';

    private static DevServer $server;

    public static function setUpBeforeClass(): void
    {
        self::$server = new DevServer();
    }

    /** @dataProvider programs */
    public function testItRuns(string $program): void
    {
        // The guide's key and address are not those of the development server.
        $program = str_replace("apiKey: 'hk_…', baseUrl: 'https://hooks.example.com'", '', $program);
        $file = (string) tempnam(sys_get_temp_dir(), 'hookrail-guide');
        file_put_contents($file, self::complete($program));
        $process = new Process(
            [PHP_BINARY, '-d', 'zend.assertions=1', '-d', 'error_reporting=-1', $file],
            self::$server->environment() + ['HOOKRAIL_SECRETS' => 'whsec_a', 'GUIDE_CONTEXT' => self::CONTEXT],
        );
        $output = $process->readRest();
        $status = $process->wait();
        unlink($file);

        self::assertSame(0, $status, $output . $program);
        self::assertDoesNotMatchRegularExpression('/Warning|Notice|Deprecated|Fatal/', $output, $program);
    }

    /** @return iterable<string, array{string}> by the first line that uses something */
    public static function programs(): iterable
    {
        preg_match_all('/^```php\n(.*?)^```/ms', (string) file_get_contents(self::GUIDE), $found);
        foreach ($found[1] as $number => $program) {
            preg_match('/^(?!use )\S.*/m', $program, $line);
            yield $number + 1 . ": $line[0]" => [$program];
        }
    }

    /** Returns the program as a file, with its imports at the top and those that it leaves out. */
    private static function complete(string $program): string
    {
        preg_match_all('/^use ([\w\\\\]+);\n/m', $program, $imports);
        $classes = $imports[1];
        foreach (['', 'Exception/', 'Http/', 'Observation/', 'Testing/'] as $folder) {
            foreach (glob(self::SOURCE . "/$folder*.php") ?: [] as $file) {
                $classes[] = 'Hookrail\\' . strtr($folder, '/', '\\') . basename($file, '.php');
            }
        }
        $uses = array_map(static fn (string $class) => "use $class;", array_unique($classes));
        $body = str_replace($imports[0], '', $program);

        return "<?php\n" . implode("\n", $uses) . "\nrequire getenv('GUIDE_CONTEXT');\n"
            . "(function (): void {\nextract(\$this->variables());\n$body\n})->call(\$guide);\n";
    }
}
