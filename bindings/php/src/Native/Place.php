<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Where the number of a native handle is, or will be: who takes charge of a handle is to exist before it does.
 *
 * @internal
 */
final class Place
{
    /** 0 for none. */
    public int $number = 0;
}
