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
	_, err := c.Shutdown(ctx)
	return err
}

// Shutdown closes the client: it accepts no more events, and waits until every submitted event has its result, the
// submitters' channels have received it, and the handler of [WithErrorHandler] has returned. If the context ends first,
// Shutdown cancels the remaining events, each with a result that says what is known about it, and drops results for
// which the channels have no room.
//
// It returns the number of cancelled events. If it cancelled events, dropped results or did not wait for the error
// handler's end, the error names the numbers and matches the context's error. So nil means that every submitted event had
// its result, and every channel and the handler its results.
//
// Running calls of SendEvent and GetEvent are not affected. A second Shutdown returns nil at once.
func (c *Client) Shutdown(ctx context.Context) (unsent int, err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, nil
	}
	c.closed = true
	queue := c.queue
	// Keeps the handle until the queue has ended.
	c.users++
	c.mu.Unlock()
	defer c.release()
	if queue == nil {
		return 0, nil
	}
	queue.refuse()
	queue.await(ctx, func() bool { return queue.held == 0 && !queue.handling })
	unsent, dropped, err := queue.close()
	unhandled := queue.awaitHandler()
	if err == nil && (unsent > 0 || dropped > 0 || unhandled > 0) {
		message := fmt.Sprintf("the wait ended too early: events given up: %d; results dropped for want of room in their "+
			"channels: %d; failed events that the error handler has not finished: %d", unsent, dropped, unhandled)
		err = contextError(ctx, message, OutcomeNone)
	}
	return unsent, err
}
