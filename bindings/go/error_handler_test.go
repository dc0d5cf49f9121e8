package hookrail_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

// refused makes the server refuse the next events.
func refused(server *devserver.Server, events int) {
	server.Fault(devserver.Rule{"status": 403, "times": events})
}

func TestTheErrorHandlerGetsEachFailureInOrder(t *testing.T) {
	const events = 50
	server := devserver.Start(t)
	var failed []int
	client := newClient(t, server, hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		// No lock: the calls are one after the other, and Shutdown waits for them.
		failed = append(failed, s.Tag().(int))
		if !errors.Is(s.Err(), hookrail.ErrPermissionDenied) || s.Topic() != "t" {
			t.Errorf("got %q, %v", s.Topic(), s.Err())
		}
		select {
		case <-s.Done():
		default:
			t.Error("the submission is not done")
		}
	}))
	refused(server, events)
	results := make(chan *hookrail.Submission, events)
	for i := 0; i < events; i++ {
		channel := results
		if i%2 == 0 {
			channel = nil
		}
		submit(t, client, i, channel, hookrail.WithTag(i), hookrail.WithOrderingKey("k"))
	}
	submit(t, client, events, results, hookrail.WithTag(events), hookrail.WithOrderingKey("k"))
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if len(failed) != events || len(results) != events/2+1 {
		t.Fatalf("%d failures came to the handler and %d results to the channel", len(failed), len(results))
	}
	for i, tag := range failed {
		if tag != i {
			t.Fatalf("the failures came as %v", failed)
		}
	}
}

func TestTheErrorHandlerGetsCancelledEvents(t *testing.T) {
	server := devserver.Start(t)
	outcomes := make(chan hookrail.Outcome, 3)
	client := newClient(t, server, hookrail.WithReadTimeout(long), hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		if !errors.Is(s.Err(), hookrail.ErrCancelled) {
			t.Errorf("got %v", s.Err())
		}
		var failure *hookrail.Error
		errors.As(s.Err(), &failure)
		outcomes <- failure.Outcome
	}))
	server.Fault(devserver.Rule{"never_answer": true})
	submit(t, client, 1, nil, hookrail.WithOrderingKey("k"))
	server.Wait("requests=1")
	queued := submit(t, client, 2, nil, hookrail.WithOrderingKey("k"))
	queued.Cancel()
	if outcome := <-outcomes; outcome != hookrail.OutcomeNotSent {
		t.Errorf("a queued event: got %v", outcome)
	}
	if purged, err := client.Purge(true); purged != 1 || err != nil {
		t.Errorf("purged %d, %v", purged, err)
	}
	if outcome := <-outcomes; outcome != hookrail.OutcomeMaybeSent {
		t.Errorf("an event on its way: got %v", outcome)
	}
}

func TestASlowErrorHandlerFillsTheQueue(t *testing.T) {
	server := devserver.Start(t)
	entered, proceed := make(chan any), make(chan struct{})
	client := newClient(t, server, hookrail.WithQueueMaxEvents(2), hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		entered <- s.Tag()
		<-proceed
	}))
	refused(server, 3)
	submit(t, client, 1, nil, hookrail.WithTag(1))
	<-entered
	// The handler has the first failure, and two wait for it.
	for i := 2; i <= 3; i++ {
		submission := submit(t, client, i, nil, hookrail.WithTag(i))
		<-submission.Done()
	}
	if err := client.Flush(background); err != nil {
		t.Error(err)
	}
	if _, err := client.Submit("t", 4, nil); !errors.Is(err, hookrail.ErrQueueFull) {
		t.Errorf("got %v", err)
	}
	proceed <- struct{}{}
	<-entered
	submit(t, client, 4, nil)
	close(proceed)
	if tag := <-entered; tag != 3 {
		t.Errorf("the last failure is %v", tag)
	}
}

func TestTheErrorHandlerMaySubmit(t *testing.T) {
	server := devserver.Start(t)
	var client *hookrail.Client
	handled := make(chan error, 1)
	client = newClient(t, server, hookrail.WithQueueMaxEvents(1), hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		again, err := client.SubmitWait(background, "failed", s.Topic(), nil)
		if err == nil {
			_, err = again.Wait(background)
		}
		handled <- err
	}))
	refused(server, 1)
	submit(t, client, 1, nil)
	if err := <-handled; err != nil {
		t.Error(err)
	}
}

