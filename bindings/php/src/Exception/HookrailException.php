<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Outcome;
use Hookrail\Problem;
use Throwable;

/** Everything that this package throws. */
interface HookrailException extends Throwable
{
    /** A short name for the kind of failure, for logs and metrics: "rate_limited". getCode() is its number. */
    public function statusName(): string;

    /** Whether the same call can succeed later without a change. */
    public function isRetryable(): bool;

    /**
     * The last attempt's exception: the innermost that getPrevious() leads to, and this one itself where
     * there is none. It tells what the service or the network said last, whether that was final or the
     * retries ran out over it; outcome() and attempts() of this exception are those of the whole call.
     */
    public function lastError(): self;

    /** What is known about the event that was being sent. */
    public function outcome(): Outcome;

    /**
     * The key under which the event was, or would have been, sent: a resend of the same event with it
     * cannot double the event. Null when no event was being sent or no key was fixed yet.
     */
    public function idempotencyKey(): ?string;

    /** How many attempts were made. */
    public function attempts(): int;

    /** The status of the service's (last) answer; null when there was none. */
    public function httpStatus(): ?int;

    /** How many seconds the service asked to wait; null when it did not say. */
    public function retryAfter(): ?float;

    /** What the service's (last) answer says; null when there was none. */
    public function problem(): ?Problem;
}
