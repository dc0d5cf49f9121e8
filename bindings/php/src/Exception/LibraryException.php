<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Native\LoadAttempt;
use Hookrail\Native\Locator;
use Hookrail\Native\Status;
use RuntimeException;

/** The native library could not be loaded. The message names each path that was tried, and why not. */
final class LibraryException extends RuntimeException implements HookrailException
{
    use ErrorDetails;

    private const STATUS_NAME = 'library_not_loaded';

    /** @internal */
    public static function withoutFfi(): self
    {
        return new self(new ErrorInfo(
            Status::INTERNAL,
            self::STATUS_NAME,
            'the PHP extension ffi is not loaded: install it and enable it in php.ini (extension=ffi)',
        ));
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
        $lines[] = sprintf(
            '  ffi.enable=%s, SAPI %s. %s',
            (string) ini_get('ffi.enable'),
            PHP_SAPI,
            self::remedy($attempts),
        );

        return new self(new ErrorInfo(Status::INTERNAL, self::STATUS_NAME, implode("\n", $lines)));
    }

    /** @param list<LoadAttempt> $attempts */
    private static function remedy(array $attempts): string
    {
        foreach ($attempts as $attempt) {
            if (str_contains($attempt->reason, 'restricted')) {
                return 'PHP allows FFI here to preloaded files only: set opcache.preload to the preload.php of'
                    . ' this package, or ffi.enable=true';
            }
        }

        return 'Install the library, or name its file in the environment variable ' . Locator::VARIABLE;
    }
}
