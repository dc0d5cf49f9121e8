//go:build cgo

package hookrail

import (
	"context"
	"time"
)

// handlerGrace is how long a shutdown waits, after its context has ended, for the error handler to get the events that it
// has given up.
const handlerGrace = time.Second

// WithErrorHandler sets a function that gets each submitted event whose result is an error, also one that was cancelled.
// [Submission.Err] has the error; Topic, IdempotencyKey and Tag tell the event. So a program needs neither a results
// channel nor a goroutine to notice failures.
//
// One goroutine of the package calls the handler, for one event after the other, in the order in which they failed. An
// event with a results channel goes to both, in no particular order. Failures for which the handler has no time keep
// their places in the queue. The handler may submit events, but a Close or Shutdown in it would wait for itself. A panic
// in it ends the process, as in any goroutine.
//
// [Client.Shutdown] waits until the handler has returned for the last event, within its context. Then it waits one more
// second at most, so that the handler gets the events that were given up. Later the handler is called without Shutdown
// waiting for it.
func WithErrorHandler(handler func(*Submission)) Option {
	return func(c *clientConfig) error {
		c.onError = handler
		return nil
	}
}

// report queues a failed submission for the error handler. The caller holds p.mu.
func (p *producer) report(submission *Submission) {
	p.failures = append(p.failures, submission)
	p.startHandling()
}

// startHandling starts the goroutine that calls the error handler if there is work for it. The caller holds p.mu.
func (p *producer) startHandling() {
	if !p.handling && len(p.failures) > 0 {
		p.handling = true
		go p.handleFailures()
	}
}

// handleFailures calls the error handler for each failure.
func (p *producer) handleFailures() {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() {
		// There are failures left if the handler has ended this goroutine, as a failing test does.
		p.handling = false
		p.startHandling()
		p.advance()
	}()
	for len(p.failures) > 0 {
		submission := p.failures[0]
		p.failures[0] = nil
		p.failures = p.failures[1:]
		p.take(submission)
		p.advance()
		p.callHandler(submission)
	}
}

// callHandler is called with p.mu held, and unlocks it for the handler.
func (p *producer) callHandler(submission *Submission) {
	p.mu.Unlock()
	defer p.mu.Lock()
	p.client.onError(submission)
}

// awaitHandler gives the error handler time for the events that a shutdown has given up. It returns the number of events
// that the handler has not finished.
func (p *producer) awaitHandler() int {
	ctx, cancel := context.WithTimeout(context.Background(), handlerGrace)
	defer cancel()
	if p.await(ctx, func() bool { return !p.handling }) {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.handling {
		return 0
	}
	return len(p.failures) + 1
}
