<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Hookrail\Exception\HookrailException;

/** Dispatched after a call that failed. Of an event that a Producer queued, when poll() returns its completion. */
final class CallFailed
{
    public function __construct(
        public readonly Call $call,
        public readonly HookrailException $error,
    ) {
    }
}
