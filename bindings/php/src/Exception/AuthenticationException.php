<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 401: the producer key is missing, unknown or revoked. */
final class AuthenticationException extends ApiException
{
}
