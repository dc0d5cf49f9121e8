<?php

declare(strict_types=1);

namespace Hookrail;

/** One attempt to deliver. */
final class Attempt
{
    /**
     * @param int         $number       as the service counts
     * @param string      $status       its result, in the service's own word
     * @param int|null    $httpStatus   the HTTP status of the receiver's answer; null without an answer
     * @param string|null $errorClass   the service's word for the failure; null without a failure
     * @param float|null  $latency      in seconds; null when the service does not say
     */
    public function __construct(
        public readonly int $number,
        public readonly int $claimVersion,
        public readonly string $status,
        public readonly ?int $httpStatus,
        public readonly ?string $errorClass,
        public readonly ?float $latency,
    ) {
    }
}
