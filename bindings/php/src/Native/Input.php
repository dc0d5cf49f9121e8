<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Outcome;
use Hookrail\RawJson;
use JsonException;

/**
 * Converts and checks the program's values for the library.
 *
 * @internal
 */
final class Input
{
    public const CLOCK = -1;

    /** The longest time of a setting, in seconds. */
    private const DAY = 86_400;

    private const JSON_FLAGS = \JSON_THROW_ON_ERROR | \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE
        | \JSON_PRESERVE_ZERO_FRACTION;

    /** The first bytes of objects, arrays and strings in JSON. */
    private const PAYLOADS = ['{', '[', '"'];

    /**
     * Refuses values whose JSON is null, a boolean or a number: they are the results of mistakes, such as a failed
     * json_encode() or a row that was not found.
     *
     * @throws InvalidArgumentException when the payload has no JSON form, or is refused
     */
    public static function json(mixed $payload): string
    {
        if ($payload instanceof RawJson) {
            return $payload->json;
        }
        try {
            $json = \json_encode($payload, self::JSON_FLAGS);
        } catch (JsonException $reason) {
            throw InvalidArgumentException::because(
                'the payload cannot be written as JSON: ' . $reason->getMessage(),
                $reason,
                Outcome::NotSent,
            );
        }
        if (!\in_array($json[0], self::PAYLOADS, true)) {
            throw InvalidArgumentException::because(
                "the payload must be an array, an object or a string, not $json; pass any other JSON text as a RawJson",
                outcome: Outcome::NotSent,
            );
        }

        return $json;
    }

    /**
     * Rounds up to whole milliseconds, so that a very short time does not become 0, which means none. Errors of
     * floating point numbers are rounded away before.
     *
     * @throws InvalidArgumentException when it is not a finite number
     */
    public static function milliseconds(float $seconds, string $name, Outcome $refused = Outcome::None): int
    {
        if (!\is_finite($seconds)) {
            throw InvalidArgumentException::because(
                "$name must be a finite number of seconds, not $seconds",
                outcome: $refused,
            );
        }
        $milliseconds = \ceil(\round($seconds * 1000, 3));
        if (\abs($milliseconds) >= \PHP_INT_MAX) {
            return $milliseconds > 0 ? \PHP_INT_MAX : \PHP_INT_MIN;
        }

        return (int) $milliseconds;
    }

    /** @throws InvalidArgumentException when the time is not allowed as a client's timeout */
    public static function limit(float $seconds, string $name): int
    {
        $milliseconds = self::milliseconds($seconds, $name);
        if ($milliseconds < 1 || $milliseconds > self::DAY * 1_000) {
            $longest = self::DAY;

            throw InvalidArgumentException::because(
                "$name must be more than 0 and at most $longest seconds, not $seconds",
            );
        }

        return $milliseconds;
    }

    /**
     * Checks a value from an array, which has no declared type. The value may be a secret, and is not shown.
     *
     * @throws InvalidArgumentException when it is not a string
     */
    public static function text(#[\SensitiveParameter] mixed $text, string $name): string
    {
        if (!\is_string($text)) {
            throw InvalidArgumentException::because("$name must be a string, not " . \get_debug_type($text));
        }

        return $text;
    }

    /** @throws InvalidArgumentException when the time is not allowed as a call's timeout */
    public static function timeout(?float $seconds, Outcome $refused): int
    {
        if ($seconds === null) {
            return 0;
        }
        $milliseconds = self::milliseconds($seconds, 'timeout', $refused);
        if ($milliseconds <= 0) {
            throw InvalidArgumentException::because(
                "timeout must be more than 0 seconds, not $seconds",
                outcome: $refused,
            );
        }

        return $milliseconds;
    }

    /**
     * Checks the range, because FFI silently cuts off bits beyond 32.
     *
     * @throws InvalidArgumentException when it does not fit
     */
    public static function int32(int $number, string $name): int
    {
        if ($number < -0x8000_0000 || $number > 0x7FFF_FFFF) {
            throw InvalidArgumentException::because("$name must fit into 32 bits, but is $number");
        }

        return $number;
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
     * Returns seconds since 1970 for the library, to which -1 means the system's clock.
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
