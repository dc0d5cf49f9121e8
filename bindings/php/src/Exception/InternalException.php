<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** A defect of the native library was caught. Please report it. */
final class InternalException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
