<?php

declare(strict_types=1);

namespace Hookrail\Tests\Web;

use Hookrail\Tests\Support\Folder;
use Hookrail\Tests\Support\HttpConnection;
use Hookrail\Tests\Support\Library;
use Hookrail\Tests\Support\Process;
use Hookrail\Tests\Support\WebServer;
use PHPUnit\Framework\TestCase;

/**
 * In a pool with ffi.enable=preload, an attacker's script gets neither native code nor an object of FFI from the
 * package. The pool is set up as in production: preloaded under another user than FPM's, open_basedir, no functions
 * that start programs.
 */
final class FfiRestrictionTest extends TestCase
{
    private const FIXTURES = __DIR__ . '/../fixtures/attack';

    /** Loading this library leaves a mark. */
    private const EVIL = <<<'C'
        #include <stdio.h>
        __attribute__((constructor)) static void leave_a_mark(void)
        {
            FILE *mark = fopen(MARK, "w");
            if (mark != NULL) {
                fclose(mark);
            }
        }
        int hookrail_abi_version(void) { return 0; }
        C;

    private static string $directory;

    private static ?WebServer $web = null;

    public static function setUpBeforeClass(): void
    {
        self::$directory = Folder::make();
        // The attacker may write here, too.
        chmod(self::$directory, 0o777);
        $package = dirname(__DIR__, 2);
        self::execute(['cp', '-R', "$package/src", "$package/preload.php", self::$directory]);
        self::execute(['cp', '-R', realpath(self::FIXTURES), self::$directory . '/attack']);
        self::execute(['chmod', '-R', 'a+rX', self::$directory]);
        $source = self::$directory . '/evil.c';
        file_put_contents($source, self::EVIL);
        self::execute([
            'cc', '-shared', '-fPIC', '-DMARK="' . self::mark() . '"', '-o', self::evil(), $source,
        ]);
        self::$web = self::pool(Library::preloaded(self::$directory));
    }

    public static function tearDownAfterClass(): void
    {
        self::$web = null;
        Folder::remove(self::$directory);
    }

    protected function tearDown(): void
    {
        @unlink(self::mark());
    }

    /** @dataProvider attacks */
    public function testNoNativeCodeRuns(string $attack, string $answer): void
    {
        self::assertNotNull(self::$web);
        $got = self::attack(self::$web, $attack);

        self::assertMatchesRegularExpression($answer, $got, self::$web->log());
        self::assertFileDoesNotExist(self::mark());
        self::assertSame(0, self::$web->crashes(), self::$web->log());
    }

    /** @return iterable<string, array{string, string}> */
    public static function attacks(): iterable
    {
        $restricted = '/FFI API is restricted/';
        $as = [
            'FFI itself' => $restricted,
            'the doctor\'s loader' => '/^null$/',
            'environment' => '/^null$/',
            'request parameter' => '/^null$/',
            'loader' => '/PHP keeps FFI from the scripts of requests/',
            'loader\'s parts' => '/^null$/',
            'preload script again' => '/^null$/',
            'header from a stream' => '/^null$/',
            'functions of the same name' => '/^\[\[\],"/',
            'everything in reach' => '/^\[null,null\]$/',
            'calls under way' => '/^\[null,null\]$/',
            'every method' => '/^null$/',
            'other functions' => '/^null$/',
            'lengths that change' => '/header fields must be strings/',
            'room that C does not have' => '/^\[null,\["ValueError"\]\]$/',
            'completions beyond their room' => '/^\[null,\["ValueError"\]\]$/',
            // 100001 names and one value make one field.
            'more header fields than C has room for'
                => '/^\["refused",704,704(,"refused"){6}\]$/',
            'collector that frees what is in use' => '/^\[\d+,null\]$/',
            'numbers of other handles' => '/^"still here"$/',
            'file beyond open_basedir' => '/PHP does not let it be read here/',
            'certificate beyond open_basedir' => '/PHP does not let it be read here/',
            'socket beyond open_basedir' => '/^\["refused"\]$/',
            'freed handles' => '/client is NULL/',
            'impostor' => $restricted,
        ];
        foreach ($as as $attack => $answer) {
            yield $attack => [$attack, $answer];
        }
    }

    public function testTheMarkIsLeftWherePhpAllowsIt(): void
    {
        $web = self::pool(['ffi.enable' => 'true'] + Library::preloaded(self::$directory));
        self::attack($web, 'FFI itself');

        self::assertFileExists(self::mark());
    }

    /** Applications may preload whole folders. */
    public function testAPreloadedLoaderRefusesToLoad(): void
    {
        $script = self::$directory . '/preload-all.php';
        file_put_contents($script, <<<'PHP'
            <?php
            require __DIR__ . '/preload.php';
            opcache_compile_file(__DIR__ . '/preload.php');
            require __DIR__ . '/src/Native/DynamicLoader.php';
            require __DIR__ . '/src/Native/Loader.php';
            PHP);
        $web = self::pool(['opcache.preload' => $script] + Library::preloaded(self::$directory));
        $attacks = ['the doctor\'s loader', 'loader', 'loader\'s parts', 'preload script again', 'every method'];
        foreach ($attacks as $attack) {
            $got = self::attack($web, $attack);
            self::assertMatchesRegularExpression('/^null$|PHP keeps FFI from the scripts/', $got, $attack);
            self::assertFileDoesNotExist(self::mark(), $attack);
        }
        self::assertSame(0, $web->crashes());
    }

    public function testWithoutFfiPreloadTheRemedyIsNamed(): void
    {
        $web = self::pool(['ffi.preload' => ''] + Library::preloaded(self::$directory));
        $got = self::attack($web, 'environment');

        self::assertStringContainsString('set ffi.preload to a file', $got);
        self::assertFileDoesNotExist(self::mark());
    }

    /** @param array<string, string> $ini */
    private static function pool(array $ini): WebServer
    {
        // FPM of root preloads as another user, in a separate process.
        $user = posix_geteuid() === 0 ? 'nobody' : null;
        $ini += [
            'disable_functions' => 'exec,passthru,shell_exec,system,proc_open,popen,pcntl_exec,pcntl_fork,dl,mail',
            'open_basedir' => self::$directory,
        ];
        if ($user !== null) {
            $ini['opcache.preload_user'] = $user;
        }

        return new WebServer(
            [],
            $ini,
            parameters: [
                'HTTP_X_EVIL' => self::evil(), 'HTTP_X_PACKAGE' => self::$directory, 'HOOKRAIL_LIB' => self::evil(),
            ],
            script: self::$directory . '/attack/index.php',
            user: $user,
        );
    }

    private static function attack(WebServer $web, string $name): string
    {
        [$status, $answer] = HttpConnection::request($web->url, '/' . rawurlencode($name));
        self::assertSame(200, $status, $name . $answer . $web->log());

        return $answer;
    }

    private static function evil(): string
    {
        return self::$directory . '/evil.so';
    }

    private static function mark(): string
    {
        return self::$directory . '/mark';
    }

    /** @param list<string> $command */
    private static function execute(array $command): void
    {
        self::assertSame(0, (new Process($command))->wait(), implode(' ', $command));
    }
}
