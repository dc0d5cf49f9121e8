<?php

declare(strict_types=1);

namespace Hookrail\Framework;

use Closure;
use Hookrail\Completion;
use Hookrail\Exception\HookrailException;
use Hookrail\ProducerInterface;
use Psr\Log\LoggerInterface;

/**
 * Collects the completions that an application has not polled itself, and logs the failures among them.
 *
 * @internal
 */
final class CompletionCollector
{
    /** @param LoggerInterface|null $logger null: PHP's error log */
    public function __construct(private readonly ?LoggerInterface $logger = null)
    {
    }

    /**
     * Waits for the events, together at most so many seconds, then collects.
     *
     * @param iterable<ProducerInterface> $producers
     * @param bool                        $isEnd     whether the process ends, and unsent events with it
     */
    public function flush(iterable $producers, float $timeout, bool $isEnd): void
    {
        $deadline = hrtime(true) + $timeout * 1e9;
        foreach ($producers as $producer) {
            $left = $this->attempt(static fn () => $producer->flush(max(0.0, ($deadline - hrtime(true)) / 1e9)));
            if ($left > 0 && $isEnd) {
                $this->log('{count} events were not sent within {seconds} s and are lost with this process', [
                    'count' => $left,
                    'seconds' => $timeout,
                ]);
            }
        }
        $this->collect($producers);
    }

    /** @param iterable<ProducerInterface> $producers */
    public function collect(iterable $producers): void
    {
        foreach ($producers as $producer) {
            while ($completions = $this->attempt(static fn () => $producer->poll())) {
                foreach ($completions as $completion) {
                    if ($completion->error !== null) {
                        $this->logFailure($completion, $completion->error);
                    }
                }
            }
        }
    }

    /**
     * Calls a producer. The application must not fail because of what happens after its work.
     *
     * @template T
     *
     * @param Closure(): T $call
     *
     * @return T|null
     */
    private function attempt(Closure $call): mixed
    {
        try {
            return $call();
        } catch (HookrailException $error) {
            $this->log('the events cannot be collected: {reason}', [
                'reason' => $error->getMessage(),
                'exception' => $error,
            ]);

            return null;
        }
    }

    private function logFailure(Completion $completion, HookrailException $error): void
    {
        $this->log('an event was not sent: {reason}', [
            'reason' => $error->getMessage(),
            'status' => $error->statusName(),
            'outcome' => $error->outcome()->name,
            'idempotency_key' => $error->idempotencyKey(),
            'topic' => $completion->topic,
            'tag' => $completion->tag,
            'exception' => $error,
        ]);
    }

    /** @param array<string, mixed> $context */
    private function log(string $message, array $context): void
    {
        if ($this->logger !== null) {
            $this->logger->error($message, $context);

            return;
        }
        $values = [];
        foreach ($context as $name => $value) {
            if (is_scalar($value)) {
                $values['{' . $name . '}'] = (string) $value;
            }
        }
        error_log('hookrail: ' . strtr($message, $values));
    }
}
