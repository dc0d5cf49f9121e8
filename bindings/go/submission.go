//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"sync/atomic"
	"time"
)

// Submission is an event that was passed to [Client.Submit].
type Submission struct {
	event    submittedEvent
	producer *producer
	number   uint64
	// token is 0 until the submit returns; the submission may have its result before.
	token   atomic.Uint64
	results chan<- *Submission
	done    chan struct{}
	// takers counts those that have still to take the result: the results channel and the error handler. It is guarded by
	// the producer's lock.
	takers int
	// timer is guarded by the producer's lock.
	timer *time.Timer

	accepted      *Accepted
	err           error
	queued, total time.Duration
}

// Done returns a channel that is closed when the result is available.
func (s *Submission) Done() <-chan struct{} {
	return s.done
}

// Err returns the error of the result. It is nil for an accepted event, and until the result is available.
func (s *Submission) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Wait waits for the result, which is the same as that of [Client.SendEvent].
//
// If the context ends first, the error matches its error; the event stays in the queue.
func (s *Submission) Wait(ctx context.Context) (*Accepted, error) {
	select {
	case <-s.done:
		return s.accepted, s.err
	default:
	}
	select {
	case <-s.done:
		return s.accepted, s.err
	case <-ctx.Done():
		message := "the wait ended before the event was sent; the event stays in the queue"
		return nil, contextError(ctx, message, OutcomeMaybeSent)
	}
}

// Cancel cancels the event. A queued event is completed at once, with an error that matches [ErrCancelled]. The
// sending of an event is interrupted, and its result says what is known. Cancel has no effect once the result is
// available.
func (s *Submission) Cancel() {
	select {
	case <-s.done:
		// The client may be freed by now.
	default:
		s.producer.cancel(s)
	}
}

// Times returns how long the event waited for its first attempt and how long it took in all. They are 0 until the
// result is available.
func (s *Submission) Times() (queued, total time.Duration) {
	select {
	case <-s.done:
		return s.queued, s.total
	default:
		return 0, 0
	}
}

func (s *Submission) finish(completion *C.hookrail_completion) {
	s.queued = duration(int64(completion.queued_us), time.Microsecond)
	s.total = duration(int64(completion.total_us), time.Microsecond)
	if completion.status == C.HOOKRAIL_OK {
		s.accepted = takeAccepted(completion.accepted)
	} else {
		s.err = takeError(completion.status, completion.error)
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	close(s.done)
}
