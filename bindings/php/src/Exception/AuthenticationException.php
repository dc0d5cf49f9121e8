<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * 401: the producer key is missing, unknown or revoked. Where the client has had a success with it in this process, the
 * service's database may be away instead: then it is retryable.
 */
final class AuthenticationException extends ApiException
{
}
