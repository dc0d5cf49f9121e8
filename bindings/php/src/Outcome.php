<?php

declare(strict_types=1);

namespace Hookrail;

/** What is known about an event. */
enum Outcome: string
{
    /** Nothing was being sent. */
    case None = 'none';

    /** The service recorded the event. */
    case Delivered = 'delivered';

    /** No complete request left this process: the service cannot have recorded the event. */
    case NotSent = 'not_sent';

    /** The service answered, and its answer says that it recorded nothing. */
    case Rejected = 'rejected';

    /**
     * A complete request left this process, and no answer says whether the service recorded the event. Sending it again
     * with the same idempotency key and the same payload is safe.
     */
    case MaybeSent = 'maybe_sent';

    /** @internal */
    public static function fromNative(int $outcome): self
    {
        return match ($outcome) {
            0 => self::None,
            1 => self::Delivered,
            2 => self::NotSent,
            3 => self::Rejected,
            // The safest reading of an outcome that a later library may add.
            default => self::MaybeSent,
        };
    }
}
