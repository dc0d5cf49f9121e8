//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import "context"

// Flush waits until every submitted event has its result, received or not. If the context ends first, the error
// matches the context's error.
func (c *Client) Flush(ctx context.Context) error {
	queue, done := c.useQueue()
	defer done()
	if queue == nil || queue.await(ctx, func() bool { return len(queue.pending) == 0 }) {
		return nil
	}
	return contextError(ctx, "the wait ended before all submitted events had their results", OutcomeNone)
}

// Pending has the numbers of submitted events that are queued and that are being sent.
type Pending struct {
	Queued, InFlight int
}

// Pending returns the state of the queue; it is zero for a closed client.
func (c *Client) Pending() (Pending, error) {
	queue, done := c.useQueue()
	defer done()
	if queue == nil {
		return Pending{}, nil
	}
	var queued, inFlight C.size_t
	var failure *C.hookrail_error
	if status := C.hookrail_pending(queue.handle, &queued, &inFlight, nil, &failure); status != C.HOOKRAIL_OK {
		return Pending{}, takeError(C.int32_t(status), failure)
	}
	return Pending{int(queued), int(inFlight)}, nil
}

// Purge cancels the queued events and, with inFlight, those that are being sent. Each gets its result, as after
// [Submission.Cancel]. Purge returns the number of cancelled events.
func (c *Client) Purge(inFlight bool) (int, error) {
	queue, done := c.useQueue()
	defer done()
	if queue == nil {
		return 0, nil
	}
	flags := C.uint32_t(C.HOOKRAIL_PURGE_QUEUED)
	if inFlight {
		flags |= C.HOOKRAIL_PURGE_IN_FLIGHT
	}
	var purged C.size_t
	var failure *C.hookrail_error
	if status := C.hookrail_purge(queue.handle, flags, &purged, &failure); status != C.HOOKRAIL_OK {
		return 0, takeError(C.int32_t(status), failure)
	}
	return int(purged), nil
}

// useQueue returns the queue, which stays valid until done is called; nil if nothing was submitted, or after
// Shutdown has returned.
func (c *Client) useQueue() (queue *producer, done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queue == nil || c.handle == nil {
		return nil, func() {}
	}
	c.users++
	return c.queue, c.release
}
