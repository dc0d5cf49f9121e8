//go:build cgo

package hookrail

import (
	"context"
	"fmt"
)

// Close closes the client. It is [Client.Shutdown] with the client's timeout.
func (c *Client) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	return c.Shutdown(ctx)
}

// Shutdown closes the client: it takes nothing more in, and waits until every submitted event has its
// result and the submitters' channels have taken it. When the context ends before that, the events
// that are left are given up, each with a result that says what is known of it, results do not wait
// for room in the channels any more, and if events were given up Shutdown returns an error.
//
// Calls of SendEvent and GetEvent that are under way end by themselves. A second Shutdown returns at
// once.
func (c *Client) Shutdown(ctx context.Context) error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	queue := c.queue
	// Keeps the handle until the queue is done with it.
	c.users++
	c.mu.Unlock()
	defer c.release()
	if queue == nil {
		return nil
	}
	drained := queue.drain(ctx)
	unsent, err := queue.close()
	if err != nil || unsent == 0 {
		return err
	}
	failure := &Error{
		Status:  StatusTimeout,
		Message: fmt.Sprintf("%d submitted events were given up", unsent),
	}
	if drained != nil {
		failure = withContext(failure, ctx)
	}
	return failure
}
