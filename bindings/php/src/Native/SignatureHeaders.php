<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The two header fields that a verification needs.
 *
 * @internal
 */
final class SignatureHeaders
{
    public function __construct(
        public readonly string $signature,
        public readonly string $deliveryId,
    ) {
    }
}