func TestShutdownDoesNotWaitForABlockedErrorHandlerForEver(t *testing.T) {
	server := devserver.Start(t)
	entered, proceed, ended := make(chan struct{}), make(chan struct{}), make(chan struct{}, 2)
	client := newClient(t, server, hookrail.WithReadTimeout(long), hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		entered <- struct{}{}
		<-proceed
		ended <- struct{}{}
	}))
	refused(server, 1)
	submit(t, client, 1, nil)
	<-entered
	server.Fault(devserver.Rule{"never_answer": true})
	submit(t, client, 2, nil)
	server.Wait("requests=2")
	ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	unsent, err := client.Shutdown(ctx)
	if unsent != 1 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %d, %v", unsent, err)
	}
	if want := "the error handler has not finished: 2"; !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
	// It still gets the event that was given up.
	close(proceed)
	<-entered
	<-ended
	<-ended
}

func TestTheErrorHandlerGetsEventsThatAShutdownGivesUp(t *testing.T) {
	const events = 100
	server := devserver.Start(t)
	var mu sync.Mutex
	given := make(map[any]bool)
	client := newClient(t, server, hookrail.WithReadTimeout(long), hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		mu.Lock()
		defer mu.Unlock()
		given[s.Tag()] = true
	}))
	server.Fault(devserver.Rule{"never_answer": true})
	for i := 0; i < events; i++ {
		submit(t, client, i, nil, hookrail.WithTag(i), hookrail.WithOrderingKey("k"))
	}
	server.Wait("requests=1")
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	unsent, err := client.Shutdown(ctx)
	mu.Lock()
	defer mu.Unlock()
	if unsent != events || len(given) != events || !strings.Contains(fmt.Sprint(err), "has not finished: 0") {
		t.Errorf("%d of %d events came to the handler: %v", len(given), unsent, err)
	}
}

func TestAnErrorHandlerThatEndsItsGoroutine(t *testing.T) {
	server := devserver.Start(t)
	calls, second := make(chan any, 2), make(chan *hookrail.Submission, 1)
	client := newClient(t, server, hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		calls <- s.Tag()
		if s.Tag() == 1 {
			// The other failure waits for the handler by then.
			<-(<-second).Done()
		}
		runtime.Goexit()
	}))
	refused(server, 2)
	for i := 1; i <= 2; i++ {
		submission := submit(t, client, i, nil, hookrail.WithTag(i), hookrail.WithOrderingKey("k"))
		if i == 2 {
			second <- submission
		}
	}
	if first, second := <-calls, <-calls; first != 1 || second != 2 {
		t.Errorf("got %v and %v", first, second)
	}
}

// Within its context a shutdown waits for longer than for the events that it has given up.
func TestCloseWaitsForASlowErrorHandler(t *testing.T) {
	server := devserver.Start(t)
	handled := false
	client := newClient(t, server, hookrail.WithErrorHandler(func(*hookrail.Submission) {
		time.Sleep(1500 * time.Millisecond)
		handled = true
	}))
	refused(server, 1)
	submit(t, client, 1, nil)
	if err := client.Close(); err != nil || !handled {
		t.Errorf("got %v, and the handler has ended: %v", err, handled)
	}
}

// A panic in the handler is not swallowed: it ends the process with the handler's own message.
func TestAPanicInTheErrorHandlerEndsTheProcess(t *testing.T) {
	const marker = "HOOKRAIL_TEST_PANICS"
	if url := os.Getenv(marker); url != "" {
		client, err := hookrail.New(hookrail.WithAPIKey("hk_unknown"), hookrail.WithBaseURL(url),
			hookrail.WithErrorHandler(func(*hookrail.Submission) { panic("from the handler") }))
		if err != nil {
			t.Fatal(err)
		}
		submit(t, client, 1, nil)
		client.Close()
		return
	}
	server := devserver.Start(t)
	command := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	command.Env = append(os.Environ(), marker+"="+server.URL)
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "panic: from the handler") {
		t.Errorf("got %v: %s", err, output)
	}
}
