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
        return \function_exists('pcntl_async_signals') && \pcntl_async_signals();
    }

    /**
     * Runs the handlers of the signals that came after pcntl_async_signals(false), and from now on at any time
     * again. What they throw comes out of this.
     */
    public static function resume(): void
    {
        \pcntl_async_signals(true);
        \pcntl_signal_dispatch();
    }
}
