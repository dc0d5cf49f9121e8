//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// batch is how many completions are collected at a time.
const batch = 64

// producer is the Go side of a client's queue. One goroutine waits for the library's descriptor in the runtime's
// poller, which blocks no thread, and finishes the submissions. It never waits for their receivers.
type producer struct {
	// client keeps the client from being garbage collected, which would free the handle.
	client *Client
	handle *C.hookrail_client
	events *os.File
	// abandon is closed when results must no longer wait for room in the submitters' channels.
	abandon chan struct{}
	// ended is closed when the goroutine has collected everything.
	ended chan struct{}
	// senders counts the goroutines of the result queues.
	senders sync.WaitGroup
	// limit is the largest value of held.
	limit int

	mu sync.Mutex
	// pending has the submissions without a result by their numbers, which are their tags in the library.
	pending    map[uint64]*Submission
	lastNumber uint64
	// held counts the submissions whose results were not received: those pending, and those in resultQueues or failures.
	held int
	// refusing is set once no submission may enter any more.
	refusing bool
	// dropped counts the results for which the submitters' channels had no room in the end.
	dropped int
	// resultQueues has the results that wait for room in the submitters' channels.
	resultQueues map[chan<- *Submission]*resultQueue
	// failures has the failed submissions for the error handler, which is called while handling is set.
	failures []*Submission
	handling bool
	// progress is closed and replaced whenever there may be room in the queue or nothing left in it.
	progress chan struct{}
}

func newProducer(client *Client) (*producer, error) {
	handle := client.handle
	var fd C.int32_t
	var failure *C.hookrail_error
	if status := C.hookrail_event_fd(handle, &fd, &failure); status != C.HOOKRAIL_OK {
		e := takeError(C.int32_t(status), failure)
		e.Outcome = OutcomeNotSent
		return nil, e
	}
	if checked := C.hkgo_check_completions(handle); checked.status != C.HOOKRAIL_OK {
		return nil, takeError(checked.status, checked.error)
	}
	events, e := duplicate(int(fd))
	if e != nil {
		return nil, e
	}
	p := &producer{
		client:       client,
		handle:       handle,
		events:       events,
		abandon:      make(chan struct{}),
		ended:        make(chan struct{}),
		limit:        client.queueMaxEvents,
		pending:      make(map[uint64]*Submission),
		resultQueues: make(map[chan<- *Submission]*resultQueue),
		progress:     make(chan struct{}),
	}
	connection, err := events.SyscallConn()
	if err != nil {
		events.Close()
		return nil, noDescriptor("the queue's descriptor cannot be waited for", err)
	}
	go p.run(connection)
	return p, nil
}

// duplicate makes a file from a copy of the library's descriptor. The copy may be closed, the original may not.
func duplicate(fd int) (*os.File, *Error) {
	copied, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return nil, noDescriptor("the library's descriptor cannot be duplicated", errno)
	}
	// The runtime's poller accepts only nonblocking descriptors.
	if err := syscall.SetNonblock(int(copied), true); err != nil {
		syscall.Close(int(copied))
		return nil, noDescriptor("the library's descriptor cannot be set up", err)
	}
	return os.NewFile(copied, "hookrail events"), nil
}

// noDescriptor returns the same error as the library if a descriptor cannot be made.
func noDescriptor(message string, err error) *Error {
	usedUp := errors.Is(err, syscall.EMFILE)
	if usedUp {
		message += " (the process has as many open as RLIMIT_NOFILE allows)"
	}
	return &Error{
		Status:    StatusOutOfResources,
		Message:   message + ": " + err.Error(),
		Retryable: usedUp || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM),
		Outcome:   OutcomeNotSent,
		below:     err,
	}
}

// run collects results until the file is closed, and then the remaining ones.
func (p *producer) run(events syscall.RawConn) {
	defer close(p.ended)
	completions := make([]C.hookrail_completion, batch)
	for {
		var count C.size_t
		err := events.Read(func(uintptr) bool {
			count = C.hkgo_collect(p.handle, &completions[0], batch)
			return count > 0
		})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			// An event's time is over: the library notices when it is asked for completions.
			err = p.events.SetReadDeadline(time.Time{})
		}
		if err != nil {
			break
		}
		p.finish(completions[:count])
	}
	for {
		count := C.hkgo_collect(p.handle, &completions[0], batch)
		if count == 0 {
			return
		}
		p.finish(completions[:count])
	}
}

