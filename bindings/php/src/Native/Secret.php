<?php

declare(strict_types=1);

namespace Hookrail\Native;

use WeakMap;

/**
 * A text that is not shown together with its owner: dumps, exports, casts to arrays and copies of the owner contain an
 * object without properties.
 *
 * It does not protect the text from code that calls text().
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

    /** Private, because a copy would have no text. */
    private function __clone()
    {
    }

    /** @throws \LogicException always: serialized data is not secret */
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
