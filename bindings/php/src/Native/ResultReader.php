<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Accepted;
use Hookrail\Attempt;
use Hookrail\Delivery;
use Hookrail\DeliveryState;
use Hookrail\EventStatus;
use Hookrail\PreparedEvent;

/**
 * Copies what the library hands out.
 *
 * @internal
 */
final class ResultReader
{
    public function __construct(private readonly FFI $ffi)
    {
    }

    public function accepted(CData $accepted): Accepted
    {
        $deliveryIds = [];
        $count = $this->ffi->hookrail_accepted_delivery_count($accepted);
        for ($index = 0; $index < $count; $index++) {
            $deliveryIds[] = $this->ffi->hookrail_accepted_delivery_id($accepted, $index);
        }

        return new Accepted(
            $this->ffi->hookrail_accepted_event_id($accepted),
            $deliveryIds,
            $this->ffi->hookrail_accepted_replayed($accepted),
            $this->ffi->hookrail_accepted_idempotency_key($accepted),
            $this->ffi->hookrail_accepted_attempts($accepted),
            $this->ffi->hookrail_accepted_json($accepted),
        );
    }

    public function prepared(CData $prepared): PreparedEvent
    {
        return new PreparedEvent(
            (string) Bytes::borrow($this->ffi, 'hookrail_prepared_blob', 'hookrail_prepared', $prepared),
            $this->ffi->hookrail_prepared_idempotency_key($prepared),
        );
    }

    public function eventStatus(CData $status): EventStatus
    {
        $deliveries = [];
        $count = $this->ffi->hookrail_event_status_delivery_count($status);
        for ($index = 0; $index < $count; $index++) {
            $deliveries[] = $this->delivery($status, $index);
        }

        return new EventStatus(
            $this->ffi->hookrail_event_status_event_id($status),
            $this->ffi->hookrail_event_status_topic($status),
            $deliveries,
            $this->ffi->hookrail_event_status_json($status),
        );
    }

    private function delivery(CData $status, int $index): Delivery
    {
        $attempts = [];
        $count = $this->ffi->hookrail_event_status_attempt_count($status, $index);
        for ($attempt = 0; $attempt < $count; $attempt++) {
            $attempts[] = $this->attempt($status, $index, $attempt);
        }
        $state = $this->ffi->hookrail_event_status_delivery_state_text($status, $index);

        return new Delivery(
            $this->ffi->hookrail_event_status_delivery_id($status, $index),
            DeliveryState::tryFrom($state) ?? $state,
            $this->ffi->hookrail_event_status_delivery_attempts_truncated($status, $index),
            $attempts,
        );
    }

    private function attempt(CData $status, int $delivery, int $index): Attempt
    {
        $httpStatus = $this->ffi->hookrail_event_status_attempt_http_status($status, $delivery, $index);
        $latency = $this->ffi->hookrail_event_status_attempt_latency_ms($status, $delivery, $index);

        return new Attempt(
            $this->ffi->hookrail_event_status_attempt_number($status, $delivery, $index),
            $this->ffi->hookrail_event_status_attempt_claim_version($status, $delivery, $index),
            $this->ffi->hookrail_event_status_attempt_status($status, $delivery, $index),
            $httpStatus === 0 ? null : $httpStatus,
            $this->ffi->hookrail_event_status_attempt_error_class($status, $delivery, $index),
            $latency < 0 ? null : $latency / 1000,
        );
    }
}
