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
     * @param array<array-key, mixed> $headers the values by name; null for a header that is not added
     *
     * @throws InvalidArgumentException when a value is no string, or the values have no names
     */
    public function __construct(#[\SensitiveParameter] array $headers)
    {
        if ($headers !== [] && \array_is_list($headers)) {
            throw InvalidArgumentException::because(
                "the headers must be values by their names, such as ['x-tenant' => 'a'], not a list",
            );
        }
        $headers = \array_filter($headers, static fn (mixed $value) => $value !== null);
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
