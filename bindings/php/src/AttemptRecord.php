<?php

declare(strict_types=1);

namespace Hookrail;

/** One attempt of a call: when it was made, how long its parts took, and its result. All times are in seconds. */
final class AttemptRecord
{
    /**
     * @param int         $number        from 1, the first attempt of the call
     * @param string      $statusName    "ok", or the short name of the failure, such as "timeout"
     * @param int|null    $httpStatus    null without an answer
     * @param bool        $newConnection whether a connection was opened for it
     * @param float       $startedAt     since 1970, as microtime(true)
     * @param float       $startedAfter  since the start of the call, or since the submit
     * @param float       $lookup        looking up the name, if a connection was opened or failed to open; else 0
     * @param float       $connect       connecting, including the answer of a proxy; else 0
     * @param float       $tls           the TLS handshake; else 0
     * @param float       $waiting       from the end of the request to the first byte of the answer
     * @param string|null $message       the message of the failure; null after a success
     * @param string|null $requestId     the answer's X-Request-Id, or a similar header
     */
    public function __construct(
        public readonly int $number,
        public readonly string $statusName,
        public readonly ?int $httpStatus,
        public readonly bool $newConnection,
        public readonly float $startedAt,
        public readonly float $startedAfter,
        public readonly float $duration,
        public readonly float $lookup,
        public readonly float $connect,
        public readonly float $tls,
        public readonly float $waiting,
        public readonly int $bytesSent,
        public readonly int $bytesReceived,
        public readonly ?string $message,
        public readonly ?string $requestId,
    ) {
    }

    public function isSuccess(): bool
    {
        return $this->message === null;
    }
}
