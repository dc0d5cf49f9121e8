<?php

declare(strict_types=1);

namespace Hookrail\Symfony\EventListener;

use Hookrail\Framework\CompletionCollector;
use Hookrail\ProducerInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Sends the events of the producers after the answer and at the end of a command, and collects their completions,
 * which the clients log. A worker of the Messenger goes on while events are sent; it collects after each message.
 *
 * @internal
 */
final class ProducerListener implements EventSubscriberInterface
{
    /** The names of events whose components may be missing. */
    private const CONSOLE_TERMINATE = 'console.terminate';
    private const MESSAGE_HANDLED = 'Symfony\Component\Messenger\Event\WorkerMessageHandledEvent';
    private const MESSAGE_FAILED = 'Symfony\Component\Messenger\Event\WorkerMessageFailedEvent';

    /** After the other listeners, which may submit events. */
    private const PRIORITY = -1000;

    /** @param iterable<ProducerInterface> $producers those that were made in this process */
    public function __construct(
        private readonly iterable $producers,
        private readonly CompletionCollector $collector,
        private readonly float $timeout,
    ) {
    }

    /** @return array<string, array{string, int}> */
    public static function getSubscribedEvents(): array
    {
        return [
            KernelEvents::TERMINATE => ['flush', self::PRIORITY],
            self::CONSOLE_TERMINATE => ['flushAtTheEnd', self::PRIORITY],
            self::MESSAGE_HANDLED => ['collect', self::PRIORITY],
            self::MESSAGE_FAILED => ['collect', self::PRIORITY],
        ];
    }

    public function flush(): void
    {
        $this->collector->flush($this->producers, $this->timeout, false);
    }

    public function flushAtTheEnd(): void
    {
        $this->collector->flush($this->producers, $this->timeout, true);
    }

    public function collect(): void
    {
        $this->collector->collect($this->producers);
    }
}
