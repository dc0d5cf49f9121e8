<?php

declare(strict_types=1);

namespace Hookrail;

/** Where a delivery stands, in the service's words. */
enum DeliveryState: string
{
    case Pending = 'pending';
    case InFlight = 'in_flight';
    case RetryScheduled = 'retry_scheduled';
    case Succeeded = 'succeeded';
    case DeadLettered = 'dead_lettered';
    case Cancelled = 'cancelled';
    case Skipped = 'skipped';

    /** Whether no further attempt will follow. */
    public function isFinal(): bool
    {
        return match ($this) {
            self::Pending, self::InFlight, self::RetryScheduled => false,
            self::Succeeded, self::DeadLettered, self::Cancelled, self::Skipped => true,
        };
    }
}
