<?php

declare(strict_types=1);

namespace Hookrail;

/** The result of a successful verification. */
final class Verification
{
    /**
     * @param int $secretIndex which of the secrets matched: shows when an old one is no longer in use
     * @param int $signedAt    when the service signed, in seconds since 1970
     * @param int $skew        now minus signedAt, in seconds
     */
    public function __construct(
        public readonly int $secretIndex,
        public readonly int $signedAt,
        public readonly int $skew,
    ) {
    }
}
