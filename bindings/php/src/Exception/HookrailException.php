<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\AttemptRecord;
use Hookrail\Outcome;
use Hookrail\Problem;
use Throwable;

/** All exceptions of this package. */
interface HookrailException extends Throwable
{
    /** Returns a short name for the kind of failure, for logs and metrics: "rate_limited". getCode() is its number. */
    public function statusName(): string;

    /** Returns whether the same call can succeed later without a change. */
    public function isRetryable(): bool;

    /**
     * Returns the exception of the last attempt, both for a final failure and after the retries ran out: the innermost
     * one that getPrevious() leads to, or this one itself. outcome() and attempts() of this exception describe the
     * whole call.
     */
    public function lastError(): self;

    /** Returns what is known about the event that was being sent. */
    public function outcome(): Outcome;

    /**
     * Returns the key under which the event was, or would have been, sent: sending the same event again with it cannot
     * duplicate the event. Null if no event was being sent or no key was fixed yet.
     */
    public function idempotencyKey(): ?string;

    /** Returns how many attempts were made. */
    public function attempts(): int;

    /** Returns the HTTP status of the service's last answer; null without an answer. */
    public function httpStatus(): ?int;

    /** Returns how many seconds the service asked to wait; null if it did not. */
    public function retryAfter(): ?float;

    /** Returns the content of the service's last answer; null without an answer. */
    public function problem(): ?Problem;

    /**
     * Returns the attempts of the call, the oldest first, the last 16 of them at most. lastError() has none, unless it
     * is this exception.
     *
     * @return list<AttemptRecord>
     */
    public function attemptRecords(): array;

    /** Returns the X-Request-Id, or a similar header, of the service's last answer; null without one. */
    public function requestId(): ?string;
}
