<?php

declare(strict_types=1);

namespace Hookrail;

/** An event that is ready to be sent, now or later, by any process or language, and is recorded once. */
final class PreparedEvent
{
    /** @param string $blob binary; holds topic and payload in the clear, and no API key */
    public function __construct(
        public readonly string $blob,
        public readonly string $idempotencyKey,
    ) {
    }
}
