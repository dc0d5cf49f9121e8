<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use RuntimeException;

/** The native library under test, for web servers, which ignore HOOKRAIL_LIB. */
final class Library
{
    private static ?string $header = null;

    private function __construct()
    {
    }

    /** Returns the library's folder, for LD_LIBRARY_PATH. */
    public static function directory(): string
    {
        return dirname((string) getenv('HOOKRAIL_LIB'));
    }

    /**
     * Returns the settings of docs/php.md for preloading, with the package of this folder or another one.
     *
     * @return array<string, string>
     */
    public static function preloaded(?string $package = null): array
    {
        return [
            'ffi.enable' => 'preload',
            'ffi.preload' => self::header(),
            'opcache.enable' => '1',
            'opcache.preload' => ($package ?? dirname(__DIR__, 2)) . '/preload.php',
        ];
    }

    /** Returns the path of the file for ffi.preload, which is made as docs/php.md says. */
    public static function header(): string
    {
        if (self::$header === null) {
            $doctor = new Process([PHP_BINARY, dirname(__DIR__, 2) . '/bin/hookrail-doctor', 'header']);
            $text = $doctor->readRest();
            if ($doctor->wait() !== 0) {
                throw new RuntimeException('the doctor printed no header');
            }
            $file = (string) tempnam(sys_get_temp_dir(), 'hookrail-header');
            file_put_contents($file, $text);
            chmod($file, 0o644);
            register_shutdown_function(static fn () => unlink($file));
            self::$header = $file;
        }

        return self::$header;
    }
}
