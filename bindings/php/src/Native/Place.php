<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI\CData;

/**
 * Where a native handle is, or will be: who takes charge of a handle is to exist before it does.
 *
 * @internal
 */
final class Place
{
    /** The handle's number, where FFI is kept from scripts; 0 for none. */
    public int $number = 0;

    /** The handle itself, where scripts may use FFI anyway; null for none. */
    public ?CData $pointer = null;
}
