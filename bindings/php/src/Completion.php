<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;

/** The result of a submitted event. Exactly one of accepted and error is set. */
final class Completion
{
    /**
     * @param int    $tag            the tag that was passed with the event
     * @param int    $token          the token that submit() returned
     * @param float  $queued         how many seconds the event waited for its first attempt
     * @param float  $total          how many seconds it took in all
     * @param string $idempotencyKey the key under which the event was, or would have been, sent
     */
    public function __construct(
        public readonly int $tag,
        public readonly int $token,
        public readonly Outcome $outcome,
        public readonly int $attempts,
        public readonly float $queued,
        public readonly float $total,
        public readonly ?Accepted $accepted,
        public readonly ?HookrailException $error,
        public readonly string $topic,
        public readonly string $idempotencyKey,
        public readonly ?string $orderingKey,
    ) {
    }

    /**
     * Returns the event's attempts, the oldest first, the last 16 of them at most.
     *
     * @return list<AttemptRecord>
     */
    public function attemptRecords(): array
    {
        return $this->accepted?->attemptRecords ?? $this->error?->attemptRecords() ?? [];
    }
}
