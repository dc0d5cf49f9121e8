<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;
use Hookrail\Problem;

/**
 * Reads the library's errors and makes exceptions of them.
 *
 * @internal
 */
final class ErrorReader
{
    private function __construct()
    {
    }

    /**
     * @param list<array<string, mixed>> $errors the error and its causes, from take()
     */
    public static function exception(int $status, array $errors): HookrailException
    {
        if ($errors === []) {
            [$name] = Gate::call('hookrail_status_name', [$status]);

            return ExceptionFactory::create(new ErrorInfo($status, (string) $name, (string) $name));
        }
        $exception = null;
        foreach (\array_reverse($errors) as $error) {
            $exception = ExceptionFactory::create(self::info($error), $exception);
        }

        return $exception;
    }

    /**
     * Reads an error and its causes, and frees it.
     *
     * @param int $number the number that the library keeps the error under
     *
     * @return list<array<string, mixed>> the error first
     */
    public static function take(int $number): array
    {
        $ffi = Gate::unrestricted() ?? FFI::scope(Gate::SCOPE);
        $attempts = AttemptReader::read('error', $number);
        $first = $ffi->hookrail_pointer_take(Signatures::HANDLES['error'], $number);
        if ($first === null) {
            return [];
        }
        $text = $ffi->cast('const void *(*)(const hookrail_error *)', $ffi->hookrail_error_message);
        $body = $ffi->cast('const void *(*)(const hookrail_error *)', $ffi->hookrail_error_body);
        $read = [];
        for ($error = $first; $error !== null; $error = $ffi->hookrail_error_cause($error)) {
            $status = $ffi->hookrail_error_status($error);
            $message = $text($error);
            $answer = $body($error);
            $read[] = [
                'status' => $status,
                'name' => $ffi->hookrail_status_name($status),
                'message' => $message === null
                    ? ''
                    : FFI::string($message, $ffi->hookrail_error_message_len($error)),
                'retryable' => $ffi->hookrail_error_retryable($error),
                'outcome' => $ffi->hookrail_error_outcome($error),
                'idempotency_key' => $ffi->hookrail_error_idempotency_key($error),
                'attempts' => $ffi->hookrail_error_attempts($error),
                'http_status' => $ffi->hookrail_error_http_status($error),
                'retry_after_ms' => $ffi->hookrail_error_retry_after_ms($error),
                'body' => $answer === null ? null : FFI::string($answer, $ffi->hookrail_error_body_len($error)),
                'type' => $ffi->hookrail_error_problem_type($error),
                'title' => $ffi->hookrail_error_problem_title($error),
                'detail' => $ffi->hookrail_error_problem_detail($error),
                'attempt_records' => $read === [] ? $attempts : [],
                'request_id' => $ffi->hookrail_error_request_id($error),
            ];
        }
        $ffi->hookrail_error_free($first);

        return $read;
    }

    /** Makes the exception for settings of a client that the package itself refuses. */
    public static function configuration(string $message): HookrailException
    {
        return ExceptionFactory::create(new ErrorInfo(Status::CONFIGURATION, 'configuration', $message));
    }

    /** @param array<string, mixed> $error */
    private static function info(array $error): ErrorInfo
    {
        return new ErrorInfo(
            $error['status'],
            (string) $error['name'],
            $error['message'],
            $error['retryable'],
            Outcome::fromNative($error['outcome']),
            $error['idempotency_key'],
            $error['attempts'],
            $error['http_status'] === 0 ? null : $error['http_status'],
            $error['retry_after_ms'] < 0 ? null : $error['retry_after_ms'] / 1000,
            $error['body'] === null
                ? null
                : new Problem($error['type'], $error['title'], $error['detail'], $error['body']),
            $error['attempt_records'],
            $error['request_id'],
        );
    }
}
