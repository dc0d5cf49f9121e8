<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;

/**
 * Sends events to a Hookrail service and asks for their status. Declare this type in your code: Client implements it,
 * and in tests Testing\FakeClient, or a double that PHPUnit or Mockery makes.
 *
 *     public function __construct(private readonly ClientInterface $events)
 *
 * Later versions may add methods and optional parameters, so do not implement it yourself.
 */
interface ClientInterface
{
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
     * @param array<string, string|null> $headers additional header fields of the requests by their names, such as
     *                                          traceparent; they replace those of ClientOptions with the same names
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
        array $headers = [],
    ): Accepted;

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
    ): EventStatus;

    /**
     * Prepares an event that you store together with the data it is about, and send later.
     *
     * @param mixed                 $payload a value for json_encode() that becomes a JSON object, array or string; or a
     *                                       RawJson
     * @param array<string, string|null> $headers as of sendEvent(); the blob contains them unencrypted
     *
     * @throws HookrailException when topic, payload, a key or a header is not acceptable
     */
    public function prepare(
        string $topic,
        mixed $payload,
        ?string $idempotencyKey = null,
        ?string $orderingKey = null,
        array $headers = [],
    ): PreparedEvent;

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
    ): Accepted;

    /**
     * Returns counters since the native client was made: requests, attempts, successes, replays, connections_opened,
     * connections_reused, bytes_sent, bytes_received, and by status name retries and failures. attempt_duration counts
     * the attempts by their duration: buckets is a list of pairs, an upper limit in seconds and the number of attempts
     * up to it; sum is in seconds.
     *
     * @return array<string, int|array<string, mixed>>
     */
    public function stats(): array;

    /** Returns the same numbers, and those of the queue, in Prometheus' text format 0.0.4. */
    public function metrics(): string;
}
