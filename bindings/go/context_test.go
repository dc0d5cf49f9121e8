package hookrail_test

import (
	"context"
	"errors"
	"math/rand"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

// long is the time that calls would take if their contexts did not end them; soon is far less.
const (
	long = time.Minute
	soon = 20 * time.Second
)

func never(at string) devserver.Rule { return devserver.Rule{"never_answer": at, "times": "always"} }

func TestContextsThatEndedBeforeTheCall(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	canceled, cancel := context.WithCancel(background)
	cancel()
	expired, cancel := context.WithDeadline(background, time.Now().Add(-time.Hour))
	defer cancel()
	for _, c := range []struct {
		ctx  context.Context
		is   error
		kind error
	}{
		{canceled, context.Canceled, hookrail.ErrCancelled},
		{expired, context.DeadlineExceeded, hookrail.ErrTimeout},
	} {
		_, err := client.SendEvent(c.ctx, "t", 1)
		if !errors.Is(err, c.is) || !errors.Is(err, c.kind) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
			t.Errorf("got %v with outcome %v, want %v", err, asError(t, err).Outcome, c.is)
		}
		if _, err := client.GetEvent(c.ctx, "e"); !errors.Is(err, c.is) {
			t.Errorf("got %v, want %v", err, c.is)
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestCancelAtEachStageOfACall(t *testing.T) {
	for name, c := range map[string]struct {
		fault   devserver.Rule
		there   func(*devserver.Server, *hookrail.Client)
		outcome hookrail.Outcome
	}{
		"waiting for the answer": {
			never("after_reading"),
			func(server *devserver.Server, _ *hookrail.Client) { server.Wait("requests=1") },
			hookrail.OutcomeMaybeSent,
		},
		"waiting for a retry": {
			devserver.Rule{"status": 429, "headers": map[string]string{"Retry-After": "30"}},
			func(_ *devserver.Server, client *hookrail.Client) { awaitRetry(t, client) },
			hookrail.OutcomeRejected,
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := devserver.Start(t)
			client := newClient(t, server, hookrail.WithReadTimeout(long), hookrail.WithTimeout(2*long))
			server.Fault(c.fault)
			cause := errors.New("the user went away")
			ctx, cancel := context.WithCancelCause(background)
			go func() {
				defer cancel(cause)
				c.there(server, client)
			}()
			begun := time.Now()
			_, err := client.SendEvent(ctx, "t", 1, hookrail.WithIdempotencyKey("k"))
			if took := time.Since(begun); took > soon {
				t.Errorf("it took %v", took)
			}
			e := asError(t, err)
			if !errors.Is(err, context.Canceled) || !errors.Is(err, hookrail.ErrCancelled) || !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
			if e.Outcome != c.outcome || e.IdempotencyKey != "k" || e.Attempts != 1 || e.Timeout() {
				t.Errorf("got %+v", e)
			}
		})
	}
}

// awaitRetry waits until the client has decided on a retry, which only its counters show.
func awaitRetry(tb testing.TB, client *hookrail.Client) {
	for begun := time.Now(); time.Since(begun) < soon; time.Sleep(time.Millisecond) {
		if stats, err := client.Stats(); err != nil || stats.Retries["rate_limited"] == 1 {
			return
		}
	}
	tb.Error("the client does not retry")
}

func TestDeadlineEndsTheCall(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long), hookrail.WithTimeout(2*long))
	server.Fault(never("after_reading"))
	var ctx context.Context
	var err error
	// If the machine pauses the process for a second, nothing may have been sent when the time is over; then try again.
	for try := 0; try == 0 || try < 5 && asError(t, err).Outcome == hookrail.OutcomeNotSent; try++ {
		begun := time.Now()
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(background, time.Second)
		defer cancel()
		_, err = client.SendEvent(ctx, "t", 1)
		if took := time.Since(begun); took < time.Second || took > soon {
			t.Errorf("it took %v", took)
		}
	}
	e := asError(t, err)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !e.Timeout() {
		t.Errorf("got %v", err)
	}
	if !errors.Is(err, hookrail.ErrTimeout) || e.Outcome != hookrail.OutcomeMaybeSent {
		t.Errorf("got %+v", e)
	}
	if _, err := client.GetEvent(ctx, "e"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTimeoutsDoNotMatchTheContext(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(never("after_reading"))
	ctx, cancel := context.WithTimeout(background, long)
	defer cancel()
	_, err := client.SendEvent(ctx, "t", 1, hookrail.WithSendTimeout(50*time.Millisecond))
	if !errors.Is(err, hookrail.ErrTimeout) || !asError(t, err).Timeout() {
		t.Errorf("got %v", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is taken for the context's end", err)
	}
}

// resources are the numbers of goroutines, threads and descriptors, of which calls might leave some behind.
type resources struct{ goroutines, threads, descriptors int }

func countResources(tb testing.TB) resources {
	tb.Helper()
	count := func(dir string) int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			tb.Fatal(err)
		}
		return len(entries)
	}
	return resources{runtime.NumGoroutine(), count("/proc/self/task"), count("/proc/self/fd")}
}

// storm sends events from many goroutines and cancels nine of ten, each at a random moment. The others have enough
// time even for a slow server.
func storm(client *hookrail.Client, calls int, seed int64) (sent, canceled, other int64) {
	random := rand.New(rand.NewSource(seed))
	var done sync.WaitGroup
	for i := 0; i < calls; i++ {
		delay := time.Duration(random.Intn(100_000)) * time.Microsecond
		patient := i%10 == 0
		done.Add(1)
		go func() {
			defer done.Done()
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			if !patient {
				timer := time.AfterFunc(delay, cancel)
				defer timer.Stop()
			}
			switch _, err := client.SendEvent(ctx, "t", 1); {
			case err == nil:
				atomic.AddInt64(&sent, 1)
			case errors.Is(err, context.Canceled):
				atomic.AddInt64(&canceled, 1)
			default:
				atomic.AddInt64(&other, 1)
			}
		}()
	}
	done.Wait()
	return sent, canceled, other
}

func TestAThousandCallsLeaveNothingBehind(t *testing.T) {
	server := devserver.Start(t)
	server.Fault(devserver.Rule{"delay_ms": 60, "probability": 0.5, "times": "always", "seed": 1})
	client := newClient(t, server, hookrail.WithIdleConnections(0))
	storm(client, 100, 1)
	before := settled(t, resources{}, func(resources) bool { return true })
	sent, canceled, other := storm(client, 1000, 2)
	if sent+canceled != 1000 || sent == 0 || canceled == 0 {
		t.Errorf("%d were sent, %d canceled and %d failed", sent, canceled, other)
	}
	// Go keeps the threads that it has made. Those of the calls beyond the usual number must be gone: one for
	// each of 64 calls may stay, and some of the runtime's own.
	after := settled(t, before, func(now resources) bool {
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors &&
			now.threads <= 64+16
	})
	t.Logf("before %+v, after %+v; %d sent, %d canceled", before, after, sent, canceled)
}

// settled waits until the counts are as wanted: goroutines and threads end a moment after their work.
func settled(tb testing.TB, before resources, wanted func(resources) bool) resources {
	tb.Helper()
	deadline := time.Now().Add(soon)
	for {
		runtime.GC()
		now := countResources(tb)
		if wanted(now) {
			return now
		}
		if time.Now().After(deadline) {
			tb.Fatalf("left behind: %+v, before %+v", now, before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestWithoutDescriptorsNothingIsSent(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := syscall.Rlimit{Cur: 0, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	_, err := client.SendEvent(ctx, "t", 1)
	_, submitErr := client.Submit("t", 1, nil)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{err, submitErr} {
		e := asError(t, err)
		if !errors.Is(err, hookrail.ErrOutOfResources) || e.Outcome != hookrail.OutcomeNotSent || !e.Retryable {
			t.Errorf("got %v with outcome %v", err, e.Outcome)
		}
		if !strings.Contains(e.Message, "RLIMIT_NOFILE") {
			t.Errorf("the message does not say where to look: %q", e.Message)
		}
	}
	if _, err := client.SendEvent(ctx, "t", 1); err != nil {
		t.Errorf("with descriptors again: got %v", err)
	}
}

func TestCloseDuringCalls(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(devserver.Rule{"delay_ms": 200})
	result := make(chan error, 1)
	go func() {
		_, err := client.SendEvent(background, "t", 1)
		result <- err
	}()
	server.Wait("requests=1")
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Errorf("the call under way: %v", err)
	}
	if _, err := client.SendEvent(background, "t", 1); !errors.Is(err, hookrail.ErrClosed) {
		t.Errorf("a later call: %v", err)
	}
}
