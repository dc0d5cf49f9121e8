<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

/** Temporary folders. */
final class Folder
{
    private function __construct()
    {
    }

    public static function make(): string
    {
        $folder = self::unused();
        mkdir($folder, 0o755);

        return $folder;
    }

    /** Returns a path at which nothing exists. */
    public static function unused(): string
    {
        return sys_get_temp_dir() . '/hookrail-' . bin2hex(random_bytes(6));
    }

    /** Copies what is in a folder into another one, which exists. */
    public static function copy(string $from, string $to): void
    {
        foreach (array_diff(scandir($from) ?: [], ['.', '..']) as $name) {
            if (is_dir("$from/$name")) {
                mkdir("$to/$name");
                self::copy("$from/$name", "$to/$name");
            } else {
                copy("$from/$name", "$to/$name");
            }
        }
    }

    /** Removes a folder with everything in it. */
    public static function remove(string $folder): void
    {
        foreach (array_diff(scandir($folder) ?: [], ['.', '..']) as $name) {
            $path = "$folder/$name";
            is_dir($path) && !is_link($path) ? self::remove($path) : unlink($path);
        }
        rmdir($folder);
    }
}
