<?php

declare(strict_types=1);

namespace Hookrail;

/** A payload that is JSON text already: its bytes are sent unchanged. */
final class RawJson
{
    /** @param string $json exactly one JSON value in UTF-8 */
    public function __construct(public readonly string $json)
    {
    }
}
