<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Hookrail\Accepted;
use Hookrail\EventStatus;

/** Dispatched after a call that succeeded. Of an event that a Producer queued, when poll() returns its completion. */
final class CallSucceeded
{
    public function __construct(
        public readonly Call $call,
        public readonly Accepted|EventStatus $result,
    ) {
    }
}
