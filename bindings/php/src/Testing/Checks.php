<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Hookrail\Cancellation;
use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Exception\CancelledException;
use Hookrail\Exception\HookrailException;
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

    /**
     * @param array<array-key, string> $headers
     *
     * @throws HookrailException as of ClientInterface::sendEvent()
     */
    public function event(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey,
        ?string $orderingKey,
        ?float $timeout,
        #[\SensitiveParameter] array $headers,
    ): RecordedEvent {
        $key = '';
        try {
            $this->client->sendEvent($topic, $payload, $idempotencyKey, $orderingKey, $timeout, $this->fired, $headers);
        } catch (CancelledException $acceptable) {
            $key = (string) $acceptable->idempotencyKey();
        }

        $headers = array_change_key_case($headers);

        return new RecordedEvent($topic, Input::json($payload), $key, $orderingKey, $timeout, $headers);
    }

    /** @throws HookrailException as of ClientInterface::sendPrepared() */
    public function prepared(string $blob, ?float $timeout): RecordedEvent
    {
        $key = '';
        try {
            $this->client->sendPrepared($blob, $timeout, $this->fired);
        } catch (CancelledException $acceptable) {
            $key = (string) $acceptable->idempotencyKey();
        }
        $read = new Blob($blob);

        return new RecordedEvent($read->topic, $read->payload, $key, $read->orderingKey, $timeout, $read->headers);
    }

    /** @throws HookrailException as of ClientInterface::getEvent() */
    public function question(string $eventId, ?float $timeout): void
    {
        try {
            $this->client->getEvent($eventId, $timeout, $this->fired);
        } catch (CancelledException) {
        }
    }
}
