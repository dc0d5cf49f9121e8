<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use TypeError;
use ValueError;

/**
 * The only place that calls the library.
 *
 * Under ffi.enable=preload the script that calls the package may be an attacker's, whom PHP does not let have FFI.
 * By reflection it calls every method here with arguments of its choice, reads and writes every property, and
 * reads the arguments of every call under way. So:
 *
 * - FFI objects, pointers and C data exist in local variables only. What outlives a call are numbers, of which
 *   the library has the pointers: hookrail_pointer_keep(). Properties hold them where scripts may use FFI anyway.
 * - Functions of C and their types come from constants, and each argument is checked by them.
 * - No path is taken from anywhere, and nothing that a script hands in is called.
 * - The length of what is made for C is checked before: PHP keeps an array's in 32 bits, so char[4294967297] has one
 *   byte. C is told the size that PHP has made, and no more than that is read: what FFI refuses, it refuses with an
 *   exception whose trace may have the C data.
 * - From a pointer's look-up to its last use no code of the script runs, which could free what it points to: there is
 *   no garbage collection, which calls destructors, and no handler of a signal.
 * - Functions of PHP are called by their full names: a script may define others in this namespace.
 *
 * @internal
 */
final class Gate
{
    /** The name that the header for ffi.preload gives to the library. */
    public const SCOPE = 'hookrail';

    /** HOOKRAIL_SIGNATURE_SIZE: the library takes no longer signatures. */
    private const SIGNATURE_SIZE = 4_097;

    /** The largest buffer for a text, in bytes. */
    private const MOST_ROOM = 1 << 20;

    /** The most completions that are taken at once. */
    public const MOST_COMPLETIONS = 10_000;

    /** The most header fields, and the most bytes of their names or of their values: more than servers take. */
    private const MOST_FIELDS = 100_000;
    private const MOST_BYTES_OF_FIELDS = 1 << 24;

    /** Where PHP lets every script use FFI; null where it does not. */
    private static ?FFI $unrestricted = null;

    /** @var array<string, FFI\CType> by their names; empty where FFI is kept from scripts */
    private static array $types = [];

    private function __construct()
    {
    }

    /** Takes the library that a script which may use FFI has loaded. */
    public static function open(FFI $ffi): void
    {
        self::$unrestricted = $ffi;
    }

    /** The library itself, where there is nothing to protect from scripts; else null. */
    public static function unrestricted(): ?FFI
    {
        return self::$unrestricted;
    }

    /** The ABI version of the library that ffi.preload has loaded; null when it has loaded none. */
    public static function preloadedAbi(): ?int
    {
        try {
            return FFI::scope(self::SCOPE)->hookrail_abi_version();
        } catch (FFI\Exception) {
            return null;
        }
    }

