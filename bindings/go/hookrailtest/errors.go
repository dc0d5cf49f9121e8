//go:build cgo

package hookrailtest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hookrail/hookrail-go"
)

// retries is the number of retries of a client with the default options.
const retries = 3

// NewError returns the error with which a send of a client with default options ends if the service or the network
// always gives a failure of this status. So the error for a status that the client retries has two levels: its own
// status is [hookrail.StatusRetriesExhausted], and it also matches the status that was asked for. It panics for a status
// that a send cannot end with.
//
// A [Recorder] adds the idempotency key.
func NewError(status hookrail.Status) *hookrail.Error {
	e := newError(status)
	e.AttemptRecords = records(e)
	return e
}

func newError(status hookrail.Status) *hookrail.Error {
	e := &hookrail.Error{Status: status, Attempts: 1, Outcome: hookrail.OutcomeRejected}
	switch status {
	case hookrail.StatusBadRequest:
		return answered(e, http.StatusBadRequest)
	case hookrail.StatusAuthentication:
		return answered(e, http.StatusUnauthorized)
	case hookrail.StatusPermissionDenied:
		return answered(e, http.StatusForbidden)
	case hookrail.StatusNotFound:
		return answered(e, http.StatusNotFound)
	case hookrail.StatusConflict:
		return answered(e, http.StatusConflict)
	case hookrail.StatusPayloadTooLarge:
		return answered(e, http.StatusRequestEntityTooLarge)
	case hookrail.StatusUnexpectedStatus:
		return answered(e, http.StatusTeapot)
	case hookrail.StatusRateLimited:
		return exhausted(answered(e, http.StatusTooManyRequests))
	case hookrail.StatusServerError, hookrail.StatusRetriesExhausted:
		e.Status, e.Outcome = hookrail.StatusServerError, hookrail.OutcomeMaybeSent
		return exhausted(answered(e, http.StatusServiceUnavailable))
	case hookrail.StatusConnection:
		e.Message, e.Outcome = "cannot connect to 127.0.0.1:8080: Connection refused (os error 111)", hookrail.OutcomeNotSent
		return exhausted(e)
	case hookrail.StatusTimeout:
		e.Message, e.Outcome = "the service did not answer in time", hookrail.OutcomeMaybeSent
		return exhausted(e)
	case hookrail.StatusTLS:
		e.Message, e.Outcome = "TLS: the server does not speak TLS on this port", hookrail.OutcomeNotSent
	case hookrail.StatusProtocol:
		e.Message, e.Outcome = "the service answered 202 with an unexpected body", hookrail.OutcomeMaybeSent
		e.HTTPStatus, e.Body = http.StatusAccepted, []byte("nonsense")
	case hookrail.StatusCancelled:
		e.Message, e.Outcome = "the call was cancelled", hookrail.OutcomeMaybeSent
	case hookrail.StatusQueueFull:
		e.Message, e.Outcome, e.Attempts, e.Retryable = "the queue is full", hookrail.OutcomeNotSent, 0, true
	case hookrail.StatusClosed:
		e.Message, e.Outcome, e.Attempts = "the client is closed", hookrail.OutcomeNotSent, 0
	default:
		panic(fmt.Sprintf("hookrailtest: no send ends with the status %s", status))
	}
	return e
}

// records returns the records of a call's attempts, which all ended with the same error.
func records(e *hookrail.Error) []hookrail.AttemptRecord {
	const took = 2 * time.Millisecond
	last := e.Last()
	var records []hookrail.AttemptRecord
	for i := 0; i < e.Attempts; i++ {
		since := time.Duration(i) * 100 * took
		records = append(records, hookrail.AttemptRecord{
			Number: i + 1, Status: last.Status, HTTPStatus: last.HTTPStatus, NewConnection: i == 0, Message: last.Message,
			Started: time.Now().Add(since - time.Second), SinceStart: since, Duration: took,
		})
	}
	return records
}

// answered completes the error for an answer of the service.
func answered(e *hookrail.Error, code int) *hookrail.Error {
	const detail = "as the test wants it"
	e.HTTPStatus = code
	e.Problem = hookrail.Problem{Type: "about:blank", Title: problemTitle(code), Detail: detail}
	e.Body = problemBody(code, e.Problem.Title, detail)
	e.Message = fmt.Sprintf("the service answered %d: %s", code, detail)
	return e
}

// exhausted returns the error of a call whose attempts all ended with the same error. That of the last attempt says
// nothing of the whole call.
func exhausted(last *hookrail.Error) *hookrail.Error {
	e := *last
	last.Retryable, last.Attempts, last.Outcome = true, 0, hookrail.OutcomeNone
	e.Status, e.Cause, e.Retryable, e.Attempts = hookrail.StatusRetriesExhausted, last, true, retries+1
	e.Message = fmt.Sprintf("gave up after %d attempts (all retries were made); the last error: %s", e.Attempts, last.Message)
	return &e
}
