<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use Hookrail\Native\Status;

/** The request has a method that is not accepted: the service sends POST. */
final class MethodNotAllowedException extends VerificationException
{
    /** @var list<string> the methods that are accepted */
    public readonly array $allowed;

    /**
     * @internal
     *
     * @param list<string> $allowed
     */
    public static function because(string $method, array $allowed): self
    {
        $shown = json_encode($method, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
        $error = new self(new ErrorInfo(
            Status::INVALID_ARGUMENT,
            'invalid_argument',
            "the method is $shown; accepted are: " . implode(', ', $allowed),
        ));
        $error->allowed = $allowed;

        return $error;
    }
}
