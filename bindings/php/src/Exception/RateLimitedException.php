<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * 429: the key's rate limit, or the ordering key's backlog is full. Without an HTTP status nothing was sent: under the
 * service's limit the call would have had to wait longer than its timeout.
 */
final class RateLimitedException extends ApiException
{
}
