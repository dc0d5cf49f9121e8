<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\LibraryException;

/**
 * The loaded native library.
 *
 * @internal
 */
final class Library
{
    /** The ABI that resources/hookrail.h describes. */
    public const ABI_VERSION = 0;

    /** The first size of a buffer, enough for most texts. */
    private const ROOM = 512;

    /** Added to the size that is needed, because a text may grow between two calls. */
    private const ROOM_TO_GROW = 256;

    private static ?self $instance = null;

    private function __construct(public readonly string $path)
    {
    }

    /**
     * Returns the library, and loads it at the first use.
     *
     * @throws LibraryException when it cannot be loaded
     */
    public static function get(): self
    {
        return self::$instance ??= self::load();
    }

    public function version(): string
    {
        return $this->value('hookrail_version');
    }

    /**
     * Calls a function that returns a status.
     *
     * @return list<int> its outputs
     *
     * @throws HookrailException the function's error
     */
    public function call(string $function, #[\SensitiveParameter] mixed ...$arguments): array
    {
        return $this->callExpecting([], $function, ...$arguments)[1];
    }

    /**
     * Like call(), but returns the status if it is one of those expected.
     *
     * @param list<int> $expected
     *
     * @return array{int, list<int>} the status and the outputs
     *
     * @throws HookrailException the function's error
     */
    public function callExpecting(array $expected, string $function, #[\SensitiveParameter] mixed ...$arguments): array
    {
        [$status, $outputs, $errors] = Gate::call($function, $arguments);
        if ($status !== Status::OK && !\in_array($status, $expected, true)) {
            throw ErrorReader::exception($status, $errors);
        }

        return [$status, $outputs];
    }

    /**
     * Calls a function that returns a status and makes a handle.
     *
     * @param string $type the handle's type, for example client
     *
     * @throws HookrailException the function's error
     */
    public function obtain(string $type, string $function, #[\SensitiveParameter] mixed ...$arguments): Handle
    {
        // The owner exists before the handle: a signal handler may throw as soon as the function returns.
        $handle = new Handle($type);
        [$status, , $errors] = Gate::call($function, $arguments, $handle);
        if ($status !== Status::OK) {
            throw ErrorReader::exception($status, $errors);
        }

        return $handle;
    }

    /** Makes options. */
    public function make(string $type): Handle
    {
        $handle = new Handle($type);
        Gate::call("hookrail_{$type}_new", [], $handle);

        return $handle;
    }

    /** Calls a function that returns a value instead of a status. */
    public function value(string $function, mixed ...$arguments): mixed
    {
        return Gate::call($function, $arguments)[0];
    }

    /**
     * Calls a function that writes a text.
     *
     * @throws HookrailException the function's error
     */
    public function text(string $function, #[\SensitiveParameter] mixed ...$arguments): string
    {
        $room = self::ROOM;
        do {
            [$status, , $errors, $text] = Gate::call($function, $arguments, null, $room);
            if ($status === Status::BUFFER_TOO_SMALL) {
                $room = $text + self::ROOM_TO_GROW;
            } elseif ($status !== Status::OK) {
                throw ErrorReader::exception($status, $errors);
            }
        } while ($status !== Status::OK);

        return $text;
    }

    private static function load(): self
    {
        if (!\extension_loaded('ffi')) {
            throw LibraryException::withoutFfi();
        }
        if (Restriction::isTotal()) {
            throw LibraryException::ffiSwitchedOff();
        }
        if (!Restriction::isWeb()) {
            return new self(Loader::load());
        }
        $abi = Gate::preloadedAbi();
        if ($abi === self::ABI_VERSION) {
            return new self('the one that ffi.preload loaded');
        }
        if ($abi !== null) {
            throw LibraryException::preloadedAnother($abi, self::ABI_VERSION);
        }
        if (Restriction::holds()) {
            throw LibraryException::notPreloaded();
        }

        return new self(Loader::load());
    }
}
