<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use FFI\CType;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\LibraryException;

/**
 * The loaded native library.
 *
 * This namespace is the only place that touches FFI: under ffi.enable=preload PHP permits that to
 * preloaded files alone.
 *
 * @internal
 */
final class Library
{
    /** The ABI that resources/hookrail.h describes. */
    public const ABI_VERSION = 0;

    /** For texts that may get longer between two calls. */
    private const ROOM_TO_GROW = 256;

    private static ?self $instance = null;

    private readonly CType $errorType;

    /** @var array<string, CType> pointers by the type of their handle: FFI parses a name each time */
    private array $handleTypes = [];

    private function __construct(
        public readonly FFI $ffi,
        public readonly string $path,
    ) {
        $this->errorType = $ffi->type('hookrail_error *');
    }

    /**
     * The library, loaded at the first use.
     *
     * @throws LibraryException when it cannot be loaded
     */
    public static function get(): self
    {
        return self::$instance ??= self::load();
    }

    public function version(): string
    {
        return $this->ffi->hookrail_version();
    }

    /**
     * Calls a function that returns a status and takes an error last.
     *
     * @throws HookrailException what the function's error says
     */
    public function call(string $function, #[\SensitiveParameter] mixed ...$arguments): void
    {
        $error = $this->ffi->new($this->errorType);
        $arguments[] = FFI::addr($error);
        $status = $this->ffi->{$function}(...$arguments);
        if ($status !== Status::OK) {
            throw (new ErrorReader($this->ffi))->takeException($status, $error);
        }
    }

    /**
     * As call(), and hands back the status where it is one of those expected.
     *
     * @param list<int> $expected
     *
     * @throws HookrailException what the function's error says
     */
    public function callExpecting(array $expected, string $function, #[\SensitiveParameter] mixed ...$arguments): int
    {
        $error = $this->ffi->new($this->errorType);
        $arguments[] = FFI::addr($error);
        $status = $this->ffi->{$function}(...$arguments);
        if ($status === Status::OK) {
            return $status;
        }
        if (in_array($status, $expected, true)) {
            $this->ffi->hookrail_error_free($error);

            return $status;
        }

        throw (new ErrorReader($this->ffi))->takeException($status, $error);
    }

    /**
     * Calls a function that, before its error, hands out a handle, and takes charge of the handle.
     *
     * @param string $type the handle's type, for example hookrail_client
     *
     * @throws HookrailException what the function's error says
     */
    public function obtain(string $type, string $function, #[\SensitiveParameter] mixed ...$arguments): Handle
    {
        $out = $this->ffi->new($this->handleTypes[$type] ??= $this->ffi->type($type . ' *'));
        // There before what it frees: a signal handler may throw as soon as the function returns.
        $handle = new Handle($this->ffi, $out, $type . '_free');
        $arguments[] = FFI::addr($out);
        $this->call($function, ...$arguments);

        return $handle;
    }

    /** Takes charge of a handle that a function returned. */
    public function own(string $type, CData $pointer): Handle
    {
        return new Handle($this->ffi, $pointer, $type . '_free');
    }

    /** Room for an output of the C type. */
    public function cell(string $type): CData
    {
        return $this->ffi->new($type);
    }

    /**
     * Reads a text that a function writes into the caller's buffer.
     *
     * @param callable(CData, int, CData): int $write takes the buffer, its size and the place for the size
     *                                                needed; returns OK or BUFFER_TOO_SMALL
     */
    public function text(callable $write): string
    {
        $needed = $this->ffi->new('size_t');
        $size = 512;
        do {
            $buffer = $this->ffi->new("char[$size]");
            $status = $write($buffer, $size, FFI::addr($needed));
            $size = $needed->cdata + self::ROOM_TO_GROW;
        } while ($status !== Status::OK);

        return FFI::string($buffer, $needed->cdata - 1);
    }

    private static function load(): self
    {
        if (!extension_loaded('ffi')) {
            throw LibraryException::withoutFfi();
        }
        $header = file_get_contents(dirname(__DIR__, 2) . '/resources/hookrail.h');
        $attempts = [];
        foreach (Locator::candidates() as $origin => $path) {
            try {
                self::checkAbi($path);

                return new self(FFI::cdef((string) $header, $path), $path);
            } catch (FFI\Exception $reason) {
                $attempts[] = new LoadAttempt($origin, $path, self::reason($path, $reason));
            }
        }

        throw LibraryException::notLoaded($attempts);
    }

    /** The loader's own words where it is the loader that refuses. */
    private static function reason(string $path, FFI\Exception $reason): string
    {
        try {
            return DynamicLoader::complaint($path) ?? $reason->getMessage();
        } catch (FFI\Exception) {
            // Without FFI there is no asking the loader either.
            return $reason->getMessage();
        }
    }

    /**
     * Refuses a library of another ABI before its functions are bound, which would fail with no more
     * than the name of the first one that is missing.
     *
     * @throws FFI\Exception
     */
    private static function checkAbi(string $path): void
    {
        $abi = FFI::cdef('int32_t hookrail_abi_version(void);', $path)->hookrail_abi_version();
        if ($abi !== self::ABI_VERSION) {
            throw new FFI\Exception(sprintf(
                'it has ABI version %d, and this package needs %d: install the library of the same release',
                $abi,
                self::ABI_VERSION,
            ));
        }
    }
}
