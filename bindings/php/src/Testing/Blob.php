<?php

declare(strict_types=1);

namespace Hookrail\Testing;

/**
 * The content of a prepared event that the library has accepted (docs/prepared-events.md has the format).
 *
 * @internal
 */
final class Blob
{
    /** The bytes before the format's version, and before the lengths. */
    private const VERSION = 8;
    private const LENGTHS = 12;

    /** The bytes before the keys, by version. */
    private const KEYS = [1 => 36, 2 => 44];

    private const CHECKSUM = 32;

    public readonly string $topic;

    /** JSON text. */
    public readonly string $payload;

    public readonly ?string $orderingKey;

    /** @var array<string, string> by name */
    public readonly array $headers;

    public function __construct(string $blob)
    {
        ['key' => $key, 'ordering' => $ordering, 'body' => $body] = unpack(
            'Jkey/Jordering/Jbody',
            $blob,
            self::LENGTHS,
        );
        $keys = self::KEYS[unpack('N', $blob, self::VERSION)[1]];
        $this->orderingKey = $ordering === 0 ? null : substr($blob, $keys + $key, $ordering);
        $json = substr($blob, $keys + $key + $ordering, $body);
        preg_match('/^{"topic":("(?:[^"\\\\]|\\\\.)*+"),"payload":/s', $json, $found);
        $this->topic = json_decode($found[1]);
        $this->payload = substr($json, strlen($found[0]), -1);
        $fields = substr($blob, $keys + $key + $ordering + $body, -self::CHECKSUM);
        preg_match_all('/^(.+?): (.*)\r\n/m', $fields, $headers);
        $this->headers = array_combine($headers[1], $headers[2]);
    }
}
