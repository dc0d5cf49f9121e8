<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\LibraryException;
use Hookrail\Native\ClientFactory;
use Hookrail\Native\Handle;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\Restriction;
use Hookrail\Native\Sender;
use Hookrail\Native\SendOptions;
use Hookrail\Native\StatsReader;

/**
 * Sends events to a Hookrail service and asks for their status.
 *
 * Clients with the same settings share their connections beyond the request, so making one in every web request is
 * cheap.
 */
final class Client
{
    private readonly Library $library;

    private readonly Handle $handle;

    private readonly Sender $sender;

    /** Passed with each call if the client is shared with others, which may have other times. */
    private readonly ?float $totalTimeout;

    private readonly ?float $deliveryTimeout;

    private readonly bool $isOfRequests;

    /**
     * @param string|null $apiKey  the producer key; null: HOOKRAIL_API_KEY from the environment, $_ENV or $_SERVER
     * @param string|null $baseUrl where the service is; null: HOOKRAIL_BASE_URL from there, else
     *                             http://localhost:8080
     *
     * @throws ConfigurationException when the client cannot be set up as asked
     * @throws LibraryException       when the native library cannot be loaded
     * @throws HookrailException      when an option is not acceptable
     */
    public function __construct(
        #[\SensitiveParameter] ?string $apiKey = null,
        #[\SensitiveParameter] ?string $baseUrl = null,
        ClientOptions $options = new ClientOptions(),
    ) {
        $this->library = Library::get();
        $this->handle = (new ClientFactory($this->library))->create($apiKey, $baseUrl, $options);
        $this->sender = new Sender($this->library, $this->handle);
        $this->totalTimeout = $options->shared ? $options->totalTimeout : null;
        $this->deliveryTimeout = $options->shared ? $options->deliveryTimeout : null;
        $this->isOfRequests = $options->shared && Restriction::isWeb();
    }

    /**
     * Sends one event and waits until the service has recorded it. Failed attempts are repeated with the
     * same key and the same bytes, within the timeout.
     *
     * @param mixed             $payload        a value for json_encode() that becomes a JSON object, array or string;
     *                                          or a RawJson. The client refuses, with the
     *                                          byte offset, arrays and objects nested more than 512 levels deep,
     *                                          and values that the service can never store: U+0000 in a string,
     *                                          half a surrogate pair, a number of 10^131072 or more or with
     *                                          more than 16383 decimal places
     * @param string|null       $idempotencyKey null: a random one; pass the same key when you repeat a send
     *                                          yourself. 1 to 255 visible ASCII characters, with spaces
     *                                          inside but not at the ends
     * @param string|null       $orderingKey    ordered subscriptions deliver events with the same key in order.
     *                                          1 to 256 visible ASCII characters, with spaces inside but not
     *                                          at the ends
     * @param float|null        $timeout        seconds for the whole call, instead of the client's timeout
     * @param Cancellation|null $cancellation   ends the call early
     *
     * @throws HookrailException with outcome() and idempotencyKey()
     */
    public function sendEvent(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): Accepted {
        return $this->sender->send(
            $topic,
            Input::json($payload),
            new SendOptions($idempotencyKey, $orderingKey, $timeout ?? $this->totalTimeout, $cancellation),
        );
    }

    /**
     * Asks the service for the status of an event.
     *
     * @param float|null        $timeout      seconds for the whole call, instead of the client's timeout
     * @param Cancellation|null $cancellation ends the call early
     *
     * @throws Exception\NotFoundException there is no such event; a service without its database answers 401 or 500
     * @throws HookrailException
     */
    public function getEvent(
        string $eventId,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): EventStatus {
        return $this->sender->getEvent(
            $eventId,
            Input::timeout($timeout ?? $this->totalTimeout, Outcome::None),
            $cancellation,
        );
    }

    /**
     * Prepares an event that you store together with the data it is about, and send later.
     *
     * @param mixed $payload a value for json_encode() that becomes a JSON object, array or string; or a RawJson
     *
     * @throws HookrailException when topic, payload or a key is not acceptable
     */
    public function prepare(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
    ): PreparedEvent {
        return $this->sender->prepare(
            $topic,
            Input::json($payload),
            new SendOptions($idempotencyKey, $orderingKey),
        );
    }

    /**
     * Sends a prepared event. The service records it once, no matter how often it is sent.
     *
     * @param string            $blob         PreparedEvent::$blob
     * @param float|null        $timeout      seconds for the whole call, instead of the client's timeout
     * @param Cancellation|null $cancellation ends the call early
     *
     * @throws Exception\DamagedEventException when the blob is damaged or of an unknown version
     * @throws HookrailException               with outcome() and idempotencyKey()
     */
    public function sendPrepared(
        string $blob,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): Accepted {
        return $this->sender->sendPrepared(
            $blob,
            Input::timeout($timeout ?? $this->totalTimeout, Outcome::NotSent),
            $cancellation,
        );
    }

    /**
     * Returns counters since the client was made: requests, attempts, successes, replays, connections_opened,
     * connections_reused, bytes_sent, bytes_received, and by status name retries and failures.
     *
     * @return array<string, int|array<string, int>>
     */
    public function stats(): array
    {
        return (new StatsReader($this->library))->read($this->handle);
    }

    /** @internal */
    public function deliveryTimeout(): ?float
    {
        return $this->deliveryTimeout;
    }

    /**
     * Returns whether earlier requests may have used the native client, and later ones will.
     *
     * @internal
     */
    public function isOfRequests(): bool
    {
        return $this->isOfRequests;
    }

    /** @internal */
    public function handle(): Handle
    {
        return $this->handle;
    }

    /** @return array<string, mixed> nothing: the settings hold secrets */
    public function __debugInfo(): array
    {
        return [];
    }
}
