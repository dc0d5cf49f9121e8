<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** A signal or a wake-up ended a wait. */
final class InterruptedException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
