<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The end of a wait that consists of several shorter ones.
 *
 * @internal
 */
final class Deadline
{
    private readonly int $at;

    public function __construct(int $milliseconds)
    {
        // Cuts longer times to a century, so that nothing overflows.
        $this->at = \hrtime(true) + \min($milliseconds, 3_155_760_000_000) * 1_000_000;
    }

    public function remainingMs(): int
    {
        return \max(0, \intdiv($this->at - \hrtime(true) + 999_999, 1_000_000));
    }
}
