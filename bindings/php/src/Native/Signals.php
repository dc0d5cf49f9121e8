<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * The program's handlers of signals.
 *
 * PHP runs them between two of its instructions, if the program wants that: pcntl_async_signals(). Then
 * what they throw may come anywhere.
 *
 * @internal
 */
final class Signals
{
    public static function areAsync(): bool
    {
        return function_exists('pcntl_async_signals') && pcntl_async_signals();
    }

    /**
     * Does what must not be left halfway, and lets the handlers of signals run afterwards only.
     *
     * What a handler throws then comes in place of a result: the work leaves its results elsewhere.
     *
     * @param callable(): void $work
     */
    public static function hold(callable $work): void
    {
        if (!self::areAsync()) {
            $work();

            return;
        }
        try {
            pcntl_async_signals(false);
            $work();
        } finally {
            pcntl_async_signals(true);
            pcntl_signal_dispatch();
        }
    }
}
