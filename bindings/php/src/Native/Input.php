<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\RawJson;
use JsonException;

/**
 * Turns what PHP programs have into what the library takes.
 *
 * @internal
 */
final class Input
{
    private const CLOCK = -1;

    private const JSON_FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
        | JSON_PRESERVE_ZERO_FRACTION;

    /** @throws InvalidArgumentException when the payload has no JSON form */
    public static function json(mixed $payload): string
    {
        if ($payload instanceof RawJson) {
            return $payload->json;
        }
        try {
            return json_encode($payload, self::JSON_FLAGS);
        } catch (JsonException $reason) {
            throw InvalidArgumentException::because(
                'the payload cannot be written as JSON: ' . $reason->getMessage(),
                $reason,
            );
        }
    }

    /**
     * Rounded up: a time that is too short for a millisecond is not to become "none".
     *
     * @throws InvalidArgumentException when it is not a finite number
     */
    public static function milliseconds(float $seconds, string $name): int
    {
        if (!is_finite($seconds)) {
            throw InvalidArgumentException::because("$name must be a finite number of seconds, not $seconds");
        }
        $milliseconds = ceil($seconds * 1000);

        return abs($milliseconds) < PHP_INT_MAX ? (int) $milliseconds : PHP_INT_MAX;
    }

    /** @throws InvalidArgumentException when it is not a time that a call can be given */
    public static function timeout(?float $seconds): int
    {
        if ($seconds === null) {
            return 0;
        }
        $milliseconds = self::milliseconds($seconds, 'timeout');
        if ($milliseconds <= 0) {
            throw InvalidArgumentException::because("timeout must be more than 0 seconds, not $seconds");
        }

        return $milliseconds;
    }

    /** @throws InvalidArgumentException when it is negative */
    public static function size(int $size, string $name): int
    {
        if ($size < 0) {
            throw InvalidArgumentException::because("$name must not be negative, but is $size");
        }

        return $size;
    }

    /**
     * Seconds since 1970 as the library takes them, for which -1 is the system's clock.
     *
     * @throws InvalidArgumentException when it is -1
     */
    public static function now(?int $now): int
    {
        if ($now === self::CLOCK) {
            throw InvalidArgumentException::because('now must be seconds since 1970, not -1; null is the clock');
        }

        return $now ?? self::CLOCK;
    }
}
