<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Outcome;
use Hookrail\Problem;

/** The data of an exception. Your own tests can make one to throw the package's exceptions. */
final class ErrorInfo
{
    /**
     * @param int        $status     the number of the status in the C ABI; the exception's code
     * @param string     $statusName its name there
     * @param float|null $retryAfter in seconds
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
    ) {
    }
}
