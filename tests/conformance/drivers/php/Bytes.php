<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

/** Bytes in the form of the protocol. */
final class Bytes
{
    /** @param array<string, mixed> $request */
    public static function of(array $request, string $name): string
    {
        return self::decode($request[$name]);
    }

    /** @param array<string, mixed> $request */
    public static function ofOptional(array $request, string $name): ?string
    {
        return array_key_exists($name, $request) ? self::decode($request[$name]) : null;
    }

    public static function decode(string $base64): string
    {
        return (string) base64_decode($base64, true);
    }
}
