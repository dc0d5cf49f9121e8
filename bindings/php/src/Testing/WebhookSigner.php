<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Hookrail\Exception\HookrailException;
use Hookrail\Native\Secret;
use Hookrail\Native\Signer;

/** Signs deliveries the way the service does, for tests of receivers. */
final class WebhookSigner
{
    /** A separate object, because exports and casts of an object include its private properties. */
    private readonly Secret $secret;

    /** @param string $secret the text of an endpoint's secret */
    public function __construct(#[\SensitiveParameter] string $secret)
    {
        $this->secret = new Secret($secret);
    }

    /**
     * Returns the value of hookrail-signature.
     *
     * @param int|null $timestamp seconds since 1970; null: now
     *
     * @throws HookrailException when the service could not have signed that
     */
    public function signature(string $body, string $deliveryId, ?int $timestamp = null): string
    {
        return Signer::sign($this->secret->text(), $timestamp ?? time(), $deliveryId, $body);
    }

    /**
     * Returns the header fields of a delivery.
     *
     * @param int|null $timestamp seconds since 1970; null: now
     *
     * @return array<string, string>
     *
     * @throws HookrailException when the service could not have signed that
     */
    public function headers(
        string $body,
        string $deliveryId,
        string $topic = 'test',
        string $eventId = '01J0000000000000000000TEST',
        ?int $timestamp = null,
    ): array {
        return [
            'Content-Type' => 'application/json',
            'User-Agent' => 'hookrail/0.1',
            'hookrail-event-id' => $eventId,
            'hookrail-delivery-id' => $deliveryId,
            'hookrail-topic' => $topic,
            'hookrail-signature' => $this->signature($body, $deliveryId, $timestamp),
        ];
    }

    /** @return array<string, mixed> nothing: there is only the secret */
    public function __debugInfo(): array
    {
        return [];
    }
}
