<?php

declare(strict_types=1);

namespace Hookrail;

/** The service's answer about a failure: problem details (RFC 7807), or any other body. */
final class Problem
{
    /** @param string $body the answer's unchanged body, JSON or not, cut off at 64 KiB */
    public function __construct(
        public readonly ?string $type,
        public readonly ?string $title,
        public readonly ?string $detail,
        public readonly string $body,
    ) {
    }

    /**
     * Returns all members of the problem, including those that this version does not know; an empty array if the body
     * is not a JSON object.
     *
     * @return array<string, mixed>
     */
    public function members(): array
    {
        $members = json_decode($this->body, true);

        return is_array($members) && !array_is_list($members) ? $members : [];
    }
}
