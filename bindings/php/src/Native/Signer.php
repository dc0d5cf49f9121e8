<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;

/**
 * Signs deliveries.
 *
 * @internal
 */
final class Signer
{
    private function __construct()
    {
    }

    /** @throws HookrailException */
    public static function sign(
        #[\SensitiveParameter] string $secret,
        int $timestamp,
        string $deliveryId,
        string $body,
    ): string {
        return Library::get()->text('hookrail_sign', $secret, $timestamp, $deliveryId, $body);
    }
}
