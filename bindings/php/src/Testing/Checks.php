<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Closure;
use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\HookrailException;
use Hookrail\Native\Blob;
use Hookrail\Native\Input;

/**
 * Checks arguments as a real client does, by passing them to one: it judges them before it notices that the call is
 * cancelled, and sends nothing.
 *
 * @internal
 */
final class Checks
{
    public readonly Client $client;

    private readonly Cancellation $fired;

    /** @throws HookrailException when an option is not acceptable */
    public function __construct(ClientOptions $options)
    {
        $this->client = new Client('hk_fake', 'http://localhost:8080', $options);
        $this->fired = new Cancellation();
        $this->fired->fire();
    }

    /** @throws HookrailException as of ClientInterface::sendEvent() */
    public function event(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey,
        ?string $orderingKey,
        ?float $timeout,
    ): RecordedEvent {
        $key = $this->check(fn () => $this->client->sendEvent(
            $topic,
            $payload,
            $idempotencyKey,
            $orderingKey,
            $timeout,
            $this->fired,
        ));

        return new RecordedEvent($topic, Input::json($payload), (string) $key, $orderingKey, $timeout);
    }

    /** @throws HookrailException as of ClientInterface::sendPrepared() */
    public function prepared(string $blob, ?float $timeout): RecordedEvent
    {
        $key = $this->check(fn () => $this->client->sendPrepared($blob, $timeout, $this->fired));
        $read = new Blob($blob);

        return new RecordedEvent($read->topic, $read->payload, (string) $key, $read->orderingKey, $timeout);
    }

    /** @throws HookrailException as of ClientInterface::getEvent() */
    public function question(string $eventId, ?float $timeout): void
    {
        $this->check(fn () => $this->client->getEvent($eventId, $timeout, $this->fired));
    }

    /**
     * @return string|null the idempotency key
     *
     * @throws HookrailException unless the arguments are acceptable
     */
    private function check(Closure $call): ?string
    {
        $idempotencyKey = null;
        try {
            $call();
        } catch (CancelledException $acceptable) {
            $idempotencyKey = $acceptable->idempotencyKey();
        }

        return $idempotencyKey;
    }
}
