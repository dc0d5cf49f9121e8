<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use LogicException;

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

    public function __clone()
    {
        throw new LogicException('a handle of the native library cannot be cloned');
    }

    /** @return array<string, mixed> */
    public function __serialize(): array
    {
        throw new LogicException('a handle of the native library cannot be serialized');
    }
}
