<?php

declare(strict_types=1);

namespace Hookrail;

/** The service's promise: it has recorded the event durably. */
final class Accepted
{
    /**
     * @param list<string>        $deliveryIds    the deliveries of the event; empty when no subscription matched
     * @param bool                $replayed       whether the service had recorded this key and these bytes
     *                                            before: a success all the same
     * @param string              $idempotencyKey the key under which the event was sent
     * @param int                 $attempts       how many attempts it took
     * @param string              $json           the service's unchanged answer
     * @param list<AttemptRecord> $attemptRecords the last 16 attempts, the oldest first
     * @param string|null         $requestId      the answer's X-Request-Id, or a similar header
     */
    public function __construct(
        public readonly string $eventId,
        public readonly array $deliveryIds,
        public readonly bool $replayed,
        public readonly string $idempotencyKey,
        public readonly int $attempts,
        public readonly string $json,
        public readonly array $attemptRecords = [],
        public readonly ?string $requestId = null,
    ) {
    }
}
