<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;

/**
 * Header fields of the program's own, whose values are secrets.
 *
 * @internal
 */
final class ExtraHeaders
{
    /** Serialized; null if there are none. */
    private readonly ?Secret $headers;

    /**
     * @param array<array-key, mixed> $headers the values by name
     *
     * @throws InvalidArgumentException when a value is no string
     */
    public function __construct(#[\SensitiveParameter] array $headers)
    {
        foreach ($headers as $name => $value) {
            Input::text($value, "the header $name");
        }
        $this->headers = $headers === [] ? null : new Secret(\serialize($headers));
    }

    public function isEmpty(): bool
    {
        return $this->headers === null;
    }

    /** @return array<array-key, string> the values by name */
    public function all(): array
    {
        return $this->headers === null ? [] : \unserialize($this->headers->text(), ['allowed_classes' => false]);
    }

    /**
     * Passes them to options of the library.
     *
     * @throws HookrailException when one is not acceptable
     */
    public function add(Library $library, string $function, Handle $options): void
    {
        foreach ($this->all() as $name => $value) {
            $library->call($function, $options, (string) $name, $value);
        }
    }
}
