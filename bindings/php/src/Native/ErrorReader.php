<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;
use Hookrail\Problem;

/**
 * Makes exceptions of what the library says of errors.
 *
 * @internal
 */
final class ErrorReader
{
    private function __construct()
    {
    }

    /**
     * @param list<array<string, mixed>> $errors the error and what caused it, as Gate reads them
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

    /** For what the package itself finds about the settings of a client. */
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
        );
    }
}
