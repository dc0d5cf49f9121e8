//go:build cgo

package hookrail

import (
	"context"
	"fmt"
)

// Close closes the client. It is [Client.Shutdown] with the client's timeout; the error tells of events
// that were given up.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	unsent, err := c.Shutdown(ctx)
	if err == nil && unsent > 0 {
		message := fmt.Sprintf("%d submitted events could not be sent in time and were given up", unsent)
		return contextError(ctx, message, OutcomeNone)
	}
	return err
}

// Shutdown closes the client: it takes nothing more in, and waits until every submitted event has its
// result and the submitters' channels have taken it. When the context ends before that, the events
// that are left are given up, each with a result that says what is known of it, and results do not wait
// for room in the channels any more. Shutdown returns how many events were given up.
//
// Calls of SendEvent and GetEvent that are under way end by themselves. A second Shutdown returns at
// once.
func (c *Client) Shutdown(ctx context.Context) (unsent int, err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, nil
	}
	c.closed = true
	queue := c.queue
	// Keeps the handle until the queue is done with it.
	c.users++
	c.mu.Unlock()
	defer c.release()
	if queue == nil {
		return 0, nil
	}
	queue.await(ctx, func() bool { return queue.held == 0 })
	return queue.close()
}
