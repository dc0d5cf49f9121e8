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
     * Makes a call that is cancelled as the request says. Asynchronous signals are on for the calls that
     * wait for one, so that the suite runs both ways in which the package makes calls.
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
        // A signal from before this call is none of its own.
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
