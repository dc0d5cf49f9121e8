<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Closure;
use Hookrail\Accepted;
use Hookrail\Completion;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\Native\Interruptions;
use Psr\EventDispatcher\EventDispatcherInterface;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * Tells a logger and an event dispatcher of the program about calls that are over. An exception of theirs changes no
 * result of a call, because the program could then send a recorded event again: it goes into PHP's error log.
 *
 * @internal
 */
final class Observer
{
    private readonly ?CallLogger $logger;

    public function __construct(
        ?LoggerInterface $logger,
        private readonly ?EventDispatcherInterface $dispatcher,
    ) {
        $this->logger = $logger === null ? null : new CallLogger($logger);
    }

    public function succeeded(Call $call, Accepted|EventStatus $result): void
    {
        $event = new CallSucceeded($call, $result);
        $this->dispatch($call, $event);
        $this->guard(fn () => $this->logger?->succeeded($event));
    }

    public function failed(Call $call, HookrailException $error): void
    {
        $event = new CallFailed($call, $error);
        $this->dispatch($call, $event);
        $this->guard(fn () => $this->logger?->failed($event));
    }

    /** @param list<Completion> $completions */
    public function completed(array $completions): void
    {
        foreach ($completions as $completion) {
            $records = $completion->attemptRecords();
            $first = $records[0] ?? null;
            $call = new Call(
                Operation::Deliver,
                $first === null ? microtime(true) - $completion->total : $first->startedAt - $first->startedAfter,
                $completion->total,
                $records,
                $completion->topic,
                $completion->idempotencyKey,
                $completion->orderingKey,
                $completion->accepted?->eventId,
                $completion->tag,
            );
            if ($completion->error !== null) {
                $this->failed($call, $completion->error);
            } elseif ($completion->accepted !== null) {
                $this->succeeded($call, $completion->accepted);
            }
        }
    }

    /** Writes a warning into the log, or into PHP's error log if there is no other. */
    public function warn(string $message): void
    {
        if ($this->logger === null) {
            error_log($message);
        } else {
            $this->guard(fn () => $this->logger->warn($message));
        }
    }

    private function dispatch(Call $call, CallSucceeded|CallFailed $result): void
    {
        if ($this->dispatcher !== null) {
            foreach ($call->attemptRecords as $attempt) {
                $this->guard(fn () => $this->dispatcher->dispatch(new AttemptFinished($call, $attempt)));
            }
            $this->guard(fn () => $this->dispatcher->dispatch($result));
        }
    }

    /** Holds off signal handlers, whose exceptions are not the listener's. */
    private function guard(Closure $tell): void
    {
        $held = Interruptions::possible(false);
        try {
            if ($held !== 0) {
                Interruptions::hold($held);
            }
            try {
                $tell();
            } catch (Throwable $fault) {
                error_log('hookrail: a logger or a listener failed: ' . $fault::class . ": {$fault->getMessage()}");
            }
        } finally {
            if ($held !== 0) {
                Interruptions::resume($held);
            }
        }
    }
}
