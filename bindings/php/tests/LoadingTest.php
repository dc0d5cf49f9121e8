<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Exception\LibraryException;
use Hookrail\Native\Locator;
use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\Process;
use PHPUnit\Framework\TestCase;

/** Finding the native library, each time in a separate process. */
final class LoadingTest extends TestCase
{
    private const TRY = <<<'PHP'
        try {
            new Hookrail\Verifier('s');
            echo 'loaded';
        } catch (Hookrail\Exception\LibraryException $error) {
            echo $error->getMessage();
        }
        PHP;

    public function testTheVariableReplacesAllOtherPaths(): void
    {
        self::assertSame('loaded', self::try([]));
        $message = self::try(['HOOKRAIL_LIB' => '/nowhere/libhookrail.so']);

        self::assertStringContainsString('HOOKRAIL_LIB: /nowhere/libhookrail.so', $message);
        self::assertStringContainsString('cannot open shared object file: No such file or directory', $message);
        self::assertStringNotContainsString('system', $message);
    }

    public function testThePreloadScriptReplacesAnAutoloader(): void
    {
        $script = dirname(__DIR__) . '/preload.php';
        $process = new Process([PHP_BINARY, '-r', "require '$script';" . self::TRY]);

        self::assertSame('loaded', $process->readRest());
        self::assertSame(0, $process->wait());
    }

    public function testEachPathIsNamedWithItsReason(): void
    {
        // Hides a library that this machine may have.
        $directory = self::directoryWith(static fn (string $library) => copy(__FILE__, "$library.0"));
        try {
            $message = self::try(['HOOKRAIL_LIB' => '', 'LD_LIBRARY_PATH' => $directory]);
        } finally {
            Folder::remove($directory);
        }
        $bundled = preg_quote(Locator::bundled(), '~');
        self::assertMatchesRegularExpression("~^  bundled: $bundled: .*cannot open shared object~m", $message);
        self::assertMatchesRegularExpression('~^  system: libhookrail\.so\.0: .*invalid ELF header~m', $message);
        self::assertStringContainsString('ffi.enable=preload, ffi.preload=, opcache.preload=, SAPI cli', $message);
    }

    public function testAPackageWithoutThisPlatformNamesThoseThatItHas(): void
    {
        $package = Folder::make();
        try {
            $copy = new Process(['cp', '-R', dirname(__DIR__) . '/build/package/.', $package]);
            self::assertSame(0, $copy->wait());
            rename("$package/lib/" . Locator::platform(), "$package/lib/linux-m68k-gnu");
            $process = new Process(
                [PHP_BINARY, '-r', "require '$package/preload.php';" . self::TRY],
                ['HOOKRAIL_LIB' => '', 'LD_LIBRARY_PATH' => ''],
            );
            $message = $process->readRest();
            self::assertSame(0, $process->wait());
        } finally {
            Folder::remove($package);
        }
        self::assertStringContainsString(
            '/libhookrail.so: the package has no library for this platform, only for linux-m68k-gnu',
            $message,
        );
        self::assertStringContainsString('Install the library, or name its file in the environment variable', $message);
    }

    public function testMuslBesideGlibcDoesNotHideTheProcessOwnLibrary(): void
    {
        $process = (string) file_get_contents('/proc/self/maps');

        self::assertStringEndsWith(str_contains($process, '/libc.so.6') ? '-gnu' : '-musl', Locator::platform());
    }

    public function testAFileThatIsNotALibrary(): void
    {
        self::assertStringContainsString(__FILE__ . ': invalid ELF header', self::try(['HOOKRAIL_LIB' => __FILE__]));
    }

    public function testALibraryOfAnotherAbiIsRefused(): void
    {
        $directory = self::directoryWith(static function (string $library): void {
            file_put_contents("$library.c", 'int hookrail_abi_version(void) { return 99; }');
            $compiler = new Process(['cc', '-shared', '-fPIC', '-o', $library, "$library.c"]);
            self::assertSame(0, $compiler->wait());
        });
        try {
            self::assertMatchesRegularExpression(
                '/ABI version 99, and this package needs \d+/',
                self::try(['HOOKRAIL_LIB' => "$directory/libhookrail.so"]),
            );
        } finally {
            Folder::remove($directory);
        }
    }

    public function testFfiThatIsSwitchedOff(): void
    {
        foreach (['false', '0', 'off'] as $value) {
            $message = self::try([], ['-d', "ffi.enable=$value"]);
            self::assertStringContainsString('the setting ffi.enable switches FFI off for all code', $message);
            self::assertStringContainsString('set ffi.enable=true', $message);
            self::assertStringNotContainsString('Install the library', $message);
        }
        foreach (['true', '1', '2', 'On', 'preload'] as $value) {
            self::assertSame('loaded', self::try([], ['-d', "ffi.enable=$value"]));
        }
    }

    public function testPhpWithoutFfi(): void
    {
        $message = self::try(['PHP_INI_SCAN_DIR' => ''], ['-n']);

        self::assertStringContainsString('extension=ffi', $message);
    }

    public function testTheSystemsLibraryIsTheLastResort(): void
    {
        $directory = self::directoryWith(
            static fn (string $library) => symlink((string) getenv('HOOKRAIL_LIB'), "$library.0"),
        );
        try {
            self::assertSame('loaded', self::try(['HOOKRAIL_LIB' => '', 'LD_LIBRARY_PATH' => $directory]));
        } finally {
            Folder::remove($directory);
        }
    }

    public function testTheFailureIsAnExceptionOfThePackage(): void
    {
        $error = LibraryException::withoutFfi();

        self::assertInstanceOf(\RuntimeException::class, $error);
        self::assertFalse($error->isRetryable());
    }

    public function testTheDoctorReportsItsFindings(): void
    {
        [$code, $output] = self::doctor([]);
        self::assertSame(0, $code);
        self::assertStringContainsString((string) getenv('HOOKRAIL_LIB'), $output);
        self::assertStringContainsString('works here', $output);

        [$code, $output] = self::doctor(['HOOKRAIL_LIB' => '/nowhere']);
        self::assertSame(1, $code);
        self::assertStringContainsString('HOOKRAIL_LIB: /nowhere: ', $output);
        self::assertStringContainsString('does NOT work here', $output);
    }

    /** @param callable(string): mixed $fill gets the path that a library would have */
    private static function directoryWith(callable $fill): string
    {
        $directory = Folder::make();
        $fill("$directory/libhookrail.so");

        return $directory;
    }

    /**
     * @param array<string, string> $environment
     *
     * @return array{int, string} exit code and output
     */
    private static function doctor(array $environment): array
    {
        $doctor = new Process([PHP_BINARY, dirname(__DIR__) . '/bin/hookrail-doctor'], $environment);
        $output = $doctor->readRest();

        return [$doctor->wait(), $output];
    }

    /**
     * @param array<string, string> $environment
     * @param list<string>          $settings
     */
    private static function try(array $environment, array $settings = []): string
    {
        return self::php(self::TRY, $environment, $settings);
    }

    /**
     * @param array<string, string> $environment
     * @param list<string>          $settings
     */
    private static function php(string $code, array $environment, array $settings): string
    {
        $autoload = dirname(__DIR__) . '/vendor/autoload.php';
        $process = new Process([PHP_BINARY, ...$settings, '-r', "require '$autoload'; $code"], $environment);
        $output = $process->readRest();
        self::assertSame(0, $process->wait(), $output);

        return $output;
    }
}
