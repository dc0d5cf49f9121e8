<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use Hookrail\Accepted;
use Hookrail\Attempt;
use Hookrail\Delivery;
use Hookrail\DeliveryState;
use Hookrail\EventStatus;
use Hookrail\PreparedEvent;

/**
 * Copies the library's results into objects of the package.
 *
 * @internal
 */
final class ResultReader
{
    public function __construct(private readonly Library $library)
    {
    }

    /** Reads all members with one look-up of the handle, which takes less time than Gate::call() for each. */
    public function accepted(Handle $handle): Accepted
    {
        $unrestricted = Gate::unrestricted();
        $ffi = $unrestricted ?? FFI::scope(Gate::SCOPE);
        $held = Interruptions::possible($unrestricted === null);
        try {
            if ($held !== 0) {
                Interruptions::hold($held);
            }
            $accepted = $unrestricted !== null
                ? $handle->place->pointer
                : $ffi->hookrail_pointer_get(Signatures::HANDLES['accepted'], $handle->place->number);
            $deliveryIds = [];
            $count = $ffi->hookrail_accepted_delivery_count($accepted);
            for ($index = 0; $index < $count; $index++) {
                $deliveryIds[] = (string) $ffi->hookrail_accepted_delivery_id($accepted, $index);
            }

            $members = [
                (string) $ffi->hookrail_accepted_event_id($accepted),
                $deliveryIds,
                $ffi->hookrail_accepted_replayed($accepted),
                (string) $ffi->hookrail_accepted_idempotency_key($accepted),
                $ffi->hookrail_accepted_attempts($accepted),
                (string) $ffi->hookrail_accepted_json($accepted),
                AttemptReader::read('accepted', $handle),
                $ffi->hookrail_accepted_request_id($accepted),
            ];
        } finally {
            if ($held !== 0) {
                Interruptions::resume($held);
            }
        }

        return new Accepted(...$members);
    }

    public function prepared(Handle $prepared): PreparedEvent
    {
        return new PreparedEvent(
            $this->library->value('hookrail_prepared_blob', $prepared),
            $this->library->value('hookrail_prepared_idempotency_key', $prepared),
        );
    }

    public function eventStatus(Handle $status): EventStatus
    {
        $deliveries = [];
        $count = $this->library->value('hookrail_event_status_delivery_count', $status);
        for ($index = 0; $index < $count; $index++) {
            $deliveries[] = $this->delivery($status, $index);
        }

        return new EventStatus(
            $this->library->value('hookrail_event_status_event_id', $status),
            $this->library->value('hookrail_event_status_topic', $status),
            $deliveries,
            $this->library->value('hookrail_event_status_json', $status),
            AttemptReader::read('event_status', $status),
            $this->library->value('hookrail_event_status_request_id', $status),
        );
    }

    private function delivery(Handle $status, int $index): Delivery
    {
        $attempts = [];
        $count = $this->library->value('hookrail_event_status_attempt_count', $status, $index);
        for ($attempt = 0; $attempt < $count; $attempt++) {
            $attempts[] = $this->attempt($status, $index, $attempt);
        }
        $state = $this->library->value('hookrail_event_status_delivery_state_text', $status, $index);

        return new Delivery(
            $this->library->value('hookrail_event_status_delivery_id', $status, $index),
            DeliveryState::tryFrom($state) ?? $state,
            $this->library->value('hookrail_event_status_delivery_attempts_truncated', $status, $index),
            $attempts,
        );
    }

    private function attempt(Handle $status, int $delivery, int $index): Attempt
    {
        $httpStatus = $this->library->value('hookrail_event_status_attempt_http_status', $status, $delivery, $index);
        $latency = $this->library->value('hookrail_event_status_attempt_latency_ms', $status, $delivery, $index);

        return new Attempt(
            $this->library->value('hookrail_event_status_attempt_number', $status, $delivery, $index),
            $this->library->value('hookrail_event_status_attempt_claim_version', $status, $delivery, $index),
            $this->library->value('hookrail_event_status_attempt_status', $status, $delivery, $index),
            $httpStatus === 0 ? null : $httpStatus,
            $this->library->value('hookrail_event_status_attempt_error_class', $status, $delivery, $index),
            $latency < 0 ? null : $latency / 1000,
        );
    }
}
