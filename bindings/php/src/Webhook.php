<?php

declare(strict_types=1);

namespace Hookrail;

use JsonException;

/**
 * A verified delivery. It contains only data that the signature covers, and so neither the topic nor the event id,
 * which are header fields.
 */
final class Webhook
{
    /**
     * @param string $deliveryId the same whenever the service repeats the delivery: remember it to do the
     *                           work once
     * @param string $body       as received
     */
    public function __construct(
        public readonly string $deliveryId,
        public readonly string $body,
        public readonly Verification $verification,
    ) {
    }

    /**
     * Returns the decoded body, with objects as associative arrays.
     *
     * @throws JsonException when the body is not JSON
     */
    public function payload(): mixed
    {
        return json_decode($this->body, true, flags: JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
    }
}
