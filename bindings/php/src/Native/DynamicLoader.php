<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;

/**
 * Asks the system's loader for the reason of a failure, which PHP's FFI does not report. For the command line only.
 *
 * @internal
 */
final class DynamicLoader
{
    private const RTLD_LAZY = 1;

    private function __construct()
    {
    }

    /** Returns why a library cannot be loaded; null if it can. */
    public static function complaint(string $path): ?string
    {
        if (Restriction::isWeb()) {
            return null;
        }
        $loader = FFI::cdef('void *dlopen(const char *path, int mode); const char *dlerror(void);');

        return $loader->dlopen($path, self::RTLD_LAZY) === null ? $loader->dlerror() : null;
    }
}
