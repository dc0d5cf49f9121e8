<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI\CData;

/**
 * The place for a native handle. The handle's owner makes it before the library makes the handle.
 *
 * @internal
 */
final class Place
{
    /** The handle's number, if FFI is kept from scripts; 0 for none. */
    public int $number = 0;

    /** The handle itself, if scripts may use FFI anyway; null for none. */
    public ?CData $pointer = null;
}
