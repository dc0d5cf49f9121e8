<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * A failed attempt to load the native library.
 *
 * @internal
 */
final class LoadAttempt
{
    public function __construct(
        public readonly string $origin,
        public readonly string $path,
        public readonly string $reason,
    ) {
    }
}
