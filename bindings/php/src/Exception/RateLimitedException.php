<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * 429: the key's rate limit, or the ordering key's backlog is full. Without an HTTP status nothing was sent: the call's
 * turn under the service's limit would come after its time.
 */
final class RateLimitedException extends ApiException
{
}
