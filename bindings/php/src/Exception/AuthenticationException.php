<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * 401: the producer key is missing, unknown or revoked. If the client had a success with the key in this process, the
 * service's database may be unavailable instead: then the exception is retryable.
 */
final class AuthenticationException extends ApiException
{
}
