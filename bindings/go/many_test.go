package hookrail_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

const (
	// As many calls block threads; further calls run in the background.
	blocking = 4
	// The threads of 2,000 calls at once, the runtime's and the race detector's included.
	mostThreads = 80
)

// rolesVariable tells a process of the test program to play a role in place of running tests.
const rolesVariable = "HOOKRAIL_GO_TEST_ROLE"

// play starts a process that plays a role: it runs the test of this name, with the argument.
func play(t *testing.T, test, argument string) *exec.Cmd {
	command := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.count=1", "-test.v")
	command.Env = append(os.Environ(), rolesVariable+"="+argument)
	command.Stderr = os.Stderr
	return command
}

// slowService is a service in another process that answers after a while. It returns its URL.
func slowService(t *testing.T, delay time.Duration) string {
	t.Helper()
	command := play(t, "TestRoleOfASlowService", delay.String())
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "listening on "); found {
			return url
		}
	}
	t.Fatal("the service does not start")
	return ""
}

func TestRoleOfASlowService(t *testing.T) {
	role := os.Getenv(rolesVariable)
	if role == "" {
		return
	}
	delay, err := time.ParseDuration(role)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(delay)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"event_id":"01JCD5W2Q9M5V8B2C7E4G6J0KP","delivery_ids":[]}`)
	}))
	fmt.Println("listening on http://" + listener.Addr().String())
	// Until the other process closes its end.
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func patientClient(t *testing.T, url string) *hookrail.Client {
	t.Helper()
	client, err := hookrail.New(hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(url),
		hookrail.WithConnectTimeout(long), hookrail.WithReadTimeout(long), hookrail.WithTimeout(2*long))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// sendAtOnce sends from as many goroutines at the same time. It returns how many sends failed, and the largest number
// of threads and of descriptors.
func sendAtOnce(t *testing.T, client *hookrail.Client, calls int) (failed int64, most resources) {
	t.Helper()
	var failures atomic.Int64
	var sends sync.WaitGroup
	for i := 0; i < calls; i++ {
		sends.Add(1)
		go func() {
			defer sends.Done()
			if _, err := client.SendEvent(background, "t", 1); err != nil && failures.Add(1) <= 3 {
				t.Error(err)
			}
		}()
	}
	ended := make(chan struct{})
	go func() {
		sends.Wait()
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return failures.Load(), most
		case <-time.After(20 * time.Millisecond):
			now := countResources(t)
			most.threads, most.descriptors = max(most.threads, now.threads), max(most.descriptors, now.descriptors)
		}
	}
}

func TestTwoThousandCallsAtOnceTakeFewThreads(t *testing.T) {
	const calls = 2000
	client := patientClient(t, slowService(t, time.Second))
	before := settled(t, resources{}, func(resources) bool { return true })
	failed, most := sendAtOnce(t, client, calls)
	t.Logf("%d calls at once: %+v, before %+v", calls, most, before)
	if failed > 0 {
		t.Errorf("%d calls failed", failed)
	}
	if most.threads > mostThreads {
		t.Errorf("%d threads, at most %d are right", most.threads, mostThreads)
	}
	// Each call has a connection, and none has another descriptor.
	if limit := before.descriptors + calls + 30; most.descriptors < calls/2 || most.descriptors > limit {
		t.Errorf("%d descriptors, at most %d are right", most.descriptors, limit)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	settled(t, before, func(now resources) bool {
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors
	})
}

func TestTenThousandCallsEndWell(t *testing.T) {
	calls := 10_000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	calls = min(calls, int(limit.Cur)-200)
	client := patientClient(t, slowService(t, 2*time.Second))
	defer client.Close()
	failed, most := sendAtOnce(t, client, calls)
	t.Logf("%d calls at once: %+v", calls, most)
	if failed > 0 || most.threads > mostThreads {
		t.Errorf("%d of %d calls failed; %d threads", failed, calls, most.threads)
	}
}

func TestALimitOfThreadsEndsNoProcess(t *testing.T) {
	url := slowService(t, 300*time.Millisecond)
	output, err := play(t, "TestRoleOfAProcessWithFewThreads", url).Output()
	if err != nil || !strings.Contains(string(output), "all were sent") {
		t.Errorf("%v: %s", err, output)
	}
}

func TestRoleOfAProcessWithFewThreads(t *testing.T) {
	const limitOfThreads, rlimitNPROC = 40, 6
	url := os.Getenv(rolesVariable)
	if url == "" {
		return
	}
	if os.Geteuid() == 0 {
		// The limit is one of the user, and none for root. No other process is of this user.
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(1_000_000_000+os.Getpid())); err != nil {
			t.Fatal(err)
		}
	}
	limit := syscall.Rlimit{Cur: limitOfThreads, Max: limitOfThreads}
	if err := syscall.Setrlimit(rlimitNPROC, &limit); err != nil {
		t.Fatal(err)
	}
	failed, most := sendAtOnce(t, patientClient(t, url), 1000)
	if failed == 0 && most.threads <= limitOfThreads {
		fmt.Println("all were sent")
	}
}

// occupy starts calls that never end by themselves, until further calls run in the background.
func occupy(t *testing.T, server *devserver.Server, client *hookrail.Client) {
	t.Helper()
	server.Fault(devserver.Rule{"never_answer": "after_reading", "times": blocking})
	ctx, cancel := context.WithCancel(background)
	var calls sync.WaitGroup
	for i := 0; i < blocking; i++ {
		calls.Add(1)
		go func() {
			defer calls.Done()
			if _, err := client.SendEvent(ctx, "t", 1); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}()
	}
	t.Cleanup(func() {
		cancel()
		calls.Wait()
	})
	server.Wait("requests=" + strconv.Itoa(blocking))
}

func patientOptions() []hookrail.Option {
	return []hookrail.Option{hookrail.WithReadTimeout(long), hookrail.WithTimeout(2 * long)}
}

func TestBackgroundCallsAnswerAsOthers(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, patientOptions()...)
	occupy(t, server, client)
	accepted, err := client.SendEvent(background, "orders.created", json.RawMessage(`{"a":1}`),
		hookrail.WithIdempotencyKey("k"), hookrail.WithOrderingKey("o"))
	if err != nil || accepted.IdempotencyKey != "k" || accepted.Replayed || accepted.Attempts != 1 {
		t.Fatalf("got %+v, %v", accepted, err)
	}
	status, err := client.GetEvent(background, accepted.EventID)
	if err != nil || status.EventID != accepted.EventID || status.Topic != "orders.created" {
		t.Errorf("got %+v, %v", status, err)
	}
	prepared, err := client.Prepare("t", 1)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := client.SendPrepared(background, prepared.Blob); err != nil ||
		again.IdempotencyKey != prepared.IdempotencyKey {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestBackgroundCallsFailAsOthers(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, patientOptions()...)
	occupy(t, server, client)
	if _, err := client.SendEvent(background, "", 1); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("got %v", err)
	}
	if _, err := client.SendPrepared(background, []byte("x")); !errors.Is(err, hookrail.ErrDamagedBlob) {
		t.Errorf("got %v", err)
	}
	if _, err := client.GetEvent(background, "01JCD5W2Q9M5V8B2C7E4G6J0KP"); !errors.Is(err, hookrail.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	server.Fault(devserver.Rule{"status": 401})
	_, err := client.SendEvent(background, "t", 1)
	if !errors.Is(err, hookrail.ErrAuthentication) || asError(t, err).Outcome != hookrail.OutcomeRejected {
		t.Errorf("got %v", err)
	}
	// Calls that could not be started leave nothing that holds the client.
	if _, err := client.SendEvent(background, "t", 1); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestContextsEndBackgroundCalls(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, patientOptions()...)
	occupy(t, server, client)
	server.Fault(never("after_reading"))
	cause := errors.New("the user went away")
	canceled, cancel := context.WithCancelCause(background)
	go func() {
		server.Wait("requests=" + strconv.Itoa(blocking+1))
		cancel(cause)
	}()
	_, err := client.SendEvent(canceled, "t", 1)
	e := asError(t, err)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !errors.Is(err, hookrail.ErrCancelled) ||
		e.Outcome != hookrail.OutcomeMaybeSent || e.Attempts != 1 {
		t.Errorf("got %+v", e)
	}
	_, err = client.SendEvent(canceled, "t", 1)
	if !errors.Is(err, cause) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("got %v", err)
	}
	expiring, cancelExpiring := context.WithTimeout(background, 500*time.Millisecond)
	defer cancelExpiring()
	_, err = client.SendEvent(expiring, "t", 1)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, hookrail.ErrTimeout) || !asError(t, err).Timeout() {
		t.Errorf("got %v", err)
	}
}

func TestCloseWhileBackgroundCallsAreUnderWay(t *testing.T) {
	const calls = 40
	server := devserver.Start(t)
	before := settled(t, resources{}, func(resources) bool { return true })
	client, err := hookrail.New(hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	server.Fault(devserver.Rule{"delay_ms": 300, "times": "always"})
	results := make(chan error, calls)
	for i := 0; i < calls; i++ {
		go func() {
			_, err := client.SendEvent(background, "t", 1)
			results <- err
		}()
	}
	server.Wait("requests=" + strconv.Itoa(calls))
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if _, err := client.SendEvent(background, "t", 1); !errors.Is(err, hookrail.ErrClosed) {
		t.Errorf("got %v", err)
	}
	for i := 0; i < calls; i++ {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	settled(t, before, func(now resources) bool {
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors
	})
}

func TestAClientThatIsNotClosedIsFreedAfterItsBackgroundCalls(t *testing.T) {
	server := devserver.Start(t)
	before := settled(t, resources{}, func(resources) bool { return true })
	func() {
		client, err := hookrail.New(hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		sendAtOnce(t, client, 100)
		if now := countResources(t); now.descriptors <= before.descriptors {
			t.Errorf("no connection is kept: %+v", now)
		}
		runtime.KeepAlive(client)
	}()
	settled(t, before, func(now resources) bool {
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors
	})
}
