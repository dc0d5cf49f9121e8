<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Cancellation;

/** Ends calls when the runner sends SIGUSR1. */
final class Signals
{
    private ?Cancellation $current = null;

    public function __construct()
    {
        pcntl_signal(SIGUSR1, function (): void {
            $this->current?->fire();
        });
    }

    /**
     * Makes a call and cancels it as the request says. Asynchronous signals are on during calls that wait for
     * one: the suite thus runs both of the package's ways to make calls.
     *
     * @template T
     *
     * @param array<string, mixed>       $request
     * @param callable(?Cancellation): T $call
     *
     * @return T
     */
    public function during(array $request, callable $call): mixed
    {
        $kind = $request['cancel'] ?? null;
        if ($kind === null) {
            return $call(null);
        }
        $cancellation = new Cancellation();
        if ($kind === 'before') {
            $cancellation->fire();

            return $call($cancellation);
        }
        // Ignore a signal from before this call.
        pcntl_signal_dispatch();
        $this->current = $cancellation;
        pcntl_async_signals(true);
        try {
            return $call($cancellation);
        } finally {
            pcntl_async_signals(false);
            $this->current = null;
        }
    }
}
