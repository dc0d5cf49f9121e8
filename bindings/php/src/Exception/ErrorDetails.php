<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\AttemptRecord;
use Hookrail\Outcome;
use Hookrail\Problem;
use Throwable;

/**
 * The common part of the exceptions, whose SPL base classes differ.
 *
 * @internal
 */
trait ErrorDetails
{
    public function __construct(private readonly ErrorInfo $info, ?Throwable $previous = null)
    {
        parent::__construct($info->message, $info->status, $previous);
    }

    public function statusName(): string
    {
        return $this->info->statusName;
    }

    public function isRetryable(): bool
    {
        return $this->info->retryable;
    }

    public function lastError(): HookrailException
    {
        $previous = $this->getPrevious();

        return $previous instanceof HookrailException ? $previous->lastError() : $this;
    }

    public function outcome(): Outcome
    {
        return $this->info->outcome;
    }

    public function idempotencyKey(): ?string
    {
        return $this->info->idempotencyKey;
    }

    public function attempts(): int
    {
        return $this->info->attempts;
    }

    public function httpStatus(): ?int
    {
        return $this->info->httpStatus;
    }

    public function retryAfter(): ?float
    {
        return $this->info->retryAfter;
    }

    public function problem(): ?Problem
    {
        return $this->info->problem;
    }

    /** @return list<AttemptRecord> */
    public function attemptRecords(): array
    {
        return $this->info->attemptRecords;
    }

    public function requestId(): ?string
    {
        return $this->info->requestId;
    }
}
