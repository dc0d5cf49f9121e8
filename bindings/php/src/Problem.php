<?php

declare(strict_types=1);

namespace Hookrail;

/** What the service said about a failure: problem details (RFC 7807), or whatever else came. */
final class Problem
{
    /** @param string $body the answer's body as it came, whether JSON or not, cut off at 64 KiB */
    public function __construct(
        public readonly ?string $type,
        public readonly ?string $title,
        public readonly ?string $detail,
        public readonly string $body,
    ) {
    }

    /**
     * All members of the problem, also those that this version does not know; empty when the body is
     * not a JSON object.
     *
     * @return array<string, mixed>
     */
    public function members(): array
    {
        $members = json_decode($this->body, true);

        return is_array($members) && !array_is_list($members) ? $members : [];
    }
}
