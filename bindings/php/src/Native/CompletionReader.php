<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use ValueError;

/**
 * Takes completions from the library. The rules of Gate hold here.
 *
 * @internal
 */
final class CompletionReader
{
    /** The most completions that are taken at once. */
    public const MOST_COMPLETIONS = 10_000;

    private function __construct()
    {
    }

    /**
     * Takes completions, waiting for the first of them.
     *
     * @param int $max  1 to 10000
     * @param int $wait in milliseconds
     *
     * @return array{int, list<array<string, mixed>>, list<array<string, mixed>>} the status; the members of the
     *         completions; the error and its causes
     *
     * @throws ValueError when $max is out of range
     */
    public static function poll(Handle $client, int $max, int $wait): array
    {
        Gate::checkLength($max, self::MOST_COMPLETIONS, 'max');
        $unrestricted = Gate::unrestricted();
        $ffi = $unrestricted ?? FFI::scope(Gate::SCOPE);
        $held = Interruptions::possible($unrestricted === null);
        try {
            if ($held !== 0) {
                Interruptions::hold($held);
            }
            $completions = $ffi->new("hookrail_completion[$max]");
            $count = $ffi->new('size_t');
            $error = $ffi->new('hookrail_error *');
            $status = $ffi->hookrail_poll(
                $unrestricted !== null
                    ? $client->place->pointer
                    : $ffi->hookrail_pointer_get(Signatures::HANDLES['client'], $client->place->number),
                FFI::addr($completions[0]),
                FFI::sizeof($completions[0]),
                \intdiv(FFI::sizeof($completions), FFI::sizeof($completions[0])),
                $wait,
                FFI::addr($count),
                FFI::addr($error),
            );
            $taken = [];
            for ($index = 0; $status === Status::OK && $index < $count->cdata; $index++) {
                $completion = $completions[$index];
                $accepted = null;
                if ($completion->accepted !== null) {
                    $accepted = new Handle('accepted');
                    if ($unrestricted !== null) {
                        $accepted->place->pointer = $completion->accepted;
                    } else {
                        $accepted->place->number
                            = $ffi->hookrail_pointer_keep(Signatures::HANDLES['accepted'], $completion->accepted);
                    }
                }
                $taken[] = [
                    'tag' => $completion->tag,
                    'token' => $completion->token,
                    'status' => $completion->status,
                    'outcome' => $completion->outcome,
                    'attempts' => $completion->attempts,
                    'queued_us' => $completion->queued_us,
                    'total_us' => $completion->total_us,
                    // These belong to the error, which is freed below.
                    'topic' => $completion->topic,
                    'idempotency_key' => $completion->idempotency_key,
                    'ordering_key' => $completion->ordering_key,
                    'accepted' => $accepted,
                    'error' => $completion->error === null
                        ? null
                        : ErrorReader::take(
                            $ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $completion->error),
                        ),
                ];
            }
            $failure = FFI::isNull($error)
                ? []
                : ErrorReader::take($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));

            return [$status, $taken, $failure];
        } finally {
            if ($held !== 0) {
                Interruptions::resume($held);
            }
        }
    }
}
