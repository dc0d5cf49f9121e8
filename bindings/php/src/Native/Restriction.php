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
        return self::isWeb() && !\in_array(\strtolower((string) \ini_get('ffi.enable')), self::ALLOWED, true);
    }
}
