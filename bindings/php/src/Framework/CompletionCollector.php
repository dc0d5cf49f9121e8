<?php

declare(strict_types=1);

namespace Hookrail\Framework;

use Closure;
use Hookrail\Exception\HookrailException;
use Hookrail\ProducerInterface;
use Psr\Log\LoggerInterface;

/**
 * Collects the completions that an application has not polled itself. The client then logs them.
 *
 * @internal
 */
final class CompletionCollector
{
    public function __construct(private readonly LoggerInterface $logger)
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
                $this->logger->error(
                    'Hookrail: {count} events were not sent within {seconds} s and are lost with this process',
                    ['count' => $left, 'seconds' => $timeout],
                );
            }
        }
        $this->collect($producers);
    }

    /** @param iterable<ProducerInterface> $producers */
    public function collect(iterable $producers): void
    {
        foreach ($producers as $producer) {
            do {
                $completions = $this->attempt(static fn () => $producer->poll());
            } while ($completions !== null && $completions !== []);
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
            $this->logger->error('Hookrail: the events cannot be collected: {reason}', [
                'reason' => $error->getMessage(),
                'exception' => $error,
            ]);

            return null;
        }
    }
}
