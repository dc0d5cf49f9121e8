<?php

declare(strict_types=1);

namespace Hookrail;

/** How much a producer has to do. */
final class QueueState
{
    /**
     * @param int $queued      events that wait to be sent
     * @param int $inFlight    events that are being sent
     * @param int $completions what poll() would return
     */
    public function __construct(
        public readonly int $queued,
        public readonly int $inFlight,
        public readonly int $completions,
    ) {
    }
}
