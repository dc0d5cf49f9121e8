<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Cancellation;
use Hookrail\Exception\HookrailException;

/**
 * A call that runs beside PHP's thread, so that signal handlers run while PHP waits for it: PHP runs
 * them between two of its own instructions only, never inside a call of the library.
 *
 * @internal
 */
final class BackgroundCall
{
    /**
     * How long PHP stays in the library at a time. A signal ends the wait at once, but for one that
     * arrives after PHP's last look for signals and before the wait has begun.
     */
    private const SLICE_MS = 50;

    private function __construct(
        private readonly Library $library,
        private readonly Handle $call,
    ) {
    }

    /**
     * Whether this is the way to make a call: the program wants its signal handlers to run at any time, and
     * has not given up the call yet. A direct call knows best what to make of one that was.
     */
    public static function isAdvisable(?Cancellation $cancellation): bool
    {
        return Interruptions::areSignalsAsync() && !$cancellation?->isFired();
    }

    /** The part of a wait that is spent in the library at a time. */
    public static function slice(int $milliseconds): int
    {
        return Interruptions::areSignalsAsync() ? \min($milliseconds, self::SLICE_MS) : $milliseconds;
    }

    /**
     * @param string $function of the hookrail_call_ family
     *
     * @throws HookrailException when the arguments are not acceptable
     */
    public static function start(Library $library, string $function, mixed ...$arguments): self
    {
        return new self($library, $library->obtain('call', $function, ...$arguments));
    }

    /**
     * Waits for the result. What a signal handler throws ends the wait, and the call with it.
     *
     * @throws HookrailException the call's failure
     */
    public function finish(string $type, string $function, ?Cancellation $cancellation): Handle
    {
        do {
            [$status] = $this->library->callExpecting(
                [Status::TIMEOUT, Status::INTERRUPTED],
                'hookrail_call_wait',
                $this->call,
                self::SLICE_MS,
            );
            if ($cancellation?->isFired()) {
                $this->library->value('hookrail_call_cancel', $this->call);
            }
        } while ($status !== Status::OK);

        return $this->library->obtain($type, $function, $this->call);
    }
}
