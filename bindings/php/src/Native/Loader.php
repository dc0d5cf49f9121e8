<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use Hookrail\Exception\LibraryException;

/**
 * Loads the native library for scripts that may use FFI.
 *
 * It is not preloaded, so under ffi.enable=preload PHP itself refuses FFI to it. If an application preloads it
 * nevertheless, it refuses to load anything.
 *
 * @internal
 */
final class Loader
{
    private function __construct()
    {
    }

    /**
     * @return string the path of the library
     *
     * @throws LibraryException when it cannot be loaded
     */
    public static function load(): string
    {
        if (Restriction::holds()) {
            throw LibraryException::notPreloaded();
        }
        $header = (string) \file_get_contents(Locator::header());
        $attempts = [];
        foreach (Locator::candidates() as $origin => $path) {
            try {
                self::checkAbi($path);
                Gate::open(FFI::cdef($header, $path));

                return $path;
            } catch (FFI\Exception $reason) {
                $attempts[] = new LoadAttempt($origin, $path, self::reason($path, $reason));
            }
        }

        throw LibraryException::notLoaded($attempts);
    }

    /**
     * Returns which libraries the package has if it has none for this platform, the loader's message if the loader
     * refuses the library, and FFI's message otherwise.
     */
    private static function reason(string $path, FFI\Exception $reason): string
    {
        $others = Locator::platforms();
        if ($others !== '' && $path === Locator::bundled() && !\is_file($path)) {
            return "the package has no library for this platform, only for $others";
        }
        try {
            return DynamicLoader::complaint($path) ?? $reason->getMessage();
        } catch (FFI\Exception) {
            // Without FFI the loader cannot be asked either.
            return $reason->getMessage();
        }
    }

    /**
     * Refuses a library of another ABI before its functions are bound: binding would fail, too, but its message only
     * names the first missing function.
     *
     * @throws FFI\Exception
     */
    private static function checkAbi(string $path): void
    {
        if (Restriction::holds()) {
            throw LibraryException::notPreloaded();
        }
        $abi = FFI::cdef('int32_t hookrail_abi_version(void);', $path)->hookrail_abi_version();
        if ($abi !== Library::ABI_VERSION) {
            throw new FFI\Exception(\sprintf(
                'it has ABI version %d, and this package needs %d: install the library of the same release',
                $abi,
                Library::ABI_VERSION,
            ));
        }
    }
}
