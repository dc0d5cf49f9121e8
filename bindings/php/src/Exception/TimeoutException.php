<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** A timeout or the time for the whole call ran out. */
final class TimeoutException extends ConnectionException
{
}
