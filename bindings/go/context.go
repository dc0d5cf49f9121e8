//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

// call is a call of the library on behalf of a context. The context's deadline becomes the timeout of the call,
// because the library can tell more of the end of a timeout than of a cancellation.
type call struct {
	ctx context.Context
	// timeoutMS is the timeout for the library; 0 for the client's timeout.
	timeoutMS C.int64_t
	// deadlineCounts is set if timeoutMS comes from the context.
	deadlineCounts bool
	// expired is set if the deadline had passed before the call began.
	expired bool
	// token ends a call that blocks a thread; nil if the context cannot end.
	token *C.hookrail_cancel
	// tag is the number of a background call; 0 for a call that blocks a thread.
	tag C.uint64_t
}

// newCall returns a call with the time budget, where usual is the client's.
func newCall(ctx context.Context, budget, usual time.Duration) *call {
	c := &call{ctx: ctx}
	if budget != usual {
		c.timeoutMS = milliseconds(budget)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if left := time.Until(deadline); left < budget {
			c.timeoutMS, c.deadlineCounts = milliseconds(max(left, time.Millisecond)), true
			// Compares with the clock, because the context's own timer may be late.
			c.expired = left <= 0
		}
	}
	return c
}

// hasEnded tells that the context ended before the call began.
func (c *call) hasEnded() bool {
	return c.expired || c.ctx.Err() != nil
}

// isCancelled tells, of a context that has ended, whether the call must end too. At its deadline the library ends the
// call by itself.
func (c *call) isCancelled() bool {
	return !c.deadlineCounts || !errors.Is(c.ctx.Err(), context.DeadlineExceeded)
}

// watch makes a token that the end of the context fires. outcome is what an error says of the event. Call release in
// the end.
func (c *call) watch(outcome Outcome) (release func(), err error) {
	if c.ctx.Done() == nil {
		return func() {}, nil
	}
	var failure *C.hookrail_error
	if status := C.hookrail_cancel_new(&c.token, &failure); status != C.HOOKRAIL_OK {
		e := takeError(C.int32_t(status), failure)
		e.Outcome = outcome
		return nil, e
	}
	if c.hasEnded() {
		// The library then refuses the call, with its usual error and outcome.
		C.hookrail_cancel_fire(c.token)
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(c.ctx, func() {
		defer close(fired)
		if c.isCancelled() {
			C.hookrail_cancel_fire(c.token)
		}
	})
	return func() {
		if !stop() {
			// Another goroutine is firing it.
			<-fired
		}
		C.hookrail_cancel_free(c.token)
	}, nil
}

// explain adds the context's error to an error if the context ended the call.
func (c *call) explain(e *Error) *Error {
	switch e.Status {
	case StatusCancelled:
		if err := c.ctx.Err(); err != nil || c.expired {
			if !errors.Is(err, context.Canceled) {
				e.Status = StatusTimeout
			}
			return withContext(c.ctx, e)
		}
	case StatusTimeout, StatusRetriesExhausted:
		deadline, _ := c.ctx.Deadline()
		if c.deadlineCounts && !time.Now().Before(deadline) {
			return withContext(c.ctx, e)
		}
	}
	return e
}

// contextError returns the error for a context that ended a wait in this package, not in the library.
func contextError(ctx context.Context, message string, outcome Outcome) *Error {
	e := &Error{Status: StatusTimeout, Message: message, Outcome: outcome}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Status = StatusCancelled
	}
	return withContext(ctx, e)
}

// contextEnd is the end of a context with its own cause: the context's error and the cause.
type contextEnd struct {
	err, cause error
}

func (c *contextEnd) Error() string { return c.cause.Error() }

// Unwrap returns both for [errors.Is] and [errors.As].
func (c *contextEnd) Unwrap() []error { return []error{c.err, c.cause} }

func withContext(ctx context.Context, e *Error) *Error {
	switch err, cause := ctx.Err(), context.Cause(ctx); {
	case err == nil:
		// The deadline has passed by the clock, but the context's timer has not fired yet.
		e.below = context.DeadlineExceeded
	case err == cause:
		e.below = err
	default:
		e.below = &contextEnd{err, cause}
	}
	return e
}
