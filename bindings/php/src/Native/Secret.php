<?php

declare(strict_types=1);

namespace Hookrail\Native;

use WeakMap;

/**
 * A text that nothing shows which shows its holder: dumps, exports, casts to arrays and copies of the holder find an
 * object without properties.
 *
 * It is no protection from code that asks for it.
 *
 * @internal
 */
final class Secret
{
    /** @var WeakMap<self, string>|null */
    private static ?WeakMap $texts = null;

    public function __construct(#[\SensitiveParameter] string $text)
    {
        self::$texts ??= new WeakMap();
        self::$texts[$this] = $text;
    }

    public function text(): string
    {
        return self::$texts[$this];
    }

    /** A copy would have no text. */
    private function __clone()
    {
    }

    /** @throws \LogicException always: what is written down is no longer secret */
    public function __serialize(): never
    {
        throw new \LogicException('a secret cannot be serialized');
    }

    /**
     * @param array<mixed> $data
     *
     * @throws \LogicException always
     */
    public function __unserialize(array $data): never
    {
        throw new \LogicException('a secret cannot be unserialized');
    }
}
