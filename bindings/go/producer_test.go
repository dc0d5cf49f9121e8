package hookrail_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

// submit submits an event, and fails the test if it is refused.
func submit(tb testing.TB, client *hookrail.Client, payload any, results chan<- *hookrail.Submission, opts ...hookrail.SendOption) *hookrail.Submission {
	tb.Helper()
	submission, err := client.Submit("t", payload, results, opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return submission
}

func TestSubmittedEventsHaveTheirResults(t *testing.T) {
	const events = 500
	server := devserver.Start(t)
	client := newClient(t, server)
	results := make(chan *hookrail.Submission)
	keys := make(chan map[string]bool)
	go func() {
		seen := make(map[string]bool)
		for i := 0; i < events; i++ {
			submission := <-results
			accepted, err := submission.Wait(background)
			if err != nil {
				t.Error(err)
				continue
			}
			seen[accepted.IdempotencyKey] = true
			if queued, total := submission.Times(); queued > total || total <= 0 {
				t.Errorf("it was queued for %v of %v", queued, total)
			}
		}
		keys <- seen
	}()
	for i := 0; i < events; i++ {
		submit(t, client, i, results)
	}
	if seen := <-keys; len(seen) != events {
		t.Errorf("there are %d keys for %d events", len(seen), events)
	}
	if counts := server.Summary(); counts["events"] != events {
		t.Errorf("the service has %v", counts)
	}
}

func TestSubmitRefusesAtOnce(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	if _, err := client.Submit("", 1, nil); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("no topic: got %v", err)
	}
	if _, err := client.Submit("t", []byte("1"), nil); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("bytes: got %v", err)
	}
	if _, err := client.Submit("t", 1, nil, hookrail.WithSendTimeout(-1)); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("a negative timeout: got %v", err)
	}
	if _, err := client.SubmitPrepared([]byte("blob"), nil); !errors.Is(err, hookrail.ErrDamagedBlob) {
		t.Errorf("no blob: got %v", err)
	}
	if err := client.Flush(background); err != nil {
		t.Error(err)
	}
}

func TestFailuresOfSubmittedEvents(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(devserver.Rule{"status": 403})
	submission := submit(t, client, 1, nil, hookrail.WithIdempotencyKey("k"))
	_, err := submission.Wait(background)
	if e := asError(t, err); !errors.Is(err, hookrail.ErrPermissionDenied) || e.IdempotencyKey != "k" || e.Outcome != hookrail.OutcomeRejected {
		t.Errorf("got %+v", e)
	}
}

func TestSubmitPrepared(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	prepared, err := client.Prepare("t", 1)
	if err != nil {
		t.Fatal(err)
	}
	submission, err := client.SubmitPrepared(prepared.Blob, nil, hookrail.WithSendTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := submission.Wait(background)
	if err != nil || accepted.IdempotencyKey != prepared.IdempotencyKey {
		t.Errorf("got %+v, %v", accepted, err)
	}
}

func TestOrderingKeysKeepTheOrder(t *testing.T) {
	const events = 40
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(devserver.Rule{"status": 503, "probability": 0.3, "times": "always", "seed": 3})
	for i := 0; i < events; i++ {
		submit(t, client, i, nil, hookrail.WithOrderingKey("k"))
	}
	if err := client.Flush(background); err != nil {
		t.Fatal(err)
	}
	next := 0
	for _, request := range server.Requests() {
		if request.Status != 202 {
			continue
		}
		if want := fmt.Sprintf(`{"topic":"t","payload":%d}`, next); request.Body.Text != want {
			t.Fatalf("got %s, want %s", request.Body.Text, want)
		}
		next++
	}
	if next != events {
		t.Errorf("%d events arrived", next)
	}
}

// The queue keeps a client alive to which no other reference is left.
func TestQueueHoldsItsClient(t *testing.T) {
	server := devserver.Start(t)
	server.Fault(devserver.Rule{"delay_ms": 500})
	submission := func() *hookrail.Submission {
		client, err := hookrail.New(hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		return submit(t, client, 1, nil)
	}()
	server.Wait("requests=1")
	for i := 0; i < 3; i++ {
		runtime.GC()
		// Finalizers run one after the other: after this one, all of that collection have run.
		finalized := make(chan struct{})
		runtime.SetFinalizer(&[1]*int{new(int)}, func(*[1]*int) { close(finalized) })
		runtime.GC()
		<-finalized
	}
	if accepted, err := submission.Wait(background); err != nil || accepted.Attempts != 1 {
		t.Errorf("got %+v, %v", accepted, err)
	}
}

func TestFullQueue(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(2), hookrail.WithQueueMaxBytes(1<<20), hookrail.WithReadTimeout(long))
	server.Fault(devserver.Rule{"never_answer": true})
	first := submit(t, client, 1, nil)
	server.Wait("requests=1")
	second := submit(t, client, 2, nil, hookrail.WithOrderingKey("k"))
	if _, err := second.Wait(background); err != nil {
		t.Fatal(err)
	}
	third := submit(t, client, 3, nil, hookrail.WithOrderingKey("k"))
	if _, err := third.Wait(background); err != nil {
		t.Fatal(err)
	}

	server.Fault(devserver.Rule{"never_answer": true})
	fourth := submit(t, client, 4, nil)
	if _, err := client.Submit("t", 5, nil); !errors.Is(err, hookrail.ErrQueueFull) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("a full queue: got %v", err)
	}
	ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	if _, err := client.SubmitWait(ctx, "t", 5, nil); !errors.Is(err, hookrail.ErrQueueFull) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a queue that stays full: got %v", err)
	}
	waiting := make(chan error)
	go func() {
		submission, err := client.SubmitWait(background, "t", 5, nil)
		if err == nil {
			_, err = submission.Wait(background)
		}
		waiting <- err
	}()
	first.Cancel()
	if err := <-waiting; err != nil {
		t.Errorf("once there is room: got %v", err)
	}
	if _, err := first.Wait(background); !errors.Is(err, hookrail.ErrCancelled) || asError(t, err).Outcome != hookrail.OutcomeMaybeSent {
		t.Errorf("canceled on its way: got %v", err)
	}
	first.Cancel()
	fourth.Cancel()
}

