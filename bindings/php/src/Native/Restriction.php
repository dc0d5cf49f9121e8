<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Whether this PHP lets a script load native code.
 *
 * @internal
 */
final class Restriction
{
    /** The SAPIs whose scripts are their user's own: no request decides what runs. */
    private const OWN_SCRIPTS = ['cli', 'phpdbg'];

    private const ALLOWED = ['1', 'on', 'yes', 'true'];

    private function __construct()
    {
    }

    /** Whether scripts run for requests. */
    public static function isWeb(): bool
    {
        return !\in_array(\PHP_SAPI, self::OWN_SCRIPTS, true);
    }

    /** Whether FFI is kept from scripts, so that the package has to keep it from them as well. */
    public static function holds(): bool
    {
        return self::isWeb() && !\in_array(\strtolower((string) \ini_get('ffi.enable')), self::ALLOWED, true);
    }
}
