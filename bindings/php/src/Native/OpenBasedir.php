<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;

/**
 * PHP's restriction of files to some folders, which the library does not know.
 *
 * @internal
 */
final class OpenBasedir
{
    private function __construct()
    {
    }

    /** @throws HookrailException when it is set, and does not let the file be read */
    public static function check(string $path, string $kind): void
    {
        if (\ini_get('open_basedir') !== '' && !@\is_readable($path)) {
            throw ErrorReader::configuration("cannot read the $kind file $path: PHP does not let it be read here");
        }
    }

    /**
     * Checks the folder of a socket, which itself may not exist yet.
     *
     * @throws HookrailException when it is set, and does not let files of the folder be read
     */
    public static function checkFolder(string $socket): void
    {
        if (\ini_get('open_basedir') !== '' && !@\is_dir(\dirname($socket))) {
            throw ErrorReader::configuration("cannot use the socket $socket: PHP does not let its folder be read here");
        }
    }
}
