//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"time"
)

// Accepted is the service's promise: it has recorded the event durably.
type Accepted struct {
	EventID string
	// DeliveryIDs are the IDs of the event's deliveries; empty when no subscription matched.
	DeliveryIDs []string
	// Replayed is set if the service had recorded this key and these bytes before.
	Replayed bool
	// IdempotencyKey is the key under which the event was sent.
	IdempotencyKey string
	// Attempts is the number of attempts.
	Attempts int
	// AttemptRecords describe the attempts, the last 16 at most.
	AttemptRecords []AttemptRecord
	// RequestID is the id that the service, or a gateway before it, gave the request in its answer (X-Request-Id or the
	// like); "" if there was none.
	RequestID string
	// Raw is the service's unchanged answer, with members that this version does not know.
	Raw json.RawMessage
}

// EventStatus is the status of an event.
type EventStatus struct {
	EventID    string
	Topic      string
	Deliveries []DeliveryStatus
	// AttemptRecords describe the attempts of the call, the last 16 at most.
	AttemptRecords []AttemptRecord
	// RequestID is that of the answer, as in [Accepted].
	RequestID string
	// Raw is the service's unchanged answer, with members that this version does not know.
	Raw json.RawMessage
}

// DeliveryStatus is the status of one delivery of an event.
type DeliveryStatus struct {
	ID    string
	State DeliveryState
	// Attempts are the attempts in the service's list, which is incomplete if AttemptsTruncated is set.
	Attempts          []Attempt
	AttemptsTruncated bool
}

// Attempt is one attempt to deliver.
type Attempt struct {
	Number       int64
	ClaimVersion int64
	// Status is the result of the attempt, in the service's own word.
	Status string
	// HTTPStatus is the status of the receiver's answer; 0 without an answer.
	HTTPStatus int
	// ErrorClass is the service's word for the failure; empty without a failure.
	ErrorClass string
	// Latency is how long the attempt took; negative if the service does not say.
	Latency time.Duration
}

// DeliveryState is the state of a delivery in the service's own word. A newer service may have states
// that are not among the constants.
type DeliveryState string

// The states of this version.
const (
	DeliveryPending        DeliveryState = "pending"
	DeliveryInFlight       DeliveryState = "in_flight"
	DeliveryRetryScheduled DeliveryState = "retry_scheduled"
	DeliverySucceeded      DeliveryState = "succeeded"
	DeliveryDeadLettered   DeliveryState = "dead_lettered"
	DeliveryCancelled      DeliveryState = "cancelled"
	DeliverySkipped        DeliveryState = "skipped"
)

// Known reports whether the state is one of the constants.
func (s DeliveryState) Known() bool {
	switch s {
	case DeliveryPending, DeliveryInFlight, DeliveryRetryScheduled:
		return true
	}
	return s.Final()
}

// Final reports whether a delivery stays in this state: no further attempt follows unless the service
// is asked for one.
func (s DeliveryState) Final() bool {
	switch s {
	case DeliverySucceeded, DeliveryDeadLettered, DeliveryCancelled, DeliverySkipped:
		return true
	}
	return false
}

// takeAccepted copies an answer of the library and frees it.
func takeAccepted(handle *C.hookrail_accepted) *Accepted {
	defer C.hookrail_accepted_free(handle)
	read := C.hkgo_read_accepted(handle)
	accepted := &Accepted{
		EventID:        C.GoString(read.event_id),
		Replayed:       bool(read.replayed),
		IdempotencyKey: C.GoString(read.idempotency_key),
		Attempts:       int(read.attempts),
		AttemptRecords: copyRecords(read.records, func(i C.size_t, record *C.hookrail_attempt_record, size C.size_t) C.bool {
			return C.hookrail_accepted_attempt_record(handle, i, record, size)
		}),
		RequestID: C.GoString(read.request_id),
		Raw:       copyBytes(read.json, read.json_len),
	}
	if read.deliveries > 0 {
		accepted.DeliveryIDs = make([]string, read.deliveries)
	}
	for i := range accepted.DeliveryIDs {
		accepted.DeliveryIDs[i] = C.GoString(C.hookrail_accepted_delivery_id(handle, C.size_t(i)))
	}
	return accepted
}

// takeEventStatus copies an answer of the library and frees it.
func takeEventStatus(handle *C.hookrail_event_status) *EventStatus {
	defer C.hookrail_event_status_free(handle)
	raw := copyBytes(C.hookrail_event_status_json(handle), C.hookrail_event_status_json_len(handle))
	status := &EventStatus{
		EventID: C.GoString(C.hookrail_event_status_event_id(handle)),
		Topic:   C.GoString(C.hookrail_event_status_topic(handle)),
		AttemptRecords: copyRecords(C.hkgo_read_status_records(handle),
			func(i C.size_t, record *C.hookrail_attempt_record, size C.size_t) C.bool {
				return C.hookrail_event_status_attempt_record(handle, i, record, size)
			}),
		RequestID: C.GoString(C.hookrail_event_status_request_id(handle)),
		Raw:       raw,
	}
	count := C.hookrail_event_status_delivery_count(handle)
	for i := C.size_t(0); i < count; i++ {
		status.Deliveries = append(status.Deliveries, copyDelivery(handle, i))
	}
	return status
}

func copyDelivery(handle *C.hookrail_event_status, index C.size_t) DeliveryStatus {
	read := C.hkgo_read_delivery(handle, index)
	delivery := DeliveryStatus{
		ID:                C.GoString(read.id),
		State:             DeliveryState(C.GoString(read.state)),
		AttemptsTruncated: bool(read.attempts_truncated),
	}
	for i := C.size_t(0); i < read.attempts; i++ {
		attempt := C.hkgo_read_attempt(handle, index, i)
		delivery.Attempts = append(delivery.Attempts, Attempt{
			Number:       int64(attempt.number),
			ClaimVersion: int64(attempt.claim_version),
			Status:       C.GoString(attempt.status),
			HTTPStatus:   int(attempt.http_status),
			ErrorClass:   C.GoString(attempt.error_class),
			Latency:      duration(int64(attempt.latency_ms), time.Millisecond),
		})
	}
	return delivery
}
