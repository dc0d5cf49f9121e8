<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;
use Hookrail\Problem;

/**
 * Turns the library's errors into exceptions.
 *
 * @internal
 */
final class ErrorReader
{
    public function __construct(private readonly FFI $ffi)
    {
    }

    /** Reads an error that a function handed out, and frees it. */
    public function takeException(int $status, CData $error): HookrailException
    {
        try {
            if (!FFI::isNull($error)) {
                return $this->exception($error);
            }
            $name = $this->ffi->hookrail_status_name($status);

            return ExceptionFactory::create(new ErrorInfo($status, $name, $name));
        } finally {
            $this->ffi->hookrail_error_free($error);
        }
    }

    private function exception(CData $error): HookrailException
    {
        $cause = $this->ffi->hookrail_error_cause($error);

        return ExceptionFactory::create(
            $this->info($error),
            $cause === null ? null : $this->exception($cause),
        );
    }

    private function info(CData $error): ErrorInfo
    {
        $retryAfter = $this->ffi->hookrail_error_retry_after_ms($error);
        $httpStatus = $this->ffi->hookrail_error_http_status($error);

        $status = $this->ffi->hookrail_error_status($error);

        return new ErrorInfo(
            $status,
            $this->ffi->hookrail_status_name($status),
            (string) Bytes::borrow($this->ffi, 'hookrail_error_message', 'hookrail_error', $error),
            $this->ffi->hookrail_error_retryable($error),
            Outcome::fromNative($this->ffi->hookrail_error_outcome($error)),
            $this->ffi->hookrail_error_idempotency_key($error),
            $this->ffi->hookrail_error_attempts($error),
            $httpStatus === 0 ? null : $httpStatus,
            $retryAfter < 0 ? null : $retryAfter / 1000,
            $this->problem($error),
        );
    }

    private function problem(CData $error): ?Problem
    {
        $body = Bytes::borrow($this->ffi, 'hookrail_error_body', 'hookrail_error', $error);
        if ($body === null) {
            return null;
        }

        return new Problem(
            $this->ffi->hookrail_error_problem_type($error),
            $this->ffi->hookrail_error_problem_title($error),
            $this->ffi->hookrail_error_problem_detail($error),
            $body,
        );
    }
}
