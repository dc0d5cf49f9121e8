<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Hookrail\AttemptRecord;

/** Dispatched for each attempt of a call, once the call is over and before CallSucceeded or CallFailed. */
final class AttemptFinished
{
    public function __construct(
        public readonly Call $call,
        public readonly AttemptRecord $attempt,
    ) {
    }
}
