<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The answer was not HTTP, or does not follow the protocol. */
final class ProtocolException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
