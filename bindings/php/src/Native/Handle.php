<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;

/**
 * A handle of the native library, freed with this object.
 *
 * @internal
 */
final class Handle
{
    public function __construct(
        private readonly FFI $ffi,
        public readonly CData $pointer,
        private readonly string $free,
    ) {
    }

    public function __destruct()
    {
        $this->ffi->{$this->free}($this->pointer);
    }

    /** Two objects would free the same handle. */
    private function __clone()
    {
    }
}
