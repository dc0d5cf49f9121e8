<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Native\Status;
use Hookrail\Outcome;
use InvalidArgumentException as SplInvalidArgumentException;
use Throwable;

/** An argument is not acceptable; nothing was done. */
final class InvalidArgumentException extends SplInvalidArgumentException implements HookrailException
{
    use ErrorDetails;

    /** @internal */
    public static function because(
        string $message,
        ?Throwable $previous = null,
        Outcome $outcome = Outcome::None,
    ): self {
        $info = new ErrorInfo(Status::INVALID_ARGUMENT, 'invalid_argument', $message, outcome: $outcome);

        return new self($info, $previous);
    }
}
