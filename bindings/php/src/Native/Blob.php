<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The content of a prepared event that the library has accepted (docs/prepared-events.md has the format).
 *
 * @internal
 */
final class Blob
{
    /** The bytes before the lengths, and those of all fields before the keys. */
    private const LENGTHS = 12;
    private const KEYS = 36;

    public readonly string $topic;

    /** JSON text. */
    public readonly string $payload;

    public readonly ?string $orderingKey;

    public function __construct(string $blob)
    {
        ['key' => $key, 'ordering' => $ordering, 'body' => $body] = \unpack(
            'Jkey/Jordering/Jbody',
            $blob,
            self::LENGTHS,
        );
        $this->orderingKey = $ordering === 0 ? null : \substr($blob, self::KEYS + $key, $ordering);
        $json = \substr($blob, self::KEYS + $key + $ordering, $body);
        \preg_match('/^{"topic":("(?:[^"\\\\]|\\\\.)*+"),"payload":/s', $json, $found);
        $this->topic = \json_decode($found[1]);
        $this->payload = \substr($json, \strlen($found[0]), -1);
    }
}
