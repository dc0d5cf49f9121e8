<?php

declare(strict_types=1);

namespace Hookrail\Benchmarks;

use function chr;
use function ord;

/**
 * Sends events with one handle, as a program without the package does: envelope, random key, timeouts,
 * decoded answer.
 */
final class Sender
{
    private readonly \CurlHandle $handle;

    public function __construct(string $url)
    {
        $this->handle = curl_init();
        curl_setopt_array($this->handle, [
            CURLOPT_URL => "$url/v1/events",
            CURLOPT_POST => true,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
            CURLOPT_USERAGENT => 'hookrail-php/0.1.0',
            CURLOPT_PROXY => '',
            CURLOPT_CONNECTTIMEOUT_MS => 5000,
            CURLOPT_TIMEOUT_MS => 30000,
        ]);
    }

    /** @param array<string, mixed> $payload */
    public function send(string $topic, array $payload): string
    {
        curl_setopt(
            $this->handle,
            CURLOPT_POSTFIELDS,
            json_encode(['topic' => $topic, 'payload' => $payload], JSON_THROW_ON_ERROR),
        );
        curl_setopt($this->handle, CURLOPT_HTTPHEADER, [
            'Authorization: Bearer ' . Bench::API_KEY,
            'Content-Type: application/json',
            'Idempotency-Key: ' . self::newKey(),
            'Accept:',
        ]);
        $answer = curl_exec($this->handle);
        if ($answer === false) {
            throw new \RuntimeException(curl_error($this->handle));
        }
        $status = curl_getinfo($this->handle, CURLINFO_RESPONSE_CODE);
        if ($status !== 202) {
            throw new \RuntimeException("answered $status");
        }

        return json_decode($answer, true, flags: JSON_THROW_ON_ERROR)['event_id'];
    }

    /** Returns a random UUID (version 4). */
    private static function newKey(): string
    {
        $random = random_bytes(16);
        $random[6] = chr(ord($random[6]) & 0x0f | 0x40);
        $random[8] = chr(ord($random[8]) & 0x3f | 0x80);

        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($random), 4));
    }
}
