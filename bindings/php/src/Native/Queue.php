<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Completion;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\QueueFullException;
use Hookrail\Observation\Observer;
use Hookrail\Outcome;
use Hookrail\QueueState;

/**
 * The producer's side of a client.
 *
 * @internal
 */
final class Queue
{
    private const NO_COMPLETION = 1;
    private const PURGE_QUEUED = 1;
    private const PURGE_IN_FLIGHT = 2;

    /** @var list<Completion> the completions that the next poll() returns */
    private array $ready = [];

    /** @var list<Completion> taken completions that do not fit into the next poll() */
    private array $later = [];

    /** The process that has taken them. */
    private int $process = 0;

    /** The token of the first event that was submitted here; null before. */
    private ?int $first = null;

    /** @param bool $isOfRequests whether earlier requests have used the native client, and later ones will */
    public function __construct(
        private readonly Library $library,
        private readonly Handle $client,
        private readonly bool $isOfRequests,
        private readonly ?Observer $observer,
    ) {
    }

    /** @throws HookrailException */
    public function submit(
        string $topic,
        string $payload,
        SendOptions $options,
        int $tag,
        bool $report,
        int $wait,
    ): int {
        $native = $options->build($this->library, false);
        $event = [$this->client, $topic, $payload, $native, $tag, self::flags($report)];
        if ($wait <= 0) {
            return $this->enqueue('hookrail_submit_event', ...$event);
        }
        if ($this->isOfRequests) {
            // Completions that are not collected do not make room, however long the wait is.
            try {
                return $this->enqueue('hookrail_submit_event', ...$event);
            } catch (QueueFullException) {
            }
        }
        $deadline = new Deadline($wait);
        do {
            $remaining = $deadline->remainingMs();
            $slice = BackgroundCall::slice($remaining);
            [$status, $outputs] = $this->library->callExpecting(
                $slice < $remaining ? [Status::INTERRUPTED, Status::QUEUE_FULL] : [Status::INTERRUPTED],
                'hookrail_submit_event_wait',
                ...[...$event, $slice],
            );
        } while ($status !== Status::OK);

        return $this->accepted($outputs[0]);
    }

    /** @throws HookrailException */
    public function submitPrepared(string $blob, int $timeout, int $tag, bool $report): int
    {
        return $this->enqueue(
            'hookrail_submit_prepared',
            $this->client,
            $blob,
            $timeout,
            $tag,
            self::flags($report),
        );
    }

    /**
     * An exception from a signal handler ends it. The next call then returns the completions that were already taken.
     *
     * @return list<Completion>
     *
     * @throws HookrailException
     */
    public function poll(int $timeout, int $max): array
    {
        // The room for completions is allocated before their number is known.
        $max = \max(1, \min($max, CompletionReader::MOST_COMPLETIONS));
        $deadline = new Deadline($timeout);
        do {
            $remaining = $deadline->remainingMs();
            $slice = BackgroundCall::slice($remaining);
            $status = Status::OK;
            $held = Interruptions::possible(false);
            try {
                if ($held !== 0) {
                    Interruptions::hold($held);
                }
                $status = $this->makeReady($max, $slice);
            } finally {
                if ($held !== 0) {
                    Interruptions::resume($held);
                }
            }
            if ($this->ready !== []) {
                // No calls from here on: PHP checks for signals at calls.
                $taken = $this->ready;
                $this->ready = [];

                return $taken;
            }
        } while ($status === Status::OK && $remaining > 0);

        return [];
    }

    public function wakeUp(): void
    {
        $this->library->value('hookrail_wakeup', $this->client);
    }

    /** @throws HookrailException */
    public function flush(int $timeout): int
    {
        $deadline = new Deadline($timeout);
        do {
            $remaining = $deadline->remainingMs();
            [$status, [$left]] = $this->library->callExpecting(
                [Status::INTERRUPTED, Status::TIMEOUT],
                'hookrail_flush',
                $this->client,
                BackgroundCall::slice($remaining),
            );
        } while ($status !== Status::OK && $remaining > 0);

        return $left;
    }

