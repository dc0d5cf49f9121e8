//go:build cgo

package hookrail

// #include <hookrail.h>
import "C"

import "fmt"

// Status is the result of a call. The numbers are those of the C library and never change. A newer library may add
// some; the family tells their meaning: 1xx the caller, 2xx the transport, 4xx and 5xx the service's answers, 6xx
// retries, 7xx signatures, 9xx the library.
type Status int32

// The statuses of this version.
const (
	StatusOK                 Status = C.HOOKRAIL_OK
	StatusInvalidArgument    Status = C.HOOKRAIL_INVALID_ARGUMENT
	StatusConfiguration      Status = C.HOOKRAIL_CONFIGURATION
	StatusClosed             Status = C.HOOKRAIL_CLOSED
	StatusForked             Status = C.HOOKRAIL_FORKED
	StatusQueueFull          Status = C.HOOKRAIL_QUEUE_FULL
	StatusInterrupted        Status = C.HOOKRAIL_INTERRUPTED
	StatusCancelled          Status = C.HOOKRAIL_CANCELLED
	StatusBufferTooSmall     Status = C.HOOKRAIL_BUFFER_TOO_SMALL
	StatusBodyTooLarge       Status = C.HOOKRAIL_BODY_TOO_LARGE
	StatusDamagedBlob        Status = C.HOOKRAIL_DAMAGED_BLOB
	StatusOutOfResources     Status = C.HOOKRAIL_OUT_OF_RESOURCES
	StatusBodyIncomplete     Status = C.HOOKRAIL_BODY_INCOMPLETE
	StatusConnection         Status = C.HOOKRAIL_CONNECTION
	StatusTimeout            Status = C.HOOKRAIL_TIMEOUT
	StatusTLS                Status = C.HOOKRAIL_TLS
	StatusProtocol           Status = C.HOOKRAIL_PROTOCOL
	StatusBadRequest         Status = C.HOOKRAIL_BAD_REQUEST
	StatusAuthentication     Status = C.HOOKRAIL_AUTHENTICATION
	StatusPermissionDenied   Status = C.HOOKRAIL_PERMISSION_DENIED
	StatusNotFound           Status = C.HOOKRAIL_NOT_FOUND
	StatusConflict           Status = C.HOOKRAIL_CONFLICT
	StatusPayloadTooLarge    Status = C.HOOKRAIL_PAYLOAD_TOO_LARGE
	StatusRateLimited        Status = C.HOOKRAIL_RATE_LIMITED
	StatusUnexpectedStatus   Status = C.HOOKRAIL_UNEXPECTED_STATUS
	StatusServerError        Status = C.HOOKRAIL_SERVER_ERROR
	StatusRetriesExhausted   Status = C.HOOKRAIL_RETRIES_EXHAUSTED
	StatusSignatureMalformed Status = C.HOOKRAIL_SIGNATURE_MALFORMED
	StatusTimestampTooOld    Status = C.HOOKRAIL_TIMESTAMP_TOO_OLD
	StatusTimestampTooNew    Status = C.HOOKRAIL_TIMESTAMP_TOO_NEW
	StatusSignatureMismatch  Status = C.HOOKRAIL_SIGNATURE_MISMATCH
	StatusSignatureMissing   Status = C.HOOKRAIL_SIGNATURE_MISSING
	StatusInternal           Status = C.HOOKRAIL_INTERNAL
)

// String returns the name that all Hookrail packages use, for example "rate_limited".
func (s Status) String() string {
	name := C.GoString(C.hookrail_status_name(C.int64_t(s)))
	if name == "unknown" {
		return fmt.Sprintf("unknown(%d)", int32(s))
	}
	return name
}

// Outcome says what is known about an event after a call to send it.
type Outcome int32

// The outcomes.
const (
	// OutcomeNone: nothing was being sent.
	OutcomeNone Outcome = C.HOOKRAIL_OUTCOME_NONE
	// OutcomeDelivered: the service recorded the event.
	OutcomeDelivered Outcome = C.HOOKRAIL_OUTCOME_DELIVERED
	// OutcomeNotSent: no complete request left the process; the event cannot have been recorded.
	OutcomeNotSent Outcome = C.HOOKRAIL_OUTCOME_NOT_SENT
	// OutcomeRejected: the service answered that it recorded nothing.
	OutcomeRejected Outcome = C.HOOKRAIL_OUTCOME_REJECTED
	// OutcomeMaybeSent: a complete request left the process, and no answer says whether the service
	// recorded the event. Sending it again with the same idempotency key and the same payload is safe.
	OutcomeMaybeSent Outcome = C.HOOKRAIL_OUTCOME_MAYBE_SENT
)

// String returns the name that all Hookrail packages use, for example "maybe_sent".
func (o Outcome) String() string {
	return C.GoString(C.hookrail_outcome_name(C.int64_t(o)))
}
