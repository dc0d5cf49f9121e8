<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Hookrail\AttemptRecord;

/** A call that is over. It contains neither the payload nor a secret. */
final class Call
{
    /**
     * @param float               $startedAt      in seconds since 1970
     * @param float               $duration       in seconds, including the waits between the attempts
     * @param list<AttemptRecord> $attemptRecords the last 16 attempts, the oldest first
     * @param string|null         $topic          null if unknown: of a prepared event, or of a question
     * @param string|null         $eventId        the service's id of the event, if known
     * @param int|null            $tag            of a submitted event
     */
    public function __construct(
        public readonly Operation $operation,
        public readonly float $startedAt,
        public readonly float $duration,
        public readonly array $attemptRecords,
        public readonly ?string $topic = null,
        public readonly ?string $idempotencyKey = null,
        public readonly ?string $orderingKey = null,
        public readonly ?string $eventId = null,
        public readonly ?int $tag = null,
    ) {
    }
}
