<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Judges on the command line whether a web server with the same settings of PHP would let its requests use the package.
 * There some settings have other effects: ffi.enable=preload allows everything on the command line, where
 * opcache.preload is not run.
 *
 * @internal
 */
final class RequestSettings
{
    private function __construct()
    {
    }

    /** Returns why requests could not use the package, and what helps; null if nothing is in the way. */
    public static function obstacle(): ?string
    {
        if (Restriction::isTotal()) {
            return Restriction::TOTAL;
        }
        if (!Restriction::isPartial()) {
            return null;
        }

        return self::obstacleToFfiPreload() ?? self::obstacleToPreload();
    }

    private static function obstacleToFfiPreload(): ?string
    {
        $remedy = 'write the output of `hookrail-doctor header` into a file and name it in ffi.preload';
        $setting = (string) \ini_get('ffi.preload');
        if ($setting === '') {
            return "ffi.preload is not set: $remedy";
        }
        foreach (\explode(\PATH_SEPARATOR, $setting) as $pattern) {
            foreach (\glob($pattern) ?: [] as $file) {
                $scope = '/^\s*#define\s+FFI_SCOPE\s+"' . Gate::SCOPE . '"/m';
                if (\preg_match($scope, (string) @\file_get_contents($file)) === 1) {
                    return null;
                }
            }
        }

        return "ffi.preload does not name the library: $remedy";
    }

    private static function obstacleToPreload(): ?string
    {
        if (!\extension_loaded('Zend OPcache')) {
            return 'OPcache is not loaded, and so nothing is preloaded: set zend_extension=opcache';
        }
        if (!\filter_var(\ini_get('opcache.enable'), \FILTER_VALIDATE_BOOL)) {
            return 'OPcache is off, and so nothing is preloaded: set opcache.enable=1';
        }
        $script = (string) \ini_get('opcache.preload');
        if ($script === '') {
            return 'opcache.preload is not set: name the preload.php of this package';
        }

        return \is_file($script) ? null : "opcache.preload names $script, and there is no such file";
    }
}
