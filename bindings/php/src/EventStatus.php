<?php

declare(strict_types=1);

namespace Hookrail;

/** The status of an event. */
final class EventStatus
{
    /**
     * @param list<Delivery> $deliveries
     * @param string         $json       the service's unchanged answer
     */
    public function __construct(
        public readonly string $eventId,
        public readonly string $topic,
        public readonly array $deliveries,
        public readonly string $json,
    ) {
    }
}
