//go:build cgo

package hookrail

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Error is what every failing call of this package returns.
//
// Match kinds of errors with [errors.Is] and the Err… variables; use [errors.As] for the details.
type Error struct {
	// Status is the kind of the error.
	Status Status
	// Message is a sentence for a person. It never holds an API key or a secret.
	Message string
	// HTTPStatus is the status of the service's last answer; 0 when there was none.
	HTTPStatus int
	// RetryAfter is how long the service asked to wait, where HasRetryAfter.
	RetryAfter    time.Duration
	HasRetryAfter bool
	// Problem holds the service's problem details (RFC 7807); its fields are empty where it gave
	// none.
	Problem Problem
	// Body is the service's last answer as it came, cut off at 64 KiB.
	Body []byte
	// Retryable tells whether the same call can succeed later without a change.
	Retryable bool
	// Attempts is how many attempts were made; 0 when the call ended before the first.
	Attempts int
	// IdempotencyKey is the key under which the event was, or would have been, sent. A resend of
	// the same event with this key cannot double it. Empty when no event was being sent.
	IdempotencyKey string
	// Outcome says what is known about the event that was being sent.
	Outcome Outcome
	// Cause is the last attempt's error for StatusRetriesExhausted, else nil.
	Cause *Error

	// below is an error of Go that ended the call: the context's, a reader's, a JSON encoder's.
	below error
}

// Problem holds the members of RFC 7807 problem details.
type Problem struct {
	Type   string
	Title  string
	Detail string
}

// Error returns the kind of the error and its message.
func (e *Error) Error() string {
	return fmt.Sprintf("hookrail: %s: %s", e.Status, e.Message)
}

// Unwrap returns the last attempt's error when the retries ran out; else what ended the call, such as
// the cause of the context's end; else nil.
func (e *Error) Unwrap() error {
	if e.Cause != nil {
		return e.Cause
	}
	return e.below
}

// Last returns the last attempt's error: the innermost Cause, and e itself where it has none. One
// comparison of Last().Status finds what the service or the network said last, whether that was final
// or the retries ran out over it. Outcome and Attempts of e itself are those of the whole call.
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

// errorKind is what the Err… variables are: one status or several that belong together.
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

// What [errors.Is] can match an [*Error] with. An error for exhausted retries matches
// ErrRetriesExhausted as well as the kind of the last attempt's error.
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

	// ErrConnection matches a failed connection and, as a kind of it, a timeout.
	ErrConnection error = &errorKind{"connection", StatusConnection, StatusTimeout}
	// ErrServer matches every answer of the service with a status of 500 or more.
	ErrServer error = &errorKind{"server_error", StatusServerError, 599}
	// ErrSignature matches every reason for which a delivery does not verify.
	ErrSignature error = &errorKind{"signature", 700, 799}
)

// invalidArgument is for what this package itself refuses, before anything is sent.
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
