<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\ApiException;
use Hookrail\Exception\AuthenticationException;
use Hookrail\Exception\BadRequestException;
use Hookrail\Exception\BodyIncompleteException;
use Hookrail\Exception\BodyTooLargeException;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ClosedException;
use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\ConflictException;
use Hookrail\Exception\ConnectionException;
use Hookrail\Exception\DamagedEventException;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\ForkedException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InternalException;
use Hookrail\Exception\InterruptedException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MalformedSignatureException;
use Hookrail\Exception\MissingSignatureException;
use Hookrail\Exception\NotFoundException;
use Hookrail\Exception\OutOfResourcesException;
use Hookrail\Exception\PayloadTooLargeException;
use Hookrail\Exception\PermissionDeniedException;
use Hookrail\Exception\ProtocolException;
use Hookrail\Exception\QueueFullException;
use Hookrail\Exception\RateLimitedException;
use Hookrail\Exception\RetriesExhaustedException;
use Hookrail\Exception\ServerErrorException;
use Hookrail\Exception\SignatureMismatchException;
use Hookrail\Exception\TimeoutException;
use Hookrail\Exception\TimestampTooNewException;
use Hookrail\Exception\TimestampTooOldException;
use Hookrail\Exception\TlsException;

/**
 * Chooses the exception for a status.
 *
 * @internal
 */
final class ExceptionFactory
{
    private const CLASSES = [
        Status::INVALID_ARGUMENT => InvalidArgumentException::class,
        Status::CONFIGURATION => ConfigurationException::class,
        Status::CLOSED => ClosedException::class,
        Status::FORKED => ForkedException::class,
        Status::QUEUE_FULL => QueueFullException::class,
        Status::INTERRUPTED => InterruptedException::class,
        Status::CANCELLED => CancelledException::class,
        Status::BODY_TOO_LARGE => BodyTooLargeException::class,
        Status::DAMAGED_BLOB => DamagedEventException::class,
        Status::OUT_OF_RESOURCES => OutOfResourcesException::class,
        Status::BODY_INCOMPLETE => BodyIncompleteException::class,
        Status::CONNECTION => ConnectionException::class,
        Status::TIMEOUT => TimeoutException::class,
        Status::TLS => TlsException::class,
        Status::PROTOCOL => ProtocolException::class,
        Status::BAD_REQUEST => BadRequestException::class,
        Status::AUTHENTICATION => AuthenticationException::class,
        Status::PERMISSION_DENIED => PermissionDeniedException::class,
        Status::NOT_FOUND => NotFoundException::class,
        Status::CONFLICT => ConflictException::class,
        Status::PAYLOAD_TOO_LARGE => PayloadTooLargeException::class,
        Status::RATE_LIMITED => RateLimitedException::class,
        Status::SERVER_ERROR => ServerErrorException::class,
        Status::RETRIES_EXHAUSTED => RetriesExhaustedException::class,
        Status::SIGNATURE_MALFORMED => MalformedSignatureException::class,
        Status::TIMESTAMP_TOO_OLD => TimestampTooOldException::class,
        Status::TIMESTAMP_TOO_NEW => TimestampTooNewException::class,
        Status::SIGNATURE_MISMATCH => SignatureMismatchException::class,
        Status::SIGNATURE_MISSING => MissingSignatureException::class,
    ];

    public static function create(ErrorInfo $info, ?HookrailException $previous = null): HookrailException
    {
        $class = self::CLASSES[$info->status] ?? self::byFamily($info->status);

        return new $class($info, $previous);
    }

    /**
     * Returns the class for a status of a later library.
     *
     * @return class-string<HookrailException>
     */
    private static function byFamily(int $status): string
    {
        return match (\intdiv($status, 100)) {
            1 => InvalidArgumentException::class,
            2 => ConnectionException::class,
            4 => ApiException::class,
            5 => ServerErrorException::class,
            6 => RetriesExhaustedException::class,
            7 => MalformedSignatureException::class,
            default => InternalException::class,
        };
    }
}
