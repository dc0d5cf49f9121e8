<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** A delivery does not verify. Answer all of these alike: the sender must not learn the details. */
abstract class VerificationException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
