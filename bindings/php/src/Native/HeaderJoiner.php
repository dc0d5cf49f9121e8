<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use TypeError;
use ValueError;

/**
 * Passes header fields to the library. The rules of Gate hold here.
 *
 * @internal
 */
final class HeaderJoiner
{
    /** HOOKRAIL_SIGNATURE_SIZE: the library accepts no longer signatures. */
    private const SIGNATURE_SIZE = 4_097;

    /** The most header fields, and the most bytes of their names or of their values: more than servers accept. */
    private const MOST_FIELDS = 100_000;
    private const MOST_BYTES_OF_FIELDS = 1 << 24;

    private function __construct()
    {
    }

    /**
     * Finds the two header fields that a verification needs, and joins the values of the signature.
     *
     * @param list<string> $names
     * @param list<string> $values
     *
     * @return array{int, string, string, list<array<string, mixed>>} the status; the signature; the delivery id; the
     *         error and its causes
     *
     * @throws TypeError  when one is not a string
     * @throws ValueError when there are more than any server accepts
     */
    public static function join(array $names, array $values): array
    {
        $ffi = Gate::unrestricted() ?? FFI::scope(Gate::SCOPE);
        $count = \min(\count($names), \count($values));
        // C has no arrays without elements.
        $room = \max(1, $count);
        Gate::checkLength($room, self::MOST_FIELDS, 'the number of header fields');
        $lists = [];
        foreach ([$names, $values] as $given) {
            $texts = [];
            foreach ($given as $text) {
                // Copies the text, so that nothing changes it between here and its use.
                $texts[] = \is_string($text) ? $text : throw new TypeError('header fields must be strings');
            }
            $all = \implode('', $texts);
            Gate::checkLength(\strlen($all) + 1, self::MOST_BYTES_OF_FIELDS, 'the size of the header fields');
            // One byte more, so that an empty text at the end has an address, too.
            $bytes = $ffi->new(\sprintf('char[%d]', \strlen($all) + 1));
            FFI::memcpy($bytes, $all, \min(\strlen($all), FFI::sizeof($bytes)));
            $pointers = $ffi->new("const char *[$room]");
            $lengths = $ffi->new("size_t[$room]");
            $offset = 0;
            for ($index = 0; $index < $count; $index++) {
                $pointers[$index] = FFI::addr($bytes[$offset]);
                $lengths[$index] = \strlen($texts[$index]);
                $offset += \strlen($texts[$index]);
            }
            // Keeps the bytes as long as their pointers.
            $lists[] = [$pointers, $lengths, $bytes];
        }
        $signature = $ffi->new('char[' . self::SIGNATURE_SIZE . ']');
        $needed = $ffi->new('size_t');
        $deliveryId = $ffi->new('char *');
        $deliveryIdLength = $ffi->new('size_t');
        $error = $ffi->new('hookrail_error *');
        $status = $ffi->hookrail_join_headers(
            $lists[0][0],
            $lists[0][1],
            $lists[1][0],
            $lists[1][1],
            $count,
            $signature,
            FFI::sizeof($signature),
            FFI::addr($needed),
            FFI::addr($deliveryId),
            FFI::addr($deliveryIdLength),
            FFI::addr($error),
        );
        if ($status !== Status::OK) {
            $failure = FFI::isNull($error)
                ? []
                : ErrorReader::take($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));

            return [$status, '', '', $failure];
        }

        return [
            $status,
            FFI::string($signature, \max(0, \min($needed->cdata - 1, FFI::sizeof($signature)))),
            FFI::string($deliveryId, $deliveryIdLength->cdata),
            [],
        ];
    }
}
