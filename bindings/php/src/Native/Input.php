<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Outcome;
use Hookrail\RawJson;
use JsonException;

/**
 * Turns what PHP programs have into what the library takes.
 *
 * @internal
 */
final class Input
{
    public const CLOCK = -1;

    /** The longest time in seconds that a setting may be. */
    private const DAY = 86_400;

    private const JSON_FLAGS = \JSON_THROW_ON_ERROR | \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE
        | \JSON_PRESERVE_ZERO_FRACTION;

    /** @throws InvalidArgumentException when the payload has no JSON form */
    public static function json(mixed $payload): string
    {
        if ($payload instanceof RawJson) {
            return $payload->json;
        }
        try {
            return \json_encode($payload, self::JSON_FLAGS);
        } catch (JsonException $reason) {
            throw InvalidArgumentException::because(
                'the payload cannot be written as JSON: ' . $reason->getMessage(),
                $reason,
                Outcome::NotSent,
            );
        }
    }

    /**
     * Rounded up to whole milliseconds: a time that is too short for one is not to become "none". What a
     * float cannot hold exactly is rounded away before.
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

    /** @throws InvalidArgumentException when it is not a time that a client can be given as a limit */
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
     * What an array holds has no declared type. The value may be a secret, and is not shown.
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

    /** @throws InvalidArgumentException when it is not a time that a call can be given */
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
     * FFI would cut off what is beyond 32 bits without a word.
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
