<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** A delivery is not to be trusted. Answer all of these alike: the details are not for the sender. */
abstract class VerificationException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
