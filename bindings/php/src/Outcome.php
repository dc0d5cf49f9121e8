<?php

declare(strict_types=1);

namespace Hookrail;

/** What is known about an event. */
enum Outcome: string
{
    /** The question does not arise: nothing was being sent. */
    case None = 'none';

    /** The service recorded the event. */
    case Delivered = 'delivered';

    /** No complete request left this process: the service cannot have recorded the event. */
    case NotSent = 'not_sent';

    /** The service answered, and its answer says that it recorded nothing. */
    case Rejected = 'rejected';

    /**
     * A complete request left this process and no answer settles what became of it. A resend with the
     * same idempotency key and the same payload is safe.
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
            // Of an outcome that a later library may add nothing better can be said.
            default => self::MaybeSent,
        };
    }
}