func TestTimeoutsWhileAllWorkersAreBusy(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithWorkers(1), hookrail.WithReadTimeout(long))
	server.Fault(never("after_reading"))
	busy := submit(t, client, 1, nil)
	server.Wait("requests=1")
	begun := time.Now()
	late := submit(t, client, 2, nil, hookrail.WithSendTimeout(20*time.Millisecond))
	if _, err := late.Wait(background); !errors.Is(err, hookrail.ErrTimeout) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > soon {
		t.Errorf("it took %v", took)
	}
	busy.Cancel()
	<-busy.Done()
}

func TestCancelAQueuedEvent(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long))
	server.Fault(devserver.Rule{"never_answer": true})
	busy := submit(t, client, 1, nil, hookrail.WithOrderingKey("k"))
	server.Wait("requests=1")
	waiting := submit(t, client, 2, nil, hookrail.WithOrderingKey("k"))
	if _, total := waiting.Times(); total != 0 {
		t.Errorf("it took %v before it ended", total)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := waiting.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended wait: got %v", err)
	}
	if err := client.Flush(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended flush: got %v", err)
	}
	waiting.Cancel()
	if _, err := waiting.Wait(background); !errors.Is(err, hookrail.ErrCancelled) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("got %v", err)
	}
	busy.Cancel()
	<-busy.Done()
}

func TestShutdownCancelsTheRemainingEvents(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long))
	server.Fault(never("after_reading"))
	results := make(chan *hookrail.Submission, 2)
	submit(t, client, 1, results, hookrail.WithOrderingKey("k"))
	submit(t, client, 2, results, hookrail.WithOrderingKey("k"))
	server.Wait("requests=1")
	ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	begun := time.Now()
	unsent, err := client.Shutdown(ctx)
	if took := time.Since(begun); took > soon {
		t.Errorf("it took %v", took)
	}
	if unsent != 2 || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, hookrail.ErrTimeout) {
		t.Errorf("got %d, %v", unsent, err)
	}
	if message := asError(t, err).Message; !strings.Contains(message, "events given up: 2; ") {
		t.Errorf("got the message %q", message)
	}
	outcomes := make(map[hookrail.Outcome]int)
	for i := 0; i < 2; i++ {
		submission := <-results
		_, err := submission.Wait(background)
		outcomes[asError(t, err).Outcome]++
		submission.Cancel()
	}
	if outcomes[hookrail.OutcomeMaybeSent] != 1 || outcomes[hookrail.OutcomeNotSent] != 1 {
		t.Errorf("got %v", outcomes)
	}
	if _, err := client.Submit("t", 1, nil); !errors.Is(err, hookrail.ErrClosed) {
		t.Errorf("after the shutdown: got %v", err)
	}
	if pending, err := client.Pending(); pending != (hookrail.Pending{}) || err != nil {
		t.Errorf("after the shutdown: got %+v, %v", pending, err)
	}
	if err := client.Flush(background); err != nil {
		t.Errorf("after the shutdown: got %v", err)
	}
}

func TestCloseReportsCancelledEvents(t *testing.T) {
	server := devserver.Start(t)
	client, err := hookrail.New(hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(server.URL),
		hookrail.WithTimeout(50*time.Millisecond), hookrail.WithReadTimeout(long))
	if err != nil {
		t.Fatal(err)
	}
	server.Fault(never("after_reading"))
	submit(t, client, 1, nil)
	if err := client.Close(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("closed twice: got %v", err)
	}
}

