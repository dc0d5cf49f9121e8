<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The retries ran out. lastError() is the error of the last attempt. */
final class RetriesExhaustedException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