    /**
     * Calls a function of Signatures::FUNCTIONS.
     *
     * @param list<mixed> $arguments as the signature says: strings, integers, booleans and handles, or null
     * @param Handle|null $into      takes charge of the handle that the function makes
     * @param int         $room      the size of the buffer for a text, 1 to 1048576
     *
     * @return array{mixed, list<int>, list<array<string, mixed>>, string|int|null} what it returned; its outputs;
     *         its error and what caused it, for ErrorReader; its text, or the size it needs
     *
     * @throws TypeError  when there is no such function, or it takes other arguments
     * @throws ValueError when the room is none of these
     */
    public static function call(
        string $function,
        #[\SensitiveParameter] array $arguments,
        ?Handle $into = null,
        int $room = 1,
    ): array {
        $signature = Signatures::FUNCTIONS[$function] ?? throw new TypeError("there is no function $function()");
        self::check($room, self::MOST_ROOM, 'room');
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $collects = self::$unrestricted === null && \gc_enabled();
        // A handler of signals that throws must not come between a handle or an error and who takes it.
        $async = Signals::areAsync();
        try {
            if ($async) {
                \pcntl_async_signals(false);
            }
            if ($collects) {
                \gc_disable();
            }
            $native = [];
            $outputs = [];
            $made = $error = $buffer = $needed = null;
            $kind = $next = 0;
            for ($i = 1; isset($signature[$i]); $i++) {
                $type = $signature[$i];
                if ($type[0] !== '>') {
                    $argument = $arguments[$next++] ?? null;
                    if ($type === 'bytes' && ($argument === null || \is_string($argument))) {
                        $native[] = $argument;
                        $native[] = $argument === null ? 0 : \strlen($argument);
                    } elseif (($type === 'int' && \is_int($argument)) || ($type === 'bool' && \is_bool($argument))) {
                        $native[] = $argument;
                    } elseif (
                        isset(Signatures::HANDLES[$type]) && ($argument === null || $argument instanceof Handle)
                    ) {
                        $native[] = $argument === null || self::$unrestricted !== null
                            ? $argument?->place->pointer
                            : $ffi->hookrail_pointer_get(Signatures::HANDLES[$type], $argument->place->number);
                    } else {
                        $shown = \get_debug_type($argument);
                        throw new TypeError("argument $next of $function() must be $type, not $shown");
                    }
                } elseif ($type === '>text') {
                    $native[] = $buffer = $ffi->new("char[$room]");
                    $native[] = FFI::sizeof($buffer);
                    $native[] = FFI::addr($needed = $ffi->new('size_t'));
                } else {
                    $name = Signatures::OUTPUTS[$type];
                    // To read a type's name takes time; but where a script could change the types kept, it must be
                    // done.
                    $output = $ffi->new(
                        self::$unrestricted === null ? $name : (self::$types[$name] ??= $ffi->type($name)),
                    );
                    $native[] = FFI::addr($output);
                    if ($type === '>error') {
                        $error = $output;
                    } elseif (isset(Signatures::MADE[$type])) {
                        $made = $output;
                        $kind = Signatures::MADE[$type];
                    } else {
                        $outputs[] = $output;
                    }
                }
            }
            $returns = $signature[0];
            if ($returns === 'bytes') {
                // PHP makes a string of a returned `const char *` up to the first NUL: it has to have another type.
                $borrow = $ffi->cast("const void *(*)(const hookrail_$signature[1] *)", $ffi->{$function});
            }
            $returned = isset($borrow) ? $borrow($native[0]) : $ffi->{$function}(...$native);
            if (isset($borrow) && $returned !== null) {
                $returned = FFI::string($returned, $ffi->{$function . '_len'}($native[0]));
            } elseif (isset(Signatures::HANDLES[$returns])) {
                $made = $returned;
                $kind = Signatures::HANDLES[$returns];
                $returned = null;
            }
            if ($into !== null && $made !== null && !FFI::isNull($made)) {
                if (self::$unrestricted !== null) {
                    $into->place->pointer = $made;
                } else {
                    $into->place->number = $ffi->hookrail_pointer_keep($kind, $made);
                }
            }
            if (!\is_scalar($returned)) {
                // For void, PHP 8.2 returns C data, too.
                $returned = null;
            }
            $failure = $error === null || FFI::isNull($error)
                ? []
                : self::takeError($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));
            $text = null;
            if ($needed !== null) {
                $text = $returned === Status::OK
                    ? FFI::string($buffer, \max(0, \min($needed->cdata - 1, FFI::sizeof($buffer))))
                    : $needed->cdata;
            }
            foreach ($outputs as $index => $output) {
                $outputs[$index] = $output->cdata;
            }

            return [$returned, $outputs, $failure, $text];
        } finally {
            if ($collects) {
                \gc_enable();
            }
            if ($async) {
                Signals::resume();
            }
        }
    }

    /**
     * Reads an acceptance, as call() would, with one look at its handle.
     *
     * @return array{string, list<string>, bool, string, int, string} as Accepted takes it
     */
    public static function accepted(Handle $handle): array
    {
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $collects = self::$unrestricted === null && \gc_enabled();
        $async = Signals::areAsync();
        try {
            if ($async) {
                \pcntl_async_signals(false);
            }
            if ($collects) {
                \gc_disable();
            }
            $accepted = self::$unrestricted !== null
                ? $handle->place->pointer
                : $ffi->hookrail_pointer_get(Signatures::HANDLES['accepted'], $handle->place->number);
            $deliveryIds = [];
            $count = $ffi->hookrail_accepted_delivery_count($accepted);
            for ($index = 0; $index < $count; $index++) {
                $deliveryIds[] = (string) $ffi->hookrail_accepted_delivery_id($accepted, $index);
            }

            return [
                (string) $ffi->hookrail_accepted_event_id($accepted),
                $deliveryIds,
                $ffi->hookrail_accepted_replayed($accepted),
                (string) $ffi->hookrail_accepted_idempotency_key($accepted),
                $ffi->hookrail_accepted_attempts($accepted),
                (string) $ffi->hookrail_accepted_json($accepted),
            ];
        } finally {
            if ($collects) {
                \gc_enable();
            }
            if ($async) {
                Signals::resume();
            }
        }
    }

    /** Frees what a handle stands for, once. */
    public static function free(string $type, Place $place): void
    {
        $kind = Signatures::HANDLES[$type] ?? throw new TypeError("there are no handles of the type $type");
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $pointer = self::$unrestricted !== null
            ? $place->pointer
            : $ffi->hookrail_pointer_take($kind, $place->number);
        // In a cycle of garbage, something may still use it: the library refuses NULL.
        $place->pointer = null;
        $place->number = 0;
        if ($pointer !== null) {
            $ffi->{"hookrail_{$type}_free"}($pointer);
        }
    }

    /**
     * Finds the two header fields that verifying takes, the signature's values joined.
     *
     * @param list<string> $names
     * @param list<string> $values
     *
     * @return array{int, string, string, list<array<string, mixed>>} the status, the signature, the delivery id;
     *         the error
     *
     * @throws TypeError  when one is no text
     * @throws ValueError when they are more than any server takes
     */
    public static function findHeaders(array $names, array $values): array
    {
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $count = \min(\count($names), \count($values));
        // C knows no array without an element.
        $room = \max(1, $count);
        self::check($room, self::MOST_FIELDS, 'the number of header fields');
        $lists = [];
        foreach ([$names, $values] as $given) {
            $texts = [];
            foreach ($given as $text) {
                // A copy, which nothing changes while this measures it.
                $texts[] = \is_string($text) ? $text : throw new TypeError('header fields must be strings');
            }
            $all = \implode('', $texts);
            self::check(\strlen($all) + 1, self::MOST_BYTES_OF_FIELDS, 'the size of the header fields');
            // One more: an empty text at the end has a place, too.
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
            // The bytes have to outlive their pointers.
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
                : self::takeError($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));

            return [$status, '', '', $failure];
        }

        return [
            $status,
            FFI::string($signature, \max(0, \min($needed->cdata - 1, FFI::sizeof($signature)))),
            FFI::string($deliveryId, $deliveryIdLength->cdata),
            [],
        ];
    }

    /**
     * Takes completions.
     *
     * @param int $max  1 to 10000
     * @param int $wait in milliseconds
     *
     * @return array{int, list<array<string, mixed>>, list<array<string, mixed>>} the status; the completions' members;
     *         the error
     *
     * @throws ValueError when $max is none of these
     */
    public static function poll(Handle $client, int $max, int $wait): array
    {
        self::check($max, self::MOST_COMPLETIONS, 'max');
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $collects = self::$unrestricted === null && \gc_enabled();
        $async = Signals::areAsync();
        try {
            if ($async) {
                \pcntl_async_signals(false);
            }
            if ($collects) {
                \gc_disable();
            }
            $completions = $ffi->new("hookrail_completion[$max]");
            $count = $ffi->new('size_t');
            $error = $ffi->new('hookrail_error *');
            $status = $ffi->hookrail_poll(
                self::$unrestricted !== null
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
                    if (self::$unrestricted !== null) {
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
                    'accepted' => $accepted,
                    'error' => $completion->error === null
                        ? null
                        : self::takeError(
                            $ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $completion->error),
                        ),
                ];
            }
            $failure = FFI::isNull($error)
                ? []
                : self::takeError($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));

            return [$status, $taken, $failure];
        } finally {
            if ($collects) {
                \gc_enable();
            }
            if ($async) {
                Signals::resume();
            }
        }
    }

    /**
     * Reads an error and what caused it, and frees it.
     *
     * @return list<array<string, mixed>> the error first
     */
    public static function takeError(int $number): array
    {
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $first = $ffi->hookrail_pointer_take(Signatures::HANDLES['error'], $number);
        if ($first === null) {
            return [];
        }
        $text = $ffi->cast('const void *(*)(const hookrail_error *)', $ffi->hookrail_error_message);
        $body = $ffi->cast('const void *(*)(const hookrail_error *)', $ffi->hookrail_error_body);
        $read = [];
        for ($error = $first; $error !== null; $error = $ffi->hookrail_error_cause($error)) {
            $status = $ffi->hookrail_error_status($error);
            $message = $text($error);
            $answer = $body($error);
            $read[] = [
                'status' => $status,
                'name' => $ffi->hookrail_status_name($status),
                'message' => $message === null
                    ? ''
                    : FFI::string($message, $ffi->hookrail_error_message_len($error)),
                'retryable' => $ffi->hookrail_error_retryable($error),
                'outcome' => $ffi->hookrail_error_outcome($error),
                'idempotency_key' => $ffi->hookrail_error_idempotency_key($error),
                'attempts' => $ffi->hookrail_error_attempts($error),
                'http_status' => $ffi->hookrail_error_http_status($error),
                'retry_after_ms' => $ffi->hookrail_error_retry_after_ms($error),
                'body' => $answer === null ? null : FFI::string($answer, $ffi->hookrail_error_body_len($error)),
                'type' => $ffi->hookrail_error_problem_type($error),
                'title' => $ffi->hookrail_error_problem_title($error),
                'detail' => $ffi->hookrail_error_problem_detail($error),
            ];
        }
        $ffi->hookrail_error_free($first);

        return $read;
    }

    /** @throws ValueError when a length is not 1 to $most */
    private static function check(int $length, int $most, string $name): void
    {
        if ($length < 1 || $length > $most) {
            throw new ValueError("$name must be 1 to $most, not $length");
        }
    }
}
