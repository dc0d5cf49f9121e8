<?php

declare(strict_types=1);

namespace Hookrail;

use JsonException;

/**
 * A delivery that verified: what the signature covers and nothing else. Topic and event id are header
 * fields that it does not cover.
 */
final class Webhook
{
    /**
     * @param string $deliveryId the same each time that the service repeats the delivery: remember it to
     *                           do the work once
     * @param string $body       as received
     */
    public function __construct(
        public readonly string $deliveryId,
        public readonly string $body,
        public readonly Verification $verification,
    ) {
    }

    /**
     * The body's value, objects as associative arrays.
     *
     * @throws JsonException when the body is not JSON
     */
    public function payload(): mixed
    {
        return json_decode($this->body, true, flags: JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
    }
}
