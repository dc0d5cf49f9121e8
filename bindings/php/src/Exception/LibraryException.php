<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Native\LoadAttempt;
use Hookrail\Native\Locator;
use Hookrail\Native\Restriction;
use Hookrail\Native\Status;
use RuntimeException;

/** The native library could not be loaded. The message names each path that was tried, and the reason. */
final class LibraryException extends RuntimeException implements HookrailException
{
    use ErrorDetails;

    private const STATUS_NAME = 'library_not_loaded';

    /** @internal */
    public static function withoutFfi(): self
    {
        return self::saying('the PHP extension ffi is not loaded: install it and enable it in php.ini (extension=ffi)');
    }

    /**
     * @internal
     *
     * @param list<LoadAttempt> $attempts
     */
    public static function notLoaded(array $attempts): self
    {
        $lines = ['the native library of hookrail/hookrail could not be loaded'];
        foreach ($attempts as $attempt) {
            $lines[] = sprintf('  %s: %s: %s', $attempt->origin, $attempt->path, $attempt->reason);
        }
        $lines[] = '  ' . self::settings() . '. Install the library'
            . (Restriction::isWeb() ? '' : ', or name its file in the environment variable ' . Locator::VARIABLE);

        return self::saying(implode("\n", $lines));
    }

    /** @internal */
    public static function ffiSwitchedOff(): self
    {
        return self::saying(
            'PHP does not let hookrail/hookrail load its native library: ' . Restriction::TOTAL . '. '
            . self::settings(),
        );
    }

    /** @internal */
    public static function notPreloaded(): self
    {
        return self::saying(
            'PHP keeps FFI from the scripts of requests here, so the native library of hookrail/hookrail has to be'
            . ' loaded when PHP starts: set ffi.preload to a file with what `hookrail-doctor header` prints, and'
            . ' opcache.preload to the preload.php of this package; or set ffi.enable=true. '
            . self::settings(),
        );
    }

    /** @internal */
    public static function preloadedAnother(int $abi, int $needed): self
    {
        return self::saying(
            "the native library that ffi.preload loaded has ABI version $abi, and this package needs $needed: print"
            . ' the header for ffi.preload anew with `hookrail-doctor header`',
        );
    }

    /** @internal */
    public static function unwritablePath(string $path): self
    {
        return self::saying(
            'a header cannot name the library ' . json_encode($path, JSON_UNESCAPED_SLASHES)
            . ': its path must be UTF-8 without quotes, backslashes and control characters',
        );
    }

    private static function settings(): string
    {
        return sprintf(
            'ffi.enable=%s, ffi.preload=%s, opcache.preload=%s, SAPI %s',
            (string) ini_get('ffi.enable'),
            (string) ini_get('ffi.preload'),
            (string) ini_get('opcache.preload'),
            PHP_SAPI,
        );
    }

    private static function saying(string $message): self
    {
        return new self(new ErrorInfo(Status::INTERNAL, self::STATUS_NAME, $message));
    }
}
