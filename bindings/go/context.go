//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

// call binds a context to one call of the library: its end fires a token that ends the call, and its
// deadline shortens the call's timeout, so that nothing depends on the token being in time.
type call struct {
	ctx context.Context
	// timeoutMS is what the library is given.
	timeoutMS C.int64_t
	// deadlineCounts tells that timeoutMS comes from the context.
	deadlineCounts bool
	cancel         *C.hookrail_cancel
	stop           func() bool
	fired          chan struct{}
}

// begin prepares a call. outcome is what an error has to say of the event, as nothing was sent yet.
func begin(ctx context.Context, budget time.Duration, outcome Outcome) (*call, error) {
	if ctx.Err() != nil {
		return nil, endedBefore(ctx, outcome)
	}
	c := &call{ctx: ctx, timeoutMS: milliseconds(budget)}
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left <= 0 {
			return nil, endedBefore(ctx, outcome)
		}
		if left < budget {
			c.timeoutMS, c.deadlineCounts = milliseconds(left), true
		}
	}
	if ctx.Done() == nil {
		return c, nil
	}
	var failure *C.hookrail_error
	if status := C.hookrail_cancel_new(&c.cancel, &failure); status != C.HOOKRAIL_OK {
		return nil, takeError(C.int32_t(status), failure)
	}
	token, fired := c.cancel, make(chan struct{})
	c.fired = fired
	c.stop = context.AfterFunc(ctx, func() {
		C.hookrail_cancel_fire(token)
		close(fired)
	})
	return c, nil
}

// end releases the token. Where it is just being fired, it waits for that.
func (c *call) end() {
	if c.cancel == nil {
		return
	}
	if !c.stop() {
		<-c.fired
	}
	C.hookrail_cancel_free(c.cancel)
}

// explain says in an error that the context ended the call, where it did.
func (c *call) explain(e *Error) *Error {
	switch e.Status {
	case StatusCancelled:
		if c.ctx.Err() == nil {
			return e
		}
		if errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
			// Whether the token or the timeout comes first is chance; the caller sees one kind.
			e.Status = StatusTimeout
		}
		return withContext(e, c.ctx)
	case StatusTimeout, StatusRetriesExhausted:
		deadline, _ := c.ctx.Deadline()
		if c.deadlineCounts && !time.Now().Before(deadline) {
			return withContext(e, c.ctx)
		}
	}
	return e
}

func endedBefore(ctx context.Context, outcome Outcome) *Error {
	return contextError(ctx, "the context had ended before the call began", outcome)
}

// contextError is for a context that ended a wait in this package, not in the library.
func contextError(ctx context.Context, message string, outcome Outcome) *Error {
	e := &Error{Status: StatusTimeout, Message: message, Outcome: outcome}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Status = StatusCancelled
	}
	return withContext(e, ctx)
}

// contextEnd is the end of a context: its error and, where it was given one, its cause.
type contextEnd struct {
	err, cause error
}

func (c *contextEnd) Error() string { return c.cause.Error() }

// Unwrap gives [errors.Is] and [errors.As] both.
func (c *contextEnd) Unwrap() []error { return []error{c.err, c.cause} }

func withContext(e *Error, ctx context.Context) *Error {
	switch err, cause := ctx.Err(), context.Cause(ctx); {
	case err == nil:
		// The clock says that the deadline passed, the context's timer has yet to.
		e.below = context.DeadlineExceeded
	case err == cause:
		e.below = err
	default:
		e.below = &contextEnd{err, cause}
	}
	return e
}
