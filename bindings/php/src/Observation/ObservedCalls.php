<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Closure;
use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\Native\Calls;
use Hookrail\Native\SendOptions;

/**
 * Makes calls and tells an observer about them.
 *
 * @internal
 */
final class ObservedCalls implements Calls
{
    public function __construct(
        private readonly Calls $calls,
        private readonly Observer $observer,
    ) {
    }

    public function send(string $topic, string $payload, SendOptions $options): Accepted
    {
        return $this->observe(
            Operation::Send,
            fn () => $this->calls->send($topic, $payload, $options),
            ['topic' => $topic, 'orderingKey' => $options->orderingKey],
        );
    }

    public function sendPrepared(string $blob, int $timeout, ?Cancellation $cancellation): Accepted
    {
        return $this->observe(
            Operation::SendPrepared,
            fn () => $this->calls->sendPrepared($blob, $timeout, $cancellation),
        );
    }

    public function getEvent(string $eventId, int $timeout, ?Cancellation $cancellation): EventStatus
    {
        return $this->observe(
            Operation::GetEvent,
            fn () => $this->calls->getEvent($eventId, $timeout, $cancellation),
            ['eventId' => $eventId],
        );
    }

    /**
     * @template T of Accepted|EventStatus
     *
     * @param Closure(): T               $make
     * @param array<string, string|null> $known members of the Call
     *
     * @return T
     *
     * @throws HookrailException
     */
    private function observe(Operation $operation, Closure $make, array $known = []): Accepted|EventStatus
    {
        $startedAt = microtime(true);
        $start = hrtime(true);
        try {
            $result = $make();
        } catch (HookrailException $error) {
            $made = [$operation, $startedAt, (hrtime(true) - $start) / 1e9, $error->attemptRecords()];
            $known['idempotencyKey'] = $error->idempotencyKey();
            $this->observer->failed(new Call(...$made, ...$known), $error);
            throw $error;
        }
        $made = [$operation, $startedAt, (hrtime(true) - $start) / 1e9, $result->attemptRecords];
        $known['eventId'] = $result->eventId;
        if ($result instanceof Accepted) {
            $known['idempotencyKey'] = $result->idempotencyKey;
        } else {
            $known['topic'] = $result->topic;
        }
        $this->observer->succeeded(new Call(...$made, ...$known), $result);

        return $result;
    }
}
