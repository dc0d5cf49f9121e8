<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The call was cancelled. What became of the event, outcome() says. */
final class CancelledException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