    /** @throws HookrailException */
    public function cancel(int $token): void
    {
        $this->library->call('hookrail_cancel_submitted', $this->client, $token);
    }

    /** @throws HookrailException */
    public function purge(bool $inFlight): int
    {
        $flags = self::PURGE_QUEUED | ($inFlight ? self::PURGE_IN_FLIGHT : 0);

        return $this->library->call('hookrail_purge', $this->client, $flags)[0];
    }

    /** @throws HookrailException */
    public function state(): QueueState
    {
        [$queued, $inFlight, $completions] = $this->library->call('hookrail_pending', $this->client);
        $taken = $this->isOwn() ? \count($this->ready) + \count($this->later) : 0;

        return new QueueState($queued, $inFlight, $completions + $taken);
    }

    /** @throws HookrailException */
    public function eventFd(): int
    {
        return $this->library->call('hookrail_event_fd', $this->client)[0];
    }

    /** @throws HookrailException */
    public function close(int $timeout): int
    {
        $deadline = new Deadline($timeout);
        // Signal handlers run while this waits; afterwards there is nothing left to wait for.
        $this->flush($timeout);
        do {
            [$status, [$unsent]] = $this->library->callExpecting(
                [Status::INTERRUPTED],
                'hookrail_client_close',
                $this->client,
                $deadline->remainingMs(),
            );
        } while ($status !== Status::OK);

        return $unsent;
    }

    /**
     * Submits without waiting. If the queue is full, it first drops the completions of earlier requests.
     *
     * @throws HookrailException
     */
    private function enqueue(string $function, mixed ...$event): int
    {
        // Completions in $later are of this request: it has to poll() before more are taken.
        if ($this->isOfRequests && $this->later === []) {
            [$status, $outputs] = $this->library->callExpecting([Status::QUEUE_FULL], $function, ...$event);
            if ($status === Status::OK) {
                return $this->accepted($outputs[0]);
            }
            $this->later = $this->take(UnreadCompletions::drop($this->client, $this->first, $this->observer));
            $this->process = \getmypid();
        }

        return $this->accepted($this->library->call($function, ...$event)[0]);
    }

    private function accepted(int $token): int
    {
        $this->first ??= $token;

        return $token;
    }

    private static function flags(bool $report): int
    {
        return $report ? 0 : self::NO_COMPLETION;
    }

    /** Returns whether this process has taken the completions, and not the one that it was forked from. */
    private function isOwn(): bool
    {
        return $this->process === \getmypid();
    }

    /**
     * Prepares the next completions, and waits if there are none yet.
     *
     * @return int Status::OK or Status::INTERRUPTED
     *
     * @throws HookrailException
     */
    private function makeReady(int $max, int $wait): int
    {
        $status = Status::OK;
        $all = $this->isOwn() ? [...$this->ready, ...$this->later] : [];
        if ($all === []) {
            [$status, $completions, $errors] = CompletionReader::poll($this->client, $max, $wait);
            if ($status !== Status::OK && $status !== Status::INTERRUPTED) {
                throw ErrorReader::exception($status, $errors);
            }
            $all = $this->take($completions);
        }
        $this->ready = \array_slice($all, 0, $max);
        $this->later = \array_slice($all, $max);
        $this->process = \getmypid();

        return $status;
    }

    /**
     * @param list<array<string, mixed>> $completions
     *
     * @return list<Completion>
     */
    private function take(array $completions): array
    {
        $results = new ResultReader($this->library);
        $taken = [];
        foreach ($completions as $completion) {
            $taken[] = new Completion(
                $completion['tag'],
                $completion['token'],
                Outcome::fromNative($completion['outcome']),
                $completion['attempts'],
                $completion['queued_us'] / 1e6,
                $completion['total_us'] / 1e6,
                $completion['accepted'] === null ? null : $results->accepted($completion['accepted']),
                $completion['error'] === null
                    ? null
                    : ErrorReader::exception($completion['status'], $completion['error']),
                $completion['topic'],
                $completion['idempotency_key'],
                $completion['ordering_key'],
            );
        }

        return $taken;
    }
}
