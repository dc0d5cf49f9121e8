<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Completion;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;
use Hookrail\QueueState;

/**
 * The producer's side of a client.
 *
 * @internal
 */
final class Queue
{
    /** Room for completions is made before it is known how many there are. */
    private const MOST_COMPLETIONS = 10_000;

    private const NO_COMPLETION = 1;
    private const PURGE_QUEUED = 1;
    private const PURGE_IN_FLIGHT = 2;

    /** @var list<Completion> what the next poll() returns */
    private array $ready = [];

    /** @var list<Completion> what was taken before, and was more than the next poll() returns */
    private array $later = [];

    /** The process that has taken them. */
    private int $process = 0;

    public function __construct(
        private readonly Library $library,
        private readonly Handle $client,
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
        $event = [
            $this->client->pointer, $topic, strlen($topic), $payload, strlen($payload), $native?->pointer,
            $tag, self::flags($report),
        ];
        $token = $this->library->cell('uint64_t');
        if ($wait <= 0) {
            $this->library->call('hookrail_submit_event', ...[...$event, FFI::addr($token)]);

            return $token->cdata;
        }
        $deadline = new Deadline($wait);
        do {
            $remaining = $deadline->remainingMs();
            $slice = Call::slice($remaining);
            $status = $this->library->callExpecting(
                $slice < $remaining ? [Status::INTERRUPTED, Status::QUEUE_FULL] : [Status::INTERRUPTED],
                'hookrail_submit_event_wait',
                ...[...$event, $slice, FFI::addr($token)],
            );
        } while ($status !== Status::OK);

        return $token->cdata;
    }

    /** @throws HookrailException */
    public function submitPrepared(string $blob, int $timeout, int $tag, bool $report): int
    {
        $token = $this->library->cell('uint64_t');
        $this->library->call(
            'hookrail_submit_prepared',
            $this->client->pointer,
            $blob,
            strlen($blob),
            $timeout,
            $tag,
            self::flags($report),
            FFI::addr($token),
        );

        return $token->cdata;
    }

    /**
     * What a signal handler throws ends it. What was taken until then, the next one returns.
     *
     * @return list<Completion>
     *
     * @throws HookrailException
     */
    public function poll(int $timeout, int $max): array
    {
        $max = max(1, min($max, self::MOST_COMPLETIONS));
        $deadline = new Deadline($timeout);
        do {
            $remaining = $deadline->remainingMs();
            $status = Status::OK;
            Signals::hold(function () use ($max, $remaining, &$status): void {
                $status = $this->makeReady($max, Call::slice($remaining));
            });
            if ($this->ready !== []) {
                // Nothing is called from here on: PHP looks for signals at calls.
                $taken = $this->ready;
                $this->ready = [];

                return $taken;
            }
        } while ($status === Status::OK && $remaining > 0);

        return [];
    }

    public function wakeUp(): void
    {
        $this->library->ffi->hookrail_wakeup($this->client->pointer);
    }

    /** @throws HookrailException */
    public function flush(int $timeout): int
    {
        $left = $this->library->cell('size_t');
        $deadline = new Deadline($timeout);
        do {
            $remaining = $deadline->remainingMs();
            $status = $this->library->callExpecting(
                [Status::INTERRUPTED, Status::TIMEOUT],
                'hookrail_flush',
                $this->client->pointer,
                Call::slice($remaining),
                FFI::addr($left),
            );
        } while ($status !== Status::OK && $remaining > 0);

        return $left->cdata;
    }

    /** @throws HookrailException */
    public function cancel(int $token): void
    {
        $this->library->call('hookrail_cancel_submitted', $this->client->pointer, $token);
    }

    /** @throws HookrailException */
    public function purge(bool $inFlight): int
    {
        $purged = $this->library->cell('size_t');
        $flags = self::PURGE_QUEUED | ($inFlight ? self::PURGE_IN_FLIGHT : 0);
        $this->library->call('hookrail_purge', $this->client->pointer, $flags, FFI::addr($purged));

        return $purged->cdata;
    }

    /** @throws HookrailException */
    public function state(): QueueState
    {
        $queued = $this->library->cell('size_t');
        $inFlight = $this->library->cell('size_t');
        $completions = $this->library->cell('size_t');
        $this->library->call(
            'hookrail_pending',
            $this->client->pointer,
            FFI::addr($queued),
            FFI::addr($inFlight),
            FFI::addr($completions),
        );

        $taken = $this->isOwn() ? count($this->ready) + count($this->later) : 0;

        return new QueueState($queued->cdata, $inFlight->cdata, $completions->cdata + $taken);
    }

    /** @throws HookrailException */
    public function eventFd(): int
    {
        $fd = $this->library->cell('int32_t');
        $this->library->call('hookrail_event_fd', $this->client->pointer, FFI::addr($fd));

        return $fd->cdata;
    }

    /** @throws HookrailException */
    public function close(int $timeout): int
    {
        $deadline = new Deadline($timeout);
        // Signal handlers run while this waits; in what follows there is nothing left to wait for.
        $this->flush($timeout);
        $unsent = $this->library->cell('size_t');
        do {
            $status = $this->library->callExpecting(
                [Status::INTERRUPTED],
                'hookrail_client_close',
                $this->client->pointer,
                $deadline->remainingMs(),
                FFI::addr($unsent),
            );
        } while ($status !== Status::OK);

        return $unsent->cdata;
    }

    private static function flags(bool $report): int
    {
        return $report ? 0 : self::NO_COMPLETION;
    }

    /** In a process made by fork, what the parent has taken is the parent's. */
    private function isOwn(): bool
    {
        return $this->process === getmypid();
    }

    /**
     * Has the next completions ready, waiting for them where there are none yet.
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
            $completions = $this->library->cell("hookrail_completion[$max]");
            $count = $this->library->cell('size_t');
            $status = $this->library->callExpecting(
                [Status::INTERRUPTED],
                'hookrail_poll',
                $this->client->pointer,
                FFI::addr($completions[0]),
                FFI::sizeof($completions[0]),
                $max,
                $wait,
                FFI::addr($count),
            );
            $all = $status === Status::OK ? $this->take($completions, $count->cdata) : [];
        }
        $this->ready = array_slice($all, 0, $max);
        $this->later = array_slice($all, $max);
        $this->process = getmypid();

        return $status;
    }

    /** @return list<Completion> */
    private function take(CData $completions, int $count): array
    {
        $results = new ResultReader($this->library->ffi);
        $errors = new ErrorReader($this->library->ffi);
        $taken = [];
        for ($index = 0; $index < $count; $index++) {
            $completion = $completions[$index];
            $accepted = $completion->accepted === null
                ? null
                : $this->library->own('hookrail_accepted', $completion->accepted);
            $taken[] = new Completion(
                $completion->tag,
                $completion->token,
                Outcome::fromNative($completion->outcome),
                $completion->attempts,
                $completion->queued_us / 1e6,
                $completion->total_us / 1e6,
                $accepted === null ? null : $results->accepted($accepted->pointer),
                $completion->error === null
                    ? null
                    : $errors->takeException($completion->status, $completion->error),
            );
        }

        return $taken;
    }
}
