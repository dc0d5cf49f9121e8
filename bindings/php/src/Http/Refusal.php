<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Hookrail\Exception\BodyIncompleteException;
use Hookrail\Exception\BodyTooLargeException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MethodNotAllowedException;
use Hookrail\Exception\SignatureMismatchException;
use Hookrail\Exception\TimestampTooNewException;
use Hookrail\Exception\TimestampTooOldException;
use Hookrail\Exception\VerificationException;

/**
 * The answer to a request that is not a verified delivery. It does not tell the reason, so that it does not help to
 * find a signature.
 *
 * The service takes 401, 405 and 413 as final and drops the delivery. It repeats a delivery that is answered with 408,
 * the answer to a body that did not arrive in full. 413, for a body over the limit, tells you to raise the limit.
 */
final class Refusal
{
    public const STATUS = 401;
    public const CONTENT_TYPE = 'application/problem+json';

    private const TITLES = [
        405 => 'Method not allowed',
        408 => 'Not a whole delivery',
        413 => 'Larger than the limit',
    ];

    private function __construct(
        public readonly int $status,
        public readonly ?string $allow = null,
    ) {
    }

    /**
     * @param VerificationException|null $reason         null is answered like a forgery
     * @param int                        $mismatchStatus the status if no secret matches or the time is too far off, 400
     *                                                   to 599. Use 503 before you rotate a secret and while clocks
     *                                                   are in doubt: then no delivery is lost
     *
     * @throws InvalidArgumentException when the status is out of range
     */
    public static function for(?VerificationException $reason = null, int $mismatchStatus = self::STATUS): self
    {
        self::checkMismatchStatus($mismatchStatus);

        return new self(match (true) {
            $reason instanceof MethodNotAllowedException => 405,
            $reason instanceof BodyIncompleteException => 408,
            $reason instanceof BodyTooLargeException => 413,
            $reason instanceof SignatureMismatchException,
            $reason instanceof TimestampTooOldException,
            $reason instanceof TimestampTooNewException => $mismatchStatus,
            default => self::STATUS,
        }, $reason instanceof MethodNotAllowedException ? implode(', ', $reason->allowed) : null);
    }

    /**
     * @internal
     *
     * @throws InvalidArgumentException
     */
    public static function checkMismatchStatus(int $status): void
    {
        if ($status < 400 || $status > 599) {
            throw InvalidArgumentException::because(
                "mismatchStatus must be 400 to 599, usually 401 or 503, not $status",
            );
        }
    }

    /** Returns the body of the answer. */
    public function body(): string
    {
        return sprintf(
            '{"title":"%s","status":%d}',
            self::TITLES[$this->status] ?? 'Not a verified delivery',
            $this->status,
        );
    }

    /**
     * Sends the answer, in plain PHP.
     *
     * @param VerificationException|null $reason         why the request is refused, for the status alone
     * @param int                        $mismatchStatus as for for()
     *
     * @throws InvalidArgumentException when the status is out of range
     */
    public static function send(?VerificationException $reason = null, int $mismatchStatus = self::STATUS): void
    {
        $refusal = self::for($reason, $mismatchStatus);
        http_response_code($refusal->status);
        header('Content-Type: ' . self::CONTENT_TYPE);
        if ($refusal->allow !== null) {
            header("Allow: $refusal->allow");
        }
        echo $refusal->body();
    }
}
