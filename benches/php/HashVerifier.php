<?php

declare(strict_types=1);

namespace Hookrail\Benchmarks;

use function strlen;

/** The reference verifier in PHP. */
final class HashVerifier
{
    private const TOLERANCE = 300;

    public function __construct(#[\SensitiveParameter] private readonly string $secret)
    {
    }

    public function verify(string $body, string $signature, string $deliveryId): void
    {
        $timestamp = $claimed = '';
        foreach (explode(',', $signature) as $part) {
            [$name, $value] = explode('=', trim($part), 2) + [1 => ''];
            match ($name) {
                't' => $timestamp = $value,
                'v1' => $claimed = $value,
                default => null,
            };
        }
        if (!ctype_digit($timestamp) || strlen($claimed) !== 64 || !ctype_xdigit($claimed)) {
            throw new \RuntimeException('malformed signature');
        }
        if (abs(time() - (int) $timestamp) > self::TOLERANCE) {
            throw new \RuntimeException('timestamp outside the tolerance');
        }
        $expected = hash_hmac('sha256', "$timestamp.$deliveryId.$body", $this->secret);
        if (!hash_equals($expected, strtolower($claimed))) {
            throw new \RuntimeException('no signature matches');
        }
    }
}
