<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Lists where the native library may be.
 *
 * @internal
 */
final class Locator
{
    /** The environment variable that names the only library file to try, on the command line. */
    public const VARIABLE = 'HOOKRAIL_LIB';

    private const SONAME = 'libhookrail.so.0';

    /**
     * Returns the paths to try, in this order.
     *
     * @return array<string, string> paths by origin
     */
    public static function candidates(): array
    {
        $override = Restriction::isWeb() ? false : \getenv(self::VARIABLE);
        if (\is_string($override) && $override !== '') {
            return [self::VARIABLE => $override];
        }

        return [
            'bundled' => self::bundled(),
            'system' => self::SONAME,
        ];
    }

    /** Returns the path of the header with the library's declarations. */
    public static function header(): string
    {
        return \dirname(__DIR__, 2) . '/resources/hookrail.h';
    }

    /** Returns the path of the library for this platform inside the package. */
    public static function bundled(): string
    {
        return \sprintf('%s/lib/%s/libhookrail.so', \dirname(__DIR__, 2), self::platform());
    }

    /** Returns the platform's name, for example linux-x86_64-gnu. */
    public static function platform(): string
    {
        $libc = \glob('/lib/ld-musl-*.so.1') ? 'musl' : 'gnu';

        return \strtolower(\PHP_OS_FAMILY) . '-' . \php_uname('m') . '-' . $libc;
    }
}
