<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\AttemptRecord;
use Hookrail\Outcome;
use Hookrail\Problem;

/** The data of an exception. Your own tests can make one to throw the package's exceptions. */
final class ErrorInfo
{
    /**
     * @param int                 $status         the number of the status in the C ABI; the exception's code
     * @param string              $statusName     its name there
     * @param float|null          $retryAfter     in seconds
     * @param list<AttemptRecord> $attemptRecords the last 16 attempts, the oldest first
     * @param string|null         $requestId      of the service's last answer
     */
    public function __construct(
        public readonly int $status,
        public readonly string $statusName,
        public readonly string $message,
        public readonly bool $retryable = false,
        public readonly Outcome $outcome = Outcome::None,
        public readonly ?string $idempotencyKey = null,
        public readonly int $attempts = 0,
        public readonly ?int $httpStatus = null,
        public readonly ?float $retryAfter = null,
        public readonly ?Problem $problem = null,
        public readonly array $attemptRecords = [],
        public readonly ?string $requestId = null,
    ) {
    }
}
