<?php

declare(strict_types=1);

namespace Hookrail;

/** The status of an event. */
final class EventStatus
{
    /**
     * @param list<Delivery>      $deliveries
     * @param string              $json           the service's unchanged answer
     * @param list<AttemptRecord> $attemptRecords the last 16 attempts of the question, the oldest first
     * @param string|null         $requestId      the answer's X-Request-Id, or a similar header
     */
    public function __construct(
        public readonly string $eventId,
        public readonly string $topic,
        public readonly array $deliveries,
        public readonly string $json,
        public readonly array $attemptRecords = [],
        public readonly ?string $requestId = null,
    ) {
    }
}
