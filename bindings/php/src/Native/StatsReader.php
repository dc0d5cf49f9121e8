<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI\CData;

/**
 * Reads a client's counters.
 *
 * @internal
 */
final class StatsReader
{
    public function __construct(private readonly Library $library)
    {
    }

    /** @return array<string, int|array<string, int>> */
    public function read(Handle $client): array
    {
        $json = $this->library->text(
            fn (CData $buffer, int $size, CData $needed): int => $this->library->callExpecting(
                [Status::BUFFER_TOO_SMALL],
                'hookrail_client_stats',
                $client->pointer,
                $buffer,
                $size,
                $needed,
            ),
        );

        return json_decode($json, true, flags: JSON_THROW_ON_ERROR);
    }
}
