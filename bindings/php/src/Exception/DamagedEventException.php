<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use UnexpectedValueException;

/** A prepared event is damaged or of an unknown version. */
final class DamagedEventException extends UnexpectedValueException implements HookrailException
{
    use ErrorDetails;
}
