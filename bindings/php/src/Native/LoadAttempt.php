<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * A place where the native library was looked for in vain.
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
