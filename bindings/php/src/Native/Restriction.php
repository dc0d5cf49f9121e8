<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Tells whether this PHP lets a script load native code.
 *
 * @internal
 */
final class Restriction
{
    /** The SAPIs that run the user's own scripts, and not scripts for requests. */
    private const OWN_SCRIPTS = ['cli', 'phpdbg'];

    private const ALLOWED = ['1', 'on', 'yes', 'true'];

    /** The explanation for isTotal(). */
    public const TOTAL = 'the setting ffi.enable switches FFI off for all code, also for preloaded files, so preloading'
        . ' alone does not help: set ffi.enable=true; or, for web servers, ffi.enable=preload with ffi.preload and'
        . ' opcache.preload';

    private const PRELOADED_ONLY = 'preload';

    private function __construct()
    {
    }

    /** Returns whether scripts run for requests. */
    public static function isWeb(): bool
    {
        return !\in_array(\PHP_SAPI, self::OWN_SCRIPTS, true);
    }

    /** Returns whether FFI is kept from scripts, so that the package has to do so as well. */
    public static function holds(): bool
    {
        return self::isWeb() && !\in_array(self::setting(), self::ALLOWED, true);
    }

    /** Returns whether FFI is kept from all code, also from preloaded files and on the command line. */
    public static function isTotal(): bool
    {
        $setting = self::setting();

        // PHP takes all other numbers than 0 for true.
        return !self::isPartial() && !\in_array($setting, self::ALLOWED, true) && (int) $setting === 0;
    }

    /** Returns whether a web server allows FFI to preloaded files only. */
    public static function isPartial(): bool
    {
        return self::setting() === self::PRELOADED_ONLY;
    }

    private static function setting(): string
    {
        return \strtolower((string) \ini_get('ffi.enable'));
    }
}
