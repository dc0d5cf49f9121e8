<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\LibraryException;

/**
 * The header for PHP's setting ffi.preload: the library's declarations and its path.
 *
 * @internal
 */
final class PreloadHeader
{
    private function __construct()
    {
    }

    /** @throws LibraryException when no library works, or its path cannot be written in a header */
    public static function text(): string
    {
        $library = Library::get()->path;
        // Resolves links of the folder only: the library's own name may be a link that an update redirects.
        $path = \str_contains($library, '/')
            ? \realpath(\dirname($library)) . '/' . \basename($library)
            : $library;
        if (\preg_match('/["\\\\\p{Cc}]/u', $path) !== 0) {
            throw LibraryException::unwritablePath($path);
        }

        return '#define FFI_SCOPE "' . Gate::SCOPE . "\"\n#define FFI_LIB \"$path\"\n"
            . \file_get_contents(Locator::header());
    }
}
