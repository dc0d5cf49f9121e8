<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI\CData;
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
        $library = Library::get();

        return $library->text(
            static fn (CData $buffer, int $size, CData $needed): int => $library->callExpecting(
                [Status::BUFFER_TOO_SMALL],
                'hookrail_sign',
                $secret,
                strlen($secret),
                $timestamp,
                $deliveryId,
                strlen($deliveryId),
                $body,
                strlen($body),
                $buffer,
                $size,
                $needed,
            ),
        );
    }
}
