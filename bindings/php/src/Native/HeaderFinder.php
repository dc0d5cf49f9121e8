<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Exception\HookrailException;

/**
 * Finds the header fields that verifying takes.
 *
 * @internal
 */
final class HeaderFinder
{
    public function __construct(private readonly Library $library)
    {
    }

    /**
     * @param iterable<array-key, mixed> $headers
     *
     * @throws HookrailException when one is missing or repeated
     */
    public function find(iterable $headers): SignatureHeaders
    {
        [$names, $values] = self::flatten($headers);
        $ffi = $this->library->ffi;
        [$nameBytes, $namePointers, $nameLengths] = $this->marshal($names);
        [$valueBytes, $valuePointers, $valueLengths] = $this->marshal($values);
        $signature = $ffi->new('char *');
        $signatureLength = $ffi->new('size_t');
        $deliveryId = $ffi->new('char *');
        $deliveryIdLength = $ffi->new('size_t');
        $this->library->call(
            'hookrail_find_headers',
            $namePointers,
            $nameLengths,
            $valuePointers,
            $valueLengths,
            count($names),
            FFI::addr($signature),
            FFI::addr($signatureLength),
            FFI::addr($deliveryId),
            FFI::addr($deliveryIdLength),
        );

        return new SignatureHeaders(
            FFI::string($signature, $signatureLength->cdata),
            FFI::string($deliveryId, $deliveryIdLength->cdata),
        );
    }

    /**
     * $_SERVER and the like hold more than header fields; what is no text is none.
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
            foreach (is_array($field) ? $field : [$field] as $value) {
                if (is_string($value)) {
                    $names[] = (string) $name;
                    $values[] = $value;
                }
            }
        }

        return [$names, $values];
    }

    /**
     * Copies texts to where the library can read a list of them.
     *
     * @param list<string> $texts
     *
     * @return array{CData, CData, CData} the bytes, which have to outlive the pointers, then pointers and
     *                                    lengths
     */
    private function marshal(array $texts): array
    {
        $ffi = $this->library->ffi;
        $all = implode('', $texts);
        // C knows no array without an element.
        $count = max(1, count($texts));
        $bytes = $ffi->new(sprintf('char[%d]', max(1, strlen($all))));
        FFI::memcpy($bytes, $all, strlen($all));
        $pointers = $ffi->new("const char *[$count]");
        $lengths = $ffi->new("size_t[$count]");
        $next = $ffi->cast('char *', $bytes);
        foreach ($texts as $index => $text) {
            $pointers[$index] = $next;
            $lengths[$index] = strlen($text);
            $next += strlen($text);
        }

        return [$bytes, $pointers, $lengths];
    }
}
