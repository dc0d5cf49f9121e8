<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;

/** The result of a submitted event. Exactly one of accepted and error is set. */
final class Completion
{
    /**
     * @param int   $tag    the tag that was passed with the event
     * @param int   $token  the token that submit() returned
     * @param float $queued how many seconds the event waited for its first attempt
     * @param float $total  how many seconds it took in all
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
    ) {
    }
}
