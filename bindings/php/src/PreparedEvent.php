<?php

declare(strict_types=1);

namespace Hookrail;

/** An event that any process, in any language, can send now or later, and that is recorded once. */
final class PreparedEvent
{
    /** @param string $blob binary; contains topic and payload unencrypted, and no API key */
    public function __construct(
        public readonly string $blob,
        public readonly string $idempotencyKey,
    ) {
    }

    /** @return array<string, int|string> without the bytes, which have the payload and your own headers */
    public function __debugInfo(): array
    {
        return ['idempotencyKey' => $this->idempotencyKey, 'bytes' => strlen($this->blob)];
    }
}
