<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use LogicException;

/** What was started before a fork belongs to the parent process. */
final class ForkedException extends LogicException implements HookrailException
{
    use ErrorDetails;
}
