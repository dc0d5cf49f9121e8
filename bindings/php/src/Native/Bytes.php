<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;

/**
 * Reads bytes that may hold NUL.
 *
 * @internal
 */
final class Bytes
{
    /**
     * The bytes that a getter with a length getter beside it lends.
     *
     * PHP makes a string of a returned `const char *` up to the first NUL, so the getter is called by
     * another type.
     */
    public static function borrow(FFI $ffi, string $getter, string $type, CData $handle): ?string
    {
        $call = $ffi->cast("const void *(*)(const $type *)", $ffi->{$getter});
        $bytes = $call($handle);

        return $bytes === null ? null : FFI::string($bytes, $ffi->{$getter . '_len'}($handle));
    }
}
