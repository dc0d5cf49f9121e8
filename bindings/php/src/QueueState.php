<?php

declare(strict_types=1);

namespace Hookrail;

/** The numbers of events in a producer's queue. */
final class QueueState
{
    /**
     * @param int $queued      events that wait to be sent
     * @param int $inFlight    events that are being sent
     * @param int $completions completions that poll() can return
     */
    public function __construct(
        public readonly int $queued,
        public readonly int $inFlight,
        public readonly int $completions,
    ) {
    }
}
