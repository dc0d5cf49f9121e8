<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 429: the key's rate limit, or the ordering key's backlog is full. */
final class RateLimitedException extends ApiException
{
}
