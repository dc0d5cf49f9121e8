<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 409: the idempotency key was used with other bytes. */
final class ConflictException extends ApiException
{
}
