<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use LogicException;

/** The client was closed. */
final class ClosedException extends LogicException implements HookrailException
{
    use ErrorDetails;
}
