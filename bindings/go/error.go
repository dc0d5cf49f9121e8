//go:build cgo

package hookrail

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Error is the type of all errors of this package.
//
// Match kinds of errors with [errors.Is] and the Err… variables; use [errors.As] for the details.
type Error struct {
	// Status is the kind of the error.
	Status Status
	// Message is a sentence for people. It never contains an API key or a secret.
	Message string
	// HTTPStatus is the HTTP status of the service's last answer; 0 without an answer.
	HTTPStatus int
	// RetryAfter is how long the service asked to wait, if HasRetryAfter is set.
	RetryAfter    time.Duration
	HasRetryAfter bool
	// Problem has the service's problem details (RFC 7807); its fields are empty if there are none.
	Problem Problem
	// Body is the unchanged body of the service's last answer, cut off at 64 KiB.
	Body []byte
	// Retryable says whether the same call can succeed later without a change.
	Retryable bool
	// Attempts is the number of attempts; 0 if the call ended before the first one.
	Attempts int
	// AttemptRecords describe the attempts of the call, the last 16 at most. A Cause has none.
	AttemptRecords []AttemptRecord
	// RequestID is the id that the service, or a gateway before it, gave the last attempt's request in its answer
	// (X-Request-Id or the like); "" if there was none.
	RequestID string
	// IdempotencyKey is the key under which the event was, or would have been, sent. Sending the same
	// event again with this key cannot duplicate it. It is empty if no event was being sent.
	IdempotencyKey string
	// Outcome says what is known about the event that was being sent.
	Outcome Outcome
	// Cause is the last attempt's error for StatusRetriesExhausted, else nil.
	Cause *Error

	// below is the error of Go that ended the call: from the context, a reader or a JSON encoder.
	below error
}

// Problem has the members of problem details (RFC 7807).
type Problem struct {
	Type   string
	Title  string
	Detail string
}

// Error returns the kind of the error and its message.
func (e *Error) Error() string {
	return fmt.Sprintf("hookrail: %s: %s", e.Status, e.Message)
}

// Unwrap returns the last attempt's error if the retries ran out; else the error of Go that ended the call, such as
// the context's; else nil.
func (e *Error) Unwrap() error {
	if e.Cause != nil {
		return e.Cause
	}
	return e.below
}

// Last returns the error of the last attempt, both for a final error and after the retries ran out: the innermost
// Cause, or e itself if it has none. Outcome and Attempts of e itself describe the whole call.
func (e *Error) Last() *Error {
	for e.Cause != nil {
		e = e.Cause
	}
	return e
}

// Is makes [errors.Is] match the Err… variables, and the error of the context that ended the call.
func (e *Error) Is(target error) bool {
	if kind, ok := target.(*errorKind); ok {
		return kind.matches(e.Status)
	}
	return e.below != nil && errors.Is(e.below, target)
}

// Timeout reports whether a timeout or deadline ended the call, as [net.Error] and
// [context.DeadlineExceeded] do.
func (e *Error) Timeout() bool {
	return errors.Is(e, ErrTimeout) || errors.Is(e, context.DeadlineExceeded)
}

// errorKind is the type of the Err… variables: one status, or a range of statuses.
type errorKind struct {
	name        string
	first, last Status
}

func (k *errorKind) Error() string { return "hookrail: " + k.name }

func (k *errorKind) matches(status Status) bool {
	return k.first <= status && status <= k.last
}

func kind(status Status) error {
	return &errorKind{status.String(), status, status}
}

// The kinds of an [*Error] for [errors.Is]. An error for exhausted retries matches ErrRetriesExhausted as well as
// the kind of the last attempt's error.
var (
	ErrInvalidArgument  = kind(StatusInvalidArgument)
	ErrConfiguration    = kind(StatusConfiguration)
	ErrClosed           = kind(StatusClosed)
	ErrQueueFull        = kind(StatusQueueFull)
	ErrCancelled        = kind(StatusCancelled)
	ErrBodyTooLarge     = kind(StatusBodyTooLarge)
	ErrDamagedBlob      = kind(StatusDamagedBlob)
	ErrOutOfResources   = kind(StatusOutOfResources)
	ErrBodyIncomplete   = kind(StatusBodyIncomplete)
	ErrTimeout          = kind(StatusTimeout)
	ErrTLS              = kind(StatusTLS)
	ErrProtocol         = kind(StatusProtocol)
	ErrBadRequest       = kind(StatusBadRequest)
	ErrAuthentication   = kind(StatusAuthentication)
	ErrPermissionDenied = kind(StatusPermissionDenied)
	ErrNotFound         = kind(StatusNotFound)
	ErrConflict         = kind(StatusConflict)
	ErrPayloadTooLarge  = kind(StatusPayloadTooLarge)
	ErrRateLimited      = kind(StatusRateLimited)
	ErrUnexpectedStatus = kind(StatusUnexpectedStatus)
	ErrRetriesExhausted = kind(StatusRetriesExhausted)
	ErrInternal         = kind(StatusInternal)

	ErrSignatureMalformed = kind(StatusSignatureMalformed)
	ErrTimestampTooOld    = kind(StatusTimestampTooOld)
	ErrTimestampTooNew    = kind(StatusTimestampTooNew)
	ErrSignatureMismatch  = kind(StatusSignatureMismatch)
	ErrSignatureMissing   = kind(StatusSignatureMissing)

	// ErrConnection matches a failed connection, and a timeout as a special case of it.
	ErrConnection error = &errorKind{"connection", StatusConnection, StatusTimeout}
	// ErrServer matches every answer of the service with a status of 500 or more.
	ErrServer error = &errorKind{"server_error", StatusServerError, 599}
	// ErrSignature matches every reason for which a delivery does not verify.
	ErrSignature error = &errorKind{"signature", 700, 799}
)

// invalidArgument returns the error for an argument that this package itself refuses, before anything is sent.
func invalidArgument(outcome Outcome, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{
		Status:  StatusInvalidArgument,
		Message: err.Error(),
		Outcome: outcome,
		below:   errors.Unwrap(err),
	}
}

func closedError(what string, outcome Outcome) *Error {
	return &Error{Status: StatusClosed, Message: "the " + what + " is closed", Outcome: outcome}
}
