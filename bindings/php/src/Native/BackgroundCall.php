<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Cancellation;
use Hookrail\Exception\HookrailException;

/**
 * A background call: a thread of the library makes it while PHP waits for it. So signal handlers run during the
 * wait: PHP runs them only between two of its own instructions, and never inside a call of the library.
 *
 * @internal
 */
final class BackgroundCall
{
    /**
     * How long PHP stays in the library at a time. A signal ends the wait at once, unless it arrives between PHP's last
     * check for signals and the beginning of the wait.
     */
    private const SLICE_MS = 50;

    private function __construct(
        private readonly Library $library,
        private readonly Handle $call,
    ) {
    }

    /**
     * Returns whether to make a background call: if the program lets PHP run its signal handlers at any time, and the
     * cancellation is not fired yet. A direct call already handles one that is fired.
     */
    public static function isAdvisable(?Cancellation $cancellation): bool
    {
        return Interruptions::areSignalsAsync() && !$cancellation?->isFired();
    }

    /** Returns how much of a wait to spend in the library at a time. */
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
     * Waits for the result. An exception from a signal handler ends the wait and cancels the call.
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
