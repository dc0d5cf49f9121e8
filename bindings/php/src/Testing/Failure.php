<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Hookrail\Exception\ApiException;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\ClosedException;
use Hookrail\Exception\ConnectionException;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\QueueFullException;
use Hookrail\Exception\RetriesExhaustedException;
use Hookrail\Exception\TimeoutException;
use Hookrail\Exception\TlsException;
use Hookrail\Native\ExceptionFactory;
use Hookrail\Native\Status;
use Hookrail\Outcome;
use Hookrail\Problem;

/**
 * Makes the exceptions that a client throws, for tests of your own code:
 *
 *     $client = new FakeClient();
 *     $client->willThrow(Failure::rateLimited(retryAfter: 2.0));
 *
 * As a client does, it wraps errors that were repeated into a RetriesExhaustedException: lastError() is the error of
 * the last attempt. A FakeClient adds the idempotency key of the event; for doubles of other tools, pass it.
 */
final class Failure
{
    private const DEFAULT_ATTEMPTS = 4;

    /** The names of the statuses that have one of their own; the others are by family. */
    private const NAMES = [
        Status::BAD_REQUEST => 'bad_request',
        Status::AUTHENTICATION => 'authentication',
        Status::PERMISSION_DENIED => 'permission_denied',
        Status::NOT_FOUND => 'not_found',
        Status::CONFLICT => 'conflict',
        Status::PAYLOAD_TOO_LARGE => 'payload_too_large',
        Status::RATE_LIMITED => 'rate_limited',
    ];

    private const TITLES = [
        400 => 'Bad Request',
        401 => 'invalid credentials',
        403 => 'Forbidden',
        404 => 'Not Found',
        409 => 'Conflict',
        413 => 'Payload Too Large',
        429 => 'rate limited',
        500 => 'Internal Server Error',
        503 => 'ingest unavailable',
    ];

    private function __construct()
    {
    }

    /**
     * The service answered with this HTTP status, to each attempt if the status is one that the client repeats.
     *
     * @param int         $status     400 or more
     * @param string      $detail     the service's explanation, which is in the message
     * @param float|null  $retryAfter the seconds of the answer's Retry-After
     */
    public static function status(
        int $status,
        string $detail = '',
        ?float $retryAfter = null,
        ?string $idempotencyKey = null,
        int $attempts = self::DEFAULT_ATTEMPTS,
    ): ApiException|RetriesExhaustedException {
        $title = self::TITLES[$status] ?? 'Error';
        $body = ['type' => 'about:blank', 'title' => $title, 'status' => $status]
            + ($detail === '' ? [] : ['detail' => $detail]);
        $problem = new Problem(
            'about:blank',
            $title,
            $detail === '' ? null : $detail,
            (string) json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
        );
        $isRepeated = in_array($status, [408, 425, 429], true) || $status >= 500;
        $number = match (true) {
            isset(self::NAMES[$status]) => $status,
            $status >= 500 => Status::SERVER_ERROR,
            default => Status::UNEXPECTED_STATUS,
        };
        $name = self::NAMES[$number] ?? ($number === Status::SERVER_ERROR ? 'server_error' : 'unexpected_status');
        $message = "the service answered $status: " . ($detail === '' ? $title : $detail);
        $answer = ['httpStatus' => $status, 'retryAfter' => $retryAfter, 'problem' => $problem];
        if (!$isRepeated) {
            $call = ['outcome' => Outcome::Rejected, 'idempotencyKey' => $idempotencyKey, 'attempts' => 1];

            return ExceptionFactory::create(new ErrorInfo($number, $name, $message, ...$answer, ...$call));
        }

        return self::exhausted(
            ExceptionFactory::create(new ErrorInfo($number, $name, $message, true, ...$answer)),
            $status < 500 ? Outcome::Rejected : Outcome::MaybeSent,
            $idempotencyKey,
            $attempts,
        );
    }

    /** 429: the rate limit of the producer key, to each attempt. */
    public static function rateLimited(
        ?float $retryAfter = null,
        ?string $idempotencyKey = null,
        int $attempts = self::DEFAULT_ATTEMPTS,
    ): RetriesExhaustedException {
        return self::status(429, '', $retryAfter, $idempotencyKey, $attempts);
    }

    /** 503: the service could not record the event, and it is unknown whether it did. */
    public static function unavailable(
        ?string $idempotencyKey = null,
        int $attempts = self::DEFAULT_ATTEMPTS,
    ): RetriesExhaustedException {
        return self::status(503, '', null, $idempotencyKey, $attempts);
    }

