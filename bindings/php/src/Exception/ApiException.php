<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The service answered with a status that means failure. One that has no class of its own is just this. */
class ApiException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
