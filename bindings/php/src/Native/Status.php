<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The numbers of hookrail_status.
 *
 * @internal
 */
final class Status
{
    public const OK = 0;
    public const INVALID_ARGUMENT = 100;
    public const CONFIGURATION = 101;
    public const CLOSED = 102;
    public const FORKED = 103;
    public const QUEUE_FULL = 104;
    public const INTERRUPTED = 105;
    public const CANCELLED = 106;
    public const BUFFER_TOO_SMALL = 107;
    public const BODY_TOO_LARGE = 108;
    public const DAMAGED_BLOB = 109;
    public const OUT_OF_RESOURCES = 110;
    public const BODY_INCOMPLETE = 111;
    public const CONNECTION = 200;
    public const TIMEOUT = 201;
    public const TLS = 202;
    public const PROTOCOL = 203;
    public const BAD_REQUEST = 400;
    public const AUTHENTICATION = 401;
    public const PERMISSION_DENIED = 403;
    public const NOT_FOUND = 404;
    public const CONFLICT = 409;
    public const PAYLOAD_TOO_LARGE = 413;
    public const RATE_LIMITED = 429;
    public const UNEXPECTED_STATUS = 499;
    public const SERVER_ERROR = 500;
    public const RETRIES_EXHAUSTED = 600;
    public const SIGNATURE_MALFORMED = 700;
    public const TIMESTAMP_TOO_OLD = 701;
    public const TIMESTAMP_TOO_NEW = 702;
    public const SIGNATURE_MISMATCH = 703;
    public const SIGNATURE_MISSING = 704;
    public const INTERNAL = 900;

    private function __construct()
    {
    }
}
