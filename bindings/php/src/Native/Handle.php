<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * A handle of the native library, freed with this object.
 *
 * @internal
 */
final class Handle
{
    public readonly Place $place;

    /** @param string $type one of Signatures::HANDLES */
    public function __construct(string $type)
    {
        $this->place = new Place();
        LiveHandles::add($this, $type);
    }

    public function __destruct()
    {
        LiveHandles::release(\spl_object_id($this));
    }

    /** Private, because two objects would free the same handle. */
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