func TestPurge(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long))
	if pending, err := client.Pending(); pending != (hookrail.Pending{}) || err != nil {
		t.Errorf("got %+v, %v", pending, err)
	}
	server.Fault(never("after_reading"))
	busy := submit(t, client, 1, nil, hookrail.WithOrderingKey("k"))
	server.Wait("requests=1")
	waiting := submit(t, client, 2, nil, hookrail.WithOrderingKey("k"))
	if pending, err := client.Pending(); pending.Queued != 1 || pending.InFlight != 1 || err != nil {
		t.Errorf("got %+v, %v", pending, err)
	}
	if purged, err := client.Purge(false); purged != 1 || err != nil {
		t.Errorf("purged %d, %v", purged, err)
	}
	if _, err := waiting.Wait(background); !errors.Is(err, hookrail.ErrCancelled) {
		t.Errorf("got %v", err)
	}
	if purged, err := client.Purge(true); purged != 1 || err != nil {
		t.Errorf("purged %d, %v", purged, err)
	}
	if _, err := busy.Wait(background); !errors.Is(err, hookrail.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}

func TestShutdownDoesNotWaitForReceiversOfResults(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	submission := submit(t, client, 1, make(chan *hookrail.Submission))
	if _, err := submission.Wait(background); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	unsent, err := client.Shutdown(ctx)
	if unsent != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no event was given up, but a result was dropped: got %d, %v", unsent, err)
	}
	if message := asError(t, err).Message; !strings.Contains(message, "channels: 1") {
		t.Errorf("got the message %q", message)
	}
}

func TestACancelledShutdownReportsItsContext(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long))
	server.Fault(never("after_reading"))
	submit(t, client, 1, nil)
	server.Wait("requests=1")
	reason := errors.New("the host stops")
	ctx, cancel := context.WithCancelCause(background)
	cancel(reason)
	unsent, err := client.Shutdown(ctx)
	if unsent != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, reason) || !errors.Is(err, hookrail.ErrCancelled) {
		t.Errorf("got %d, %v", unsent, err)
	}
}

func TestAShutdownThatLosesNothingReturnsNil(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	results := make(chan *hookrail.Submission, 1)
	submission := submit(t, client, 1, results)
	<-submission.Done()
	<-results
	ctx, cancel := context.WithCancel(background)
	cancel()
	if unsent, err := client.Shutdown(ctx); unsent != 0 || err != nil {
		t.Errorf("got %d, %v", unsent, err)
	}
}

func TestCloseSendsQueuedEvents(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	for i := 0; i < 100; i++ {
		submit(t, client, i, nil)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if counts := server.Summary(); counts["events"] != 100 {
		t.Errorf("the service has %v", counts)
	}
}

func TestSubmittersAndCloseAtTheSameTime(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(20))
	var submitters sync.WaitGroup
	var started sync.WaitGroup
	for i := 0; i < 20; i++ {
		submitters.Add(1)
		started.Add(1)
		go func() {
			defer submitters.Done()
			for n := 0; ; n++ {
				submission, err := client.SubmitWait(background, "t", n, nil)
				if errors.Is(err, hookrail.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := submission.Wait(background); err != nil {
					t.Error(err)
				}
				if n == 0 {
					started.Done()
				}
			}
		}()
	}
	started.Wait()
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	submitters.Wait()
}

// An event that is refused occupies a place for a moment, and SubmitWait must notice when it is free again.
func TestRefusedSubmissionsFreeTheirPlaces(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(2), hookrail.WithReadTimeout(long))
	server.Fault(never("after_reading"))
	busy := submit(t, client, 1, nil, hookrail.WithOrderingKey("k"))
	var refused sync.WaitGroup
	stop := make(chan struct{})
	for i := 0; i < 4; i++ {
		refused.Add(1)
		go func() {
			defer refused.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := client.Submit("", 1, nil); !errors.Is(err, hookrail.ErrInvalidArgument) && !errors.Is(err, hookrail.ErrQueueFull) {
					t.Errorf("got %v", err)
				}
			}
		}()
	}
	for i := 0; i < 500; i++ {
		ctx, cancel := context.WithTimeout(background, long)
		waiting, err := client.SubmitWait(ctx, "t", 1, nil, hookrail.WithOrderingKey("k"))
		cancel()
		if err != nil {
			t.Errorf("submission %d: %v", i, err)
			break
		}
		waiting.Cancel()
		<-waiting.Done()
	}
	close(stop)
	refused.Wait()
	busy.Cancel()
	<-busy.Done()
}

func TestClosedQueuesLeaveNothingBehind(t *testing.T) {
	server := devserver.Start(t)
	use := func() {
		client := newClient(t, server)
		submit(t, client, 1, nil)
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	use()
	before := settled(t, resources{}, func(resources) bool { return true })
	for i := 0; i < 20; i++ {
		use()
	}
	settled(t, before, func(now resources) bool {
		// The runtime may have made a thread or two of its own.
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors &&
			now.threads <= before.threads+4
	})
}
