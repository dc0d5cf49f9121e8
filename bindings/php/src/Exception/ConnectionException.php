<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** There was no usable connection: refused, reset, closed early, name not found. */
class ConnectionException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
