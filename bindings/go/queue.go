//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import "context"

// Flush waits until every submitted event has its result, and the submitters' channels have taken it.
// When the context ends first, the error matches the context's.
func (c *Client) Flush(ctx context.Context) error {
	queue, err := c.useQueue()
	if err != nil {
		return err
	}
	defer c.release()
	if queue == nil || queue.drain(ctx) {
		return nil
	}
	return contextError(ctx, "the wait ended before all submitted events had their results", OutcomeNone)
}

// Pending tells how many submitted events wait, how many are being sent, and how many results were not
// handed out.
type Pending struct {
	Queued, InFlight, Results int
}

// Pending returns the state of the queue.
func (c *Client) Pending() (Pending, error) {
	queue, err := c.useQueue()
	if err != nil {
		return Pending{}, err
	}
	defer c.release()
	if queue == nil {
		return Pending{}, nil
	}
	var queued, inFlight, results C.size_t
	var failure *C.hookrail_error
	if status := C.hookrail_pending(queue.handle, &queued, &inFlight, &results, &failure); status != C.HOOKRAIL_OK {
		return Pending{}, takeError(C.int32_t(status), failure)
	}
	return Pending{int(queued), int(inFlight), int(results)}, nil
}

// Purge gives up the submitted events that wait and, with inFlight, those that are being sent. Each has
// its result, as after [Submission.Cancel]. It returns how many that were.
func (c *Client) Purge(inFlight bool) (int, error) {
	queue, err := c.useQueue()
	if err != nil {
		return 0, err
	}
	defer c.release()
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

// useQueue returns the queue, nil when nothing was submitted. After success the caller releases.
func (c *Client) useQueue() (*producer, error) {
	if _, err := c.acquire(OutcomeNone); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.queue, nil
}

// drain waits until every result was handed out, and reports whether that came before the context's end.
func (p *producer) drain(ctx context.Context) bool {
	for {
		idle, progress := p.idle()
		if idle {
			return true
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return false
		}
	}
}
