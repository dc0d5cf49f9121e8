<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Hookrail\ClientOptions;
use Hookrail\Exception\InvalidArgumentException;
use ReflectionMethod;
use ReflectionNamedType;
use ReflectionType;
use ReflectionUnionType;

/**
 * Reads settings, which are texts if they come from the environment.
 *
 * @internal
 */
final class Settings
{
    private function __construct()
    {
    }

    /**
     * Makes options from settings that have the same names in snake_case. null leaves the library's default.
     *
     * @param string               $place    for messages
     * @param array<string, mixed> $settings
     *
     * @throws InvalidArgumentException when there is no such option, or a value is of another type
     */
    public static function options(string $place, #[\SensitiveParameter] array $settings): ClientOptions
    {
        $types = [];
        foreach ((new ReflectionMethod(ClientOptions::class, '__construct'))->getParameters() as $parameter) {
            $types[$parameter->getName()] = self::names($parameter->getType());
        }
        $arguments = [];
        foreach ($settings as $name => $value) {
            $option = self::camelCase((string) $name);
            if (!isset($types[$option])) {
                throw InvalidArgumentException::because("$place.$name is unknown: see Hookrail\\ClientOptions");
            }
            if ($value !== null) {
                $arguments[$option] = self::convert("$place.$name", $value, $types[$option]);
            }
        }

        return new ClientOptions(...$arguments);
    }

    /**
     * @param string       $place for messages
     * @param list<string> $types the names of PHP's types
     *
     * @throws InvalidArgumentException when the value has none of these types and cannot be read as one
     */
    public static function convert(string $place, #[\SensitiveParameter] mixed $value, array $types): mixed
    {
        $converted = null;
        foreach ($types as $type) {
            $converted ??= match ($type) {
                'bool' => is_scalar($value)
                    ? filter_var($value, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE)
                    : null,
                'int' => is_int($value) || is_string($value)
                    ? filter_var($value, FILTER_VALIDATE_INT, FILTER_NULL_ON_FAILURE)
                    : null,
                'float' => is_numeric($value) ? (float) $value : null,
                'array' => is_array($value) || is_string($value) ? (array) $value : null,
                'string' => is_string($value) ? $value : null,
                'false' => $value === false ? false : null,
                default => null,
            };
        }
        // The value may be a secret, such as a proxy with its password, and does not stand in the message.
        return $converted ?? throw InvalidArgumentException::because(
            "$place has to be of the type " . implode('|', $types) . ', not ' . get_debug_type($value),
        );
    }

    public static function camelCase(string $name): string
    {
        return lcfirst(str_replace('_', '', ucwords($name, '_')));
    }

    /** @return list<string> */
    private static function names(?ReflectionType $type): array
    {
        $types = $type instanceof ReflectionUnionType ? $type->getTypes() : [$type];
        $names = [];
        foreach ($types as $one) {
            if ($one instanceof ReflectionNamedType && $one->getName() !== 'null') {
                $names[] = $one->getName();
            }
        }

        return $names;
    }
}
