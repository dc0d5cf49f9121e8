<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\LibraryException;

/**
 * The header for PHP's setting ffi.preload: the library's declarations, and where the library is.
 *
 * @internal
 */
final class PreloadHeader
{
    private function __construct()
    {
    }

    /** @throws LibraryException when there is no library that works, or its path cannot be written in a header */
    public static function text(): string
    {
        $library = Library::get()->path;
        // The folder alone: an update may leave a link of the library's name to another file.
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
