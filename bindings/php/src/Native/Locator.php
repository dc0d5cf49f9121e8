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
            'system' => self::isMac() ? 'libhookrail.0.dylib' : 'libhookrail.so.0',
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
        return \sprintf(
            '%s/lib/%s/libhookrail.%s',
            \dirname(__DIR__, 2),
            self::platform(),
            self::isMac() ? 'dylib' : 'so',
        );
    }

    /** Returns the platforms whose libraries are in the package. */
    public static function platforms(): string
    {
        $folders = \glob(\dirname(__DIR__, 2) . '/lib/*', \GLOB_ONLYDIR) ?: [];

        return \implode(', ', \array_map('basename', $folders));
    }

    /** Returns the platform's name, for example linux-x86_64-gnu or macos-arm64. */
    public static function platform(): string
    {
        $machine = \php_uname('m');

        return self::isMac()
            ? "macos-$machine"
            : \strtolower(\PHP_OS_FAMILY) . "-$machine-" . (self::usesMusl() ? 'musl' : 'gnu');
    }

    /** Returns whether this process uses musl. A system with glibc may have its files, too. */
    private static function usesMusl(): bool
    {
        $maps = @\file_get_contents('/proc/self/maps');

        return \is_string($maps) && $maps !== ''
            ? \preg_match('~/(ld-musl-|libc\.musl-)~', $maps) === 1
            : (bool) \glob('/lib/ld-musl-*.so.1') && !\glob('/lib*/ld-linux-*.so.*');
    }

    private static function isMac(): bool
    {
        return \PHP_OS_FAMILY === 'Darwin';
    }
}
