<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;

/** What a submitted event came to. Exactly one of accepted and error is there. */
final class Completion
{
    /**
     * @param int   $tag    what the program gave with the event
     * @param int   $token  what submit() returned
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
