//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

// call binds a context to one call of the library. The context's cancellation fires a token that ends the call; its
// deadline becomes the call's timeout, because the library's errors say more about a timeout than about a token.
type call struct {
	ctx context.Context
	// timeoutMS is the timeout for the library; 0 for the client's timeout.
	timeoutMS C.int64_t
	// deadlineCounts is set if timeoutMS comes from the context.
	deadlineCounts bool
	// expired is set if the deadline had passed before the call began.
	expired bool
	cancel  *C.hookrail_cancel
	stop    func() bool
	fired   chan struct{}
}

// begin prepares a call with its own time budget; usual is the client's default. outcome is the outcome of begin's
// own errors.
func begin(ctx context.Context, budget, usual time.Duration, outcome Outcome) (*call, error) {
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
	if ctx.Done() == nil {
		return c, nil
	}
	var failure *C.hookrail_error
	if status := C.hookrail_cancel_new(&c.cancel, &failure); status != C.HOOKRAIL_OK {
		e := takeError(C.int32_t(status), failure)
		e.Outcome = outcome
		return nil, e
	}
	if ctx.Err() != nil || c.expired {
		// The library then refuses the call, with its usual error and outcome.
		C.hookrail_cancel_fire(c.cancel)
	}
	token, fired := c.cancel, make(chan struct{})
	c.fired = fired
	c.stop = context.AfterFunc(ctx, func() {
		defer close(fired)
		if !c.deadlineCounts || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			C.hookrail_cancel_fire(token)
		}
	})
	return c, nil
}

// end releases the token. If another goroutine is firing it, end waits for that.
func (c *call) end() {
	if c.cancel == nil {
		return
	}
	if !c.stop() {
		<-c.fired
	}
	C.hookrail_cancel_free(c.cancel)
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
