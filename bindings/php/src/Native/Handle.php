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
    /** @param CData $pointer where the handle is, or will be: its owner is to exist before it does */
    public function __construct(
        FFI $ffi,
        public readonly CData $pointer,
        string $free,
    ) {
        LiveHandles::add($this, $ffi, $free);
    }

    public function __destruct()
    {
        LiveHandles::release(spl_object_id($this));
    }

    /** Two objects would free the same handle. */
    private function __clone()
    {
    }

    /** @throws \LogicException always: a handle is a place in this process's memory */
    public function __serialize(): never
    {
        throw new \LogicException('a native handle cannot be serialized');
    }

    /**
     * @param array<mixed> $data
     *
     * @throws \LogicException always
     */
    public function __unserialize(array $data): never
    {
        throw new \LogicException('a native handle cannot be unserialized');
    }
}
