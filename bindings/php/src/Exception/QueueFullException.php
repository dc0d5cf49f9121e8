<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use OverflowException;

/** The producer's queue is at its limit. */
final class QueueFullException extends OverflowException implements HookrailException
{
    use ErrorDetails;
}
