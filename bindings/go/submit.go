//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"time"
)

// Submit queues an event for the library's own threads to send, and returns at once. The arguments are those of
// [Client.SendEvent]. Submit returns an error for unacceptable arguments and for a full queue ([ErrQueueFull]).
//
// The Submission has the result: wait for its Done, or pass a channel that receives finished submissions, in the
// order in which they finish. results may be nil. Results that are not received from the channel keep their places
// in the queue: give the channel a buffer or a goroutine that receives.
//
// The package never closes the channel. Close it yourself if you want to, for example to end a range over it, but only
// after [Client.Close] or [Client.Shutdown] has returned. A channel that was closed before takes no further results;
// they remain available from their Submissions.
//
// Events with the same ordering key, from the options or from the payload's member ordering_key, are sent one at a
// time, in the order of their submission.
func (c *Client) Submit(topic string, payload any, results chan<- *Submission, opts ...SendOption) (*Submission, error) {
	submit, err := newSubmit(topic, payload, opts)
	if err != nil {
		return nil, err
	}
	submission, _, err := c.trySubmit(results, submit)
	return submission, err
}

// SubmitWait is like [Client.Submit] but waits for room in the queue. If the context ends first, the error matches
// [ErrQueueFull] and the context's error, and nothing was queued.
func (c *Client) SubmitWait(
	ctx context.Context, topic string, payload any, results chan<- *Submission, opts ...SendOption,
) (*Submission, error) {
	submit, err := newSubmit(topic, payload, opts)
	if err != nil {
		return nil, err
	}
	for {
		submission, progress, err := c.trySubmit(results, submit)
		var full *Error
		if !errors.As(err, &full) || full.Status != StatusQueueFull {
			return submission, err
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return nil, withContext(ctx, full)
		}
	}
}

// SubmitPrepared is like [Client.Submit] for an event that [Client.Prepare] made. Only the options WithSendTimeout and
// WithTag have an effect.
func (c *Client) SubmitPrepared(blob []byte, results chan<- *Submission, opts ...SendOption) (*Submission, error) {
	config := newSendConfig(opts)
	timeout, err := config.timeoutMS()
	if err != nil {
		return nil, err
	}
	attempt := func(handle *C.hookrail_client, number C.uint64_t) C.hkgo_submitted {
		p, n := givenBytes(blob)
		return C.hkgo_submit_prepared(handle, p, n, timeout, number)
	}
	submission, _, err := c.trySubmit(results, &submit{describePrepared(blob, &config), config.timeout, attempt})
	return submission, err
}

// submit is an event on its way into the library's queue.
type submit struct {
	event   submittedEvent
	timeout *time.Duration
	// attempt is one attempt to put the event into the queue, with the number of its submission.
	attempt func(handle *C.hookrail_client, number C.uint64_t) C.hkgo_submitted
}

func newSubmit(topic string, payload any, opts []SendOption) (*submit, error) {
	config := newSendConfig(opts)
	encoded, err := encodePayload(payload)
	if err != nil {
		return nil, err
	}
	timeout, err := config.timeoutMS()
	if err != nil {
		return nil, err
	}
	event, err := describeEvent(topic, encoded, &config)
	if err != nil {
		return nil, err
	}
	return &submit{event, config.timeout, func(handle *C.hookrail_client, number C.uint64_t) C.hkgo_submitted {
		return C.hkgo_submit_event(handle, config.event(topic, encoded), timeout, number)
	}}, nil
}

// trySubmit also returns a channel that is closed as soon as another attempt may succeed.
func (c *Client) trySubmit(results chan<- *Submission, submit *submit) (*Submission, <-chan struct{}, error) {
	handle, err := c.acquire(OutcomeNotSent)
	if err != nil {
		return nil, nil, err
	}
	defer c.release()
	queue, err := c.startQueue()
	if err != nil {
		return nil, nil, err
	}
	// Before the attempt, so that no progress after the attempt is missed.
	progress := queue.watch()
	submission, err := queue.enter(results, submit.event)
	if err != nil {
		return nil, progress, err
	}
	submitted := submit.attempt(handle, C.uint64_t(submission.number))
	if submitted.status != C.HOOKRAIL_OK {
		queue.withdraw(submission, submitted.status == C.HOOKRAIL_QUEUE_FULL)
		return nil, progress, takeError(submitted.status, submitted.error)
	}
	submission.token.Store(uint64(submitted.token))
	timeout := c.deliveryTimeout
	if submit.timeout != nil {
		timeout = *submit.timeout
	}
	queue.arm(submission, timeout)
	return submission, progress, nil
}

// startQueue returns the client's queue, and starts it at the first call.
func (c *Client) startQueue() (*producer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queue == nil && c.closed {
		// A Shutdown after acquire has not seen the queue, and so would not end it.
		return nil, closedError("client", OutcomeNotSent)
	}
	if c.queue == nil {
		queue, err := newProducer(c)
		if err != nil {
			return nil, err
		}
		c.queue = queue
	}
	return c.queue, nil
}
