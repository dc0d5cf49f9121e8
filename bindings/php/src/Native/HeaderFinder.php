<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;

/**
 * Finds the header fields that a verification needs.
 *
 * @internal
 */
final class HeaderFinder
{
    private function __construct()
    {
    }

    /**
     * @param iterable<array-key, mixed> $headers
     *
     * @throws HookrailException when one is missing or repeated
     */
    public static function find(iterable $headers): SignatureHeaders
    {
        [$names, $values] = self::flatten($headers);
        [$status, $signature, $deliveryId, $errors] = HeaderJoiner::join($names, $values);
        if ($status !== Status::OK) {
            throw ErrorReader::exception($status, $errors);
        }

        return new SignatureHeaders($signature, $deliveryId);
    }

    /**
     * Makes the exception for a delivery without one of the two header fields.
     *
     * @param string|array<array-key, mixed>|null $signature
     */
    public static function missing(string|array|null $signature, ?string $deliveryId): HookrailException
    {
        $names = [];
        $values = [];
        // The message names the missing field, so what the present field contains does not matter.
        foreach (['hookrail-signature' => $signature, 'hookrail-delivery-id' => $deliveryId] as $name => $value) {
            if ($value !== null) {
                $names[] = $name;
                $values[] = '';
            }
        }
        [$status, , , $errors] = HeaderJoiner::join($names, $values);

        return ErrorReader::exception($status, $errors);
    }

    /**
     * Joins the values of a header that was split at its commas: in HTTP the list means the same.
     *
     * @param array<array-key, mixed> $values
     *
     * @throws HookrailException when one of them is not a string, or there is none
     */
    public static function join(array $values): string
    {
        if ($values === []) {
            throw ErrorReader::exception(Status::SIGNATURE_MISSING, []);
        }
        $texts = [];
        foreach ($values as $value) {
            $texts[] = Input::text($value, 'each value of the signature');
        }

        return \implode(',', $texts);
    }

    /**
     * Leaves out values that are not strings: $_SERVER has more than header fields.
     *
     * @param iterable<array-key, mixed> $headers
     *
     * @return array{list<string>, list<string>} names and values
     */
    private static function flatten(iterable $headers): array
    {
        $names = [];
        $values = [];
        foreach ($headers as $name => $field) {
            foreach (\is_array($field) ? $field : [$field] as $value) {
                if (\is_string($value)) {
                    $names[] = (string) $name;
                    $values[] = $value;
                }
            }
        }

        return [$names, $values];
    }
}