// finish finishes submissions, and logs them without the lock: a logger may take its time.
func (p *producer) finish(completions []C.hookrail_completion) {
	var finished [batch]*Submission
	p.complete(completions, &finished)
	if p.client.logger != nil {
		for _, submission := range finished[:len(completions)] {
			p.client.logSubmitted(submission)
		}
	}
}

// complete takes the completions of submissions, which it returns in finished.
func (p *producer) complete(completions []C.hookrail_completion, finished *[batch]*Submission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range completions {
		number := uint64(completions[i].tag)
		submission := p.pending[number]
		delete(p.pending, number)
		finished[i] = submission
		submission.takers = 1
		if submission.results != nil {
			submission.takers++
			p.deliver(submission)
		}
		if p.client.onError != nil && completions[i].status != C.HOOKRAIL_OK {
			submission.takers++
			p.report(submission)
		}
		submission.finish(&completions[i])
		p.take(submission)
	}
	p.advance()
}

// take counts that one of its takers has a result. The last one frees the place in the queue. The caller holds p.mu.
func (p *producer) take(submission *Submission) {
	submission.takers--
	if submission.takers == 0 {
		p.held--
	}
}

// advance notifies all waiting goroutines of progress. The caller holds p.mu.
func (p *producer) advance() {
	close(p.progress)
	p.progress = make(chan struct{})
}

// enter registers a submission before the library can complete it. The library counts only completions that were
// not collected, so enter checks the limit for results that wait here to be received.
func (p *producer) enter(results chan<- *Submission, event submittedEvent) (*Submission, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held >= p.limit {
		p.settle()
	}
	if p.refusing {
		return nil, closedError("client", OutcomeNotSent)
	}
	if p.held >= p.limit {
		return nil, p.full(event)
	}
	p.held++
	p.lastNumber++
	submission := &Submission{
		event:    event,
		producer: p,
		number:   p.lastNumber,
		results:  results,
		done:     make(chan struct{}),
	}
	p.pending[submission.number] = submission
	return submission, nil
}

// full returns the error for a submission beyond the limit. The caller holds p.mu.
func (p *producer) full(event submittedEvent) *Error {
	return &Error{
		Status: StatusQueueFull,
		Message: fmt.Sprintf("the queue is full: it holds %d events, including those whose results were not received; "+
			"receive results, wait for room, or drop the event", p.held),
		Retryable:      true,
		IdempotencyKey: event.idempotencyKey,
		Outcome:        OutcomeNotSent,
	}
}

// withdraw removes a submission that the library refused, for want of room or another reason.
func (p *producer) withdraw(submission *Submission, forRoom bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, submission.number)
	p.held--
	// While the library has no room, a new attempt of a waiting goroutine would fail, too.
	if !forRoom || len(p.pending) == 0 {
		p.advance()
	}
}

// arm makes run ask the library for completions when an event's time is over. The library notices that by itself
// only while one of its threads is idle.
func (p *producer) arm(submission *Submission, timeout time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending[submission.number] == submission {
		submission.timer = time.AfterFunc(timeout+time.Millisecond, func() {
			// The file may be closed by now; then no goroutine is waiting.
			_ = p.events.SetReadDeadline(time.Now())
		})
	}
}

// watch returns a channel that is closed at the next progress.
func (p *producer) watch() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.progress
}

// await waits for a condition on fields that p.mu guards. It reports whether the condition came before the
// context's end.
func (p *producer) await(ctx context.Context, reached func() bool) bool {
	for {
		p.mu.Lock()
		done, progress := reached(), p.progress
		p.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return false
		}
	}
}

// cancel cancels a submission. Under the lock its result cannot be collected, so the handle is still valid.
func (p *producer) cancel(submission *Submission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending[submission.number] == submission {
		C.hookrail_cancel_submitted(p.handle, C.uint64_t(submission.token.Load()), nil)
	}
}

// refuse makes the queue accept no more submissions, so that those which have entered are all to wait for.
func (p *producer) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = true
}

// close cancels the unsent events, sends the results and ends the goroutines. It returns the numbers of cancelled
// events and of dropped results.
func (p *producer) close() (unsent, dropped int, err error) {
	closed := C.hkgo_close(p.handle)
	close(p.abandon)
	p.events.Close()
	<-p.ended
	p.senders.Wait()
	if closed.status != C.HOOKRAIL_OK {
		return 0, 0, takeError(closed.status, closed.error)
	}
	// All goroutines that counted dropped results have ended.
	return int(closed.unsent), p.dropped, nil
}
