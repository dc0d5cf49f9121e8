<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use TypeError;
use ValueError;

/**
 * Calls the library's functions by their signatures.
 *
 * Under ffi.enable=preload the script that calls the package may be an attacker's, and PHP keeps FFI from it. By
 * reflection the script calls every method of the package with arguments of its choice, reads and writes every
 * property, and reads the arguments of every running call. So these rules hold for Gate and for the other classes that
 * call the library there, which are AttemptReader, CompletionReader, ErrorReader, HeaderJoiner and ResultReader:
 *
 * - FFI objects, pointers and C data exist in local variables only: neither in parameters nor in return values. Only
 *   numbers outlive a call, and the library keeps the pointers for them: hookrail_pointer_keep(). Properties hold
 *   pointers only where scripts may use FFI anyway.
 * - Functions of C and their types come from constants, and each argument is checked against them.
 * - No path is taken from the script, and nothing that a script passes is called.
 * - Lengths of C data are checked before it is made: PHP keeps the length of an array in 32 bits, so char[4294967297]
 *   has one byte. C is told the size that PHP has made, and no more than that is read: if FFI refuses something, the
 *   trace of its exception may contain the C data.
 * - From the look-up of a pointer to its last use no code of the script runs, because it could free the pointer's
 *   target: Interruptions holds off the garbage collector, which calls destructors, and signal handlers.
 * - Functions of PHP are called by their full names: a script may define others in this namespace.
 *
 * @internal
 */
final class Gate
{
    /** The library's name in the header for ffi.preload. */
    public const SCOPE = 'hookrail';

    /** The largest buffer for a text, in bytes. */
    private const MOST_ROOM = 1 << 20;

    /** The library, if PHP lets every script use FFI; else null. */
    private static ?FFI $unrestricted = null;

    /** @var array<string, FFI\CType> by name; empty where FFI is kept from scripts */
    private static array $types = [];

    private function __construct()
    {
    }

    /** Sets the library, after a script that may use FFI has loaded it. */
    public static function open(FFI $ffi): void
    {
        self::$unrestricted = $ffi;
    }

    /** Returns the library itself if scripts may use FFI anyway; else null. */
    public static function unrestricted(): ?FFI
    {
        return self::$unrestricted;
    }

    /** Returns the ABI version of the library that ffi.preload has loaded; null if it has loaded none. */
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
     * @param Handle|null $into      becomes the owner of the handle that the function makes
     * @param int         $room      the size of the buffer for a text, 1 to 1048576
     *
     * @return array{mixed, list<int>, list<array<string, mixed>>, string|int|null} the returned value; the outputs; the
     *         error and its causes, for ErrorReader; the text, or the size that it needs
     *
     * @throws TypeError  when there is no such function, or it takes other arguments
     * @throws ValueError when the room is out of range
     */
    public static function call(
        string $function,
        #[\SensitiveParameter] array $arguments,
        ?Handle $into = null,
        int $room = 1,
    ): array {
        $signature = Signatures::FUNCTIONS[$function] ?? throw new TypeError("there is no function $function()");
        self::checkLength($room, self::MOST_ROOM, 'room');
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        // An exception from a signal handler must not come between a handle or an error and its owner, either.
        $held = Interruptions::possible(self::$unrestricted === null);
        try {
            if ($held !== 0) {
                Interruptions::hold($held);
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
                    // Parsing the name of a type takes time. A restricted script could change a cache of types.
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
                // PHP converts a returned `const char *` to a string up to the first NUL, so another type is needed.
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
                : ErrorReader::take($ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $error));
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
            if ($held !== 0) {
                Interruptions::resume($held);
            }
        }
    }

    /** Frees the handle in a place, once. */
    public static function free(string $type, Place $place): void
    {
        $kind = Signatures::HANDLES[$type] ?? throw new TypeError("there are no handles of the type $type");
        $ffi = self::$unrestricted ?? FFI::scope(self::SCOPE);
        $pointer = self::$unrestricted !== null
            ? $place->pointer
            : $ffi->hookrail_pointer_take($kind, $place->number);
        // In a cycle of garbage, another object may still use the place: the library refuses NULL.
        $place->pointer = null;
        $place->number = 0;
        if ($pointer !== null) {
            $ffi->{"hookrail_{$type}_free"}($pointer);
        }
    }

    /** @throws ValueError when a length is not 1 to $most */
    public static function checkLength(int $length, int $most, string $name): void
    {
        if ($length < 1 || $length > $most) {
            throw new ValueError("$name must be 1 to $most, not $length");
        }
    }
}
