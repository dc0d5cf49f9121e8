<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * 401: the producer key is missing, unknown or revoked, or the service's database is away: the service answers both
 * alike. isRetryable() is true where an earlier call of this process had a success with the key.
 */
final class AuthenticationException extends ApiException
{
}
