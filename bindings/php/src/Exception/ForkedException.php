<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use LogicException;

/** The object belongs to the parent of this process. */
final class ForkedException extends LogicException implements HookrailException
{
    use ErrorDetails;
}
