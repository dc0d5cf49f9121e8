<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\ConfigurationException;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\LibraryException;
use Hookrail\Native\Calls;
use Hookrail\Native\ClientFactory;
use Hookrail\Native\Handle;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\Restriction;
use Hookrail\Native\Sender;
use Hookrail\Native\SendOptions;
use Hookrail\Native\StatsReader;
use Hookrail\Observation\ObservedCalls;
use Hookrail\Observation\Observer;
use Psr\EventDispatcher\EventDispatcherInterface;
use Psr\Log\LoggerInterface;

/**
 * Sends events to a Hookrail service and asks for their status.
 *
 * Clients with the same settings share their connections beyond the request, so making one in every web request is
 * cheap.
 *
 *     $client = new Client(options: new ClientOptions(totalTimeout: 5.0), logger: $logger);
 *     $accepted = $client->sendEvent('order.created', ['id' => 7], idempotencyKey: 'order-7');
 */
final class Client implements ClientInterface
{
    private readonly Library $library;

    private readonly Handle $handle;

    private readonly Sender $sender;

    private readonly Calls $calls;

    private readonly ?Observer $observer;

    /** Passed with each call if the client is shared with others, which may have other times. */
    private readonly ?float $totalTimeout;

    private readonly ?float $deliveryTimeout;

    private readonly bool $isOfRequests;

    /**
     * @param string|null                   $apiKey          the producer key; null: HOOKRAIL_API_KEY from the
     *                                                       environment, $_ENV or $_SERVER
     * @param string|null                   $baseUrl         where the service is; null: HOOKRAIL_BASE_URL from there,
     *                                                       else http://localhost:8080
     * @param LoggerInterface|null          $logger          gets a line for each call of this object and each of its
     *                                                       attempts that was repeated, and for each completion that a
     *                                                       Producer polls
     * @param EventDispatcherInterface|null $eventDispatcher gets the objects of Hookrail\Observation for the same calls
     *
     * @throws ConfigurationException when the client cannot be set up as asked
     * @throws LibraryException       when the native library cannot be loaded
     * @throws HookrailException      when an option is not acceptable
     */
    public function __construct(
        #[\SensitiveParameter] ?string $apiKey = null,
        #[\SensitiveParameter] ?string $baseUrl = null,
        ClientOptions $options = new ClientOptions(),
        ?LoggerInterface $logger = null,
        ?EventDispatcherInterface $eventDispatcher = null,
    ) {
        $this->library = Library::get();
        $this->handle = (new ClientFactory($this->library))->create($apiKey, $baseUrl, $options);
        $this->sender = new Sender($this->library, $this->handle);
        $isObserved = $logger !== null || $eventDispatcher !== null;
        $this->observer = $isObserved ? new Observer($logger, $eventDispatcher) : null;
        $this->calls = $this->observer === null ? $this->sender : new ObservedCalls($this->sender, $this->observer);
        $this->totalTimeout = $options->shared ? $options->totalTimeout : null;
        $this->deliveryTimeout = $options->shared ? $options->deliveryTimeout : null;
        $this->isOfRequests = $options->shared && Restriction::isWeb();
    }

    public function sendEvent(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
        #[\SensitiveParameter]
        array $headers = [],
    ): Accepted {
        return $this->calls->send(
            $topic,
            Input::json($payload),
            new SendOptions($idempotencyKey, $orderingKey, $timeout ?? $this->totalTimeout, $cancellation, $headers),
        );
    }

    public function getEvent(
        string $eventId,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): EventStatus {
        return $this->calls->getEvent(
            $eventId,
            Input::timeout($timeout ?? $this->totalTimeout, Outcome::None),
            $cancellation,
        );
    }

    public function prepare(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        #[\SensitiveParameter]
        array $headers = [],
    ): PreparedEvent {
        return $this->sender->prepare(
            $topic,
            Input::json($payload),
            new SendOptions($idempotencyKey, $orderingKey, headers: $headers),
        );
    }

    public function sendPrepared(
        string $blob,
        ?float $timeout = null,
        ?Cancellation $cancellation = null,
    ): Accepted {
        return $this->calls->sendPrepared(
            $blob,
            Input::timeout($timeout ?? $this->totalTimeout, Outcome::NotSent),
            $cancellation,
        );
    }

    public function metrics(): string
    {
        return $this->library->text('hookrail_client_metrics', $this->handle);
    }

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
    public function observer(): ?Observer
    {
        return $this->observer;
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
