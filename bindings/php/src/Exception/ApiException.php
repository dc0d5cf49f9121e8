<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The service answered with an error. The subclasses are for particular statuses. */
class ApiException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
