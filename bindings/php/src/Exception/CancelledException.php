<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The call was cancelled. outcome() says what is known about the event. */
final class CancelledException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
