<?php

declare(strict_types=1);

namespace Hookrail;

/** The delivery of an event to one endpoint. */
final class Delivery
{
    /**
     * @param DeliveryState|string $state             a string if this version does not know the state
     * @param bool                 $attemptsTruncated whether the service left out attempts
     * @param list<Attempt>        $attempts
     */
    public function __construct(
        public readonly string $deliveryId,
        public readonly DeliveryState|string $state,
        public readonly bool $attemptsTruncated,
        public readonly array $attempts,
    ) {
    }
}
