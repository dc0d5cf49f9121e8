<?php

declare(strict_types=1);

namespace Hookrail\Native;

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

    /** @return array<string, int|array<string, mixed>> */
    public function read(Handle $client): array
    {
        $json = $this->library->text('hookrail_client_stats', $client);

        return \json_decode($json, true, flags: \JSON_THROW_ON_ERROR);
    }
}
