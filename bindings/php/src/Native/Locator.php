<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Says where the native library may be.
 *
 * @internal
 */
final class Locator
{
    /** Names a library file that takes the place of all others, on the command line. */
    public const VARIABLE = 'HOOKRAIL_LIB';

    private const SONAME = 'libhookrail.so.0';

    /**
     * What to try, in this order.
     *
     * @return array<string, string> paths by what they come from
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

    /** The declarations of the library's functions. */
    public static function header(): string
    {
        return \dirname(__DIR__, 2) . '/resources/hookrail.h';
    }

    /** Where a package that brings its library has the one for this platform. */
    public static function bundled(): string
    {
        return \sprintf('%s/lib/%s/libhookrail.so', \dirname(__DIR__, 2), self::platform());
    }

    /** For example linux-x86_64-gnu. */
    public static function platform(): string
    {
        $libc = \glob('/lib/ld-musl-*.so.1') ? 'musl' : 'gnu';

        return \strtolower(\PHP_OS_FAMILY) . '-' . \php_uname('m') . '-' . $libc;
    }
}
