<?php

declare(strict_types=1);

namespace Hookrail;

/** The state of a delivery, in the service's words. */
enum DeliveryState: string
{
    case Pending = 'pending';
    case InFlight = 'in_flight';
    case RetryScheduled = 'retry_scheduled';
    case Succeeded = 'succeeded';
    case DeadLettered = 'dead_lettered';
    case Cancelled = 'cancelled';
    case Skipped = 'skipped';

    /** Returns whether no further attempt will follow. */
    public function isFinal(): bool
    {
        return match ($this) {
            self::Pending, self::InFlight, self::RetryScheduled => false,
            self::Succeeded, self::DeadLettered, self::Cancelled, self::Skipped => true,
        };
    }
}
