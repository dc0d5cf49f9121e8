<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use Hookrail\AttemptRecord;
use TypeError;

/**
 * Reads the attempts of a call from its result. The rules of Gate hold here.
 *
 * @internal
 */
final class AttemptReader
{
    private const TYPES = ['accepted', 'error', 'event_status'];
    private const SECOND = 1e6;

    private function __construct()
    {
    }

    /**
     * @param string     $type   accepted, error or event_status
     * @param Handle|int $result the handle, or the number that the library keeps it under
     *
     * @return list<AttemptRecord> the oldest first
     *
     * @throws TypeError when handles of this type have no attempts
     */
    public static function read(string $type, Handle|int $result): array
    {
        if (!\in_array($type, self::TYPES, true)) {
            throw new TypeError("a handle of the type $type has no attempts");
        }
        $unrestricted = Gate::unrestricted();
        $ffi = $unrestricted ?? FFI::scope(Gate::SCOPE);
        $held = Interruptions::possible($unrestricted === null);
        $read = [];
        try {
            if ($held !== 0) {
                Interruptions::hold($held);
            }
            if ($unrestricted !== null && $result instanceof Handle) {
                $pointer = $result->place->pointer;
            } else {
                $number = $result instanceof Handle ? $result->place->number : $result;
                $pointer = $ffi->hookrail_pointer_get(Signatures::HANDLES[$type], $number);
            }
            $count = match ($type) {
                'accepted' => $ffi->hookrail_accepted_attempt_record_count($pointer),
                'error' => $ffi->hookrail_error_attempt_record_count($pointer),
                'event_status' => $ffi->hookrail_event_status_attempt_record_count($pointer),
            };
            if ($count !== 0) {
                $record = $ffi->new('hookrail_attempt_record');
                $out = FFI::addr($record);
                $size = FFI::sizeof($record);
            }
            for ($index = 0; $index < $count; $index++) {
                match ($type) {
                    'accepted' => $ffi->hookrail_accepted_attempt_record($pointer, $index, $out, $size),
                    'error' => $ffi->hookrail_error_attempt_record($pointer, $index, $out, $size),
                    'event_status' => $ffi->hookrail_event_status_attempt_record($pointer, $index, $out, $size),
                };
                $read[] = [
                    $record->number,
                    (string) $ffi->hookrail_status_name($record->status),
                    $record->http_status === 0 ? null : $record->http_status,
                    $record->new_connection !== 0,
                    $record->started_unix_us / self::SECOND,
                    $record->started_us / self::SECOND,
                    $record->duration_us / self::SECOND,
                    $record->lookup_us / self::SECOND,
                    $record->connect_us / self::SECOND,
                    $record->tls_us / self::SECOND,
                    $record->waiting_us / self::SECOND,
                    $record->bytes_sent,
                    $record->bytes_received,
                    $record->message === '' ? null : $record->message,
                    $record->request_id === '' ? null : $record->request_id,
                ];
            }
        } finally {
            if ($held !== 0) {
                Interruptions::resume($held);
            }
        }

        return \array_map(static fn (array $members) => new AttemptRecord(...$members), $read);
    }
}
