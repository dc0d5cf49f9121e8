<?php

declare(strict_types=1);

namespace Hookrail\Native;

/**
 * Code of the script that PHP runs by itself between two instructions: handlers of signals, and destructors that the
 * garbage collector calls.
 *
 *     $held = Interruptions::possible(true);
 *     try {
 *         if ($held !== 0) {
 *             Interruptions::hold($held);
 *         }
 *         ...
 *     } finally {
 *         if ($held !== 0) {
 *             Interruptions::resume($held);
 *         }
 *     }
 *
 * hold() belongs inside of `try`: if a signal came just before it, PHP may still run the handler at its end. The test
 * for 0 saves calls, which most uses do not need.
 *
 * @internal
 */
final class Interruptions
{
    private const SIGNALS = 1;
    private const COLLECTOR = 2;

    private function __construct()
    {
    }

    /** Returns the interruptions that may come now, for hold() and resume(). */
    public static function possible(bool $byCollector): int
    {
        $signals = \function_exists('pcntl_async_signals') && \pcntl_async_signals();

        return ($signals ? self::SIGNALS : 0) | ($byCollector && \gc_enabled() ? self::COLLECTOR : 0);
    }

    /** Returns whether the program lets PHP run its signal handlers at any time: pcntl_async_signals(true). */
    public static function areSignalsAsync(): bool
    {
        return self::possible(false) !== 0;
    }

    public static function hold(int $held): void
    {
        if (($held & self::SIGNALS) !== 0) {
            \pcntl_async_signals(false);
        }
        if (($held & self::COLLECTOR) !== 0) {
            \gc_disable();
        }
    }

    /**
     * Allows them again, and runs the handlers of the signals that have come since hold(). Their exceptions leave
     * this method.
     */
    public static function resume(int $held): void
    {
        if (($held & self::COLLECTOR) !== 0) {
            \gc_enable();
        }
        if (($held & self::SIGNALS) !== 0) {
            \pcntl_async_signals(true);
            \pcntl_signal_dispatch();
        }
    }
}