    /** No connection: nothing was sent. */
    public static function connection(
        ?string $idempotencyKey = null,
        int $attempts = self::DEFAULT_ATTEMPTS,
    ): RetriesExhaustedException {
        $message = 'cannot connect to 127.0.0.1:8080: Connection refused (os error 111)';
        $last = new ConnectionException(new ErrorInfo(Status::CONNECTION, 'connection', $message, true));

        return self::exhausted($last, Outcome::NotSent, $idempotencyKey, $attempts);
    }

    /** No answer in time: the event may have been recorded. */
    public static function timeout(
        ?string $idempotencyKey = null,
        int $attempts = self::DEFAULT_ATTEMPTS,
    ): RetriesExhaustedException {
        $message = 'timed out after 10000 ms while waiting for the answer';
        $last = new TimeoutException(new ErrorInfo(Status::TIMEOUT, 'timeout', $message, true));

        return self::exhausted($last, Outcome::MaybeSent, $idempotencyKey, $attempts);
    }

    /** The certificate of the service does not verify. */
    public static function tls(?string $idempotencyKey = null): TlsException
    {
        return new TlsException(new ErrorInfo(
            Status::TLS,
            'tls',
            'TLS: invalid peer certificate: UnknownIssuer',
            outcome: Outcome::NotSent,
            idempotencyKey: $idempotencyKey,
            attempts: 1,
        ));
    }

    /** A Cancellation was fired before anything was sent. */
    public static function cancelled(?string $idempotencyKey = null): CancelledException
    {
        $info = [Status::CANCELLED, 'cancelled', 'the call was cancelled'];

        return new CancelledException(
            new ErrorInfo(...$info, outcome: Outcome::NotSent, idempotencyKey: $idempotencyKey),
        );
    }

    /** The client of a send or submit is closed. */
    public static function closed(?string $idempotencyKey = null): ClosedException
    {
        $info = [Status::CLOSED, 'closed', 'the client is closed'];

        return new ClosedException(
            new ErrorInfo(...$info, outcome: Outcome::NotSent, idempotencyKey: $idempotencyKey),
        );
    }

    /** The producer's queue holds as many events as it may. */
    public static function queueFull(int $maxEvents = 10_000, ?string $idempotencyKey = null): QueueFullException
    {
        return new QueueFullException(new ErrorInfo(
            Status::QUEUE_FULL,
            'queue_full',
            "the queue is full: $maxEvents of $maxEvents events (completions that were not collected count)",
            true,
            Outcome::NotSent,
            $idempotencyKey,
        ));
    }

    /**
     * The time for delivering a submitted event ran out: so a completion says that retries did not help.
     *
     * @param HookrailException|null $last a failure of this class, whose lastError() was that of the last attempt;
     *                                     null: no connection
     */
    public static function undelivered(
        ?HookrailException $last = null,
        ?string $idempotencyKey = null,
    ): TimeoutException {
        $last ??= self::connection();

        return new TimeoutException(
            new ErrorInfo(
                Status::TIMEOUT,
                'timeout',
                'the time for delivering the event ran out while it waited; the last error: '
                    . $last->lastError()->getMessage(),
                true,
                $last->outcome(),
                $idempotencyKey,
                $last->attempts(),
                $last->httpStatus(),
                $last->retryAfter(),
                $last->problem(),
            ),
            $last->lastError(),
        );
    }

    /**
     * Returns the exception with the idempotency key of an event, if it has none.
     *
     * @internal
     */
    public static function ofEvent(HookrailException $error, string $idempotencyKey): HookrailException
    {
        return $error->idempotencyKey() === null ? self::changed($error, $error->outcome(), $idempotencyKey) : $error;
    }

    /**
     * Returns the exception as one of a call that sends no event.
     *
     * @internal
     */
    public static function ofQuestion(HookrailException $error): HookrailException
    {
        return self::changed($error, Outcome::None, null);
    }

    private static function changed(
        HookrailException $error,
        Outcome $outcome,
        ?string $idempotencyKey,
    ): HookrailException {
        return new ($error::class)(new ErrorInfo(
            $error->getCode(),
            $error->statusName(),
            $error->getMessage(),
            $error->isRetryable(),
            $outcome,
            $idempotencyKey,
            $error->attempts(),
            $error->httpStatus(),
            $error->retryAfter(),
            $error->problem(),
            $error->attemptRecords(),
            $error->requestId(),
        ), $error->getPrevious());
    }

    private static function exhausted(
        HookrailException $last,
        Outcome $outcome,
        ?string $idempotencyKey,
        int $attempts,
    ): RetriesExhaustedException {
        return new RetriesExhaustedException(
            new ErrorInfo(
                Status::RETRIES_EXHAUSTED,
                'retries_exhausted',
                "gave up after $attempts attempts (all retries were made); the last error: {$last->getMessage()}",
                true,
                $outcome,
                $idempotencyKey,
                $attempts,
                $last->httpStatus(),
                $last->retryAfter(),
                $last->problem(),
            ),
            $last,
        );
    }
}
