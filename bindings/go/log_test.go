package hookrail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

type traceKey struct{}

// logged collects the lines of a logger as JSON.
type logged struct {
	slog.Handler
	mu      sync.Mutex
	buffer  bytes.Buffer
	lastCtx context.Context
}

func newLogged(level slog.Level) (*logged, *slog.Logger) {
	l := &logged{}
	l.Handler = slog.NewJSONHandler(&l.buffer, &slog.HandlerOptions{Level: level})
	return l, slog.New(l)
}

func (l *logged) Handle(ctx context.Context, record slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastCtx = ctx
	return l.Handler.Handle(ctx, record)
}

// lines returns the level, the message and the given members of each line since the last call.
func (l *logged) lines(t *testing.T, members ...string) (lines []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	decoder := json.NewDecoder(&l.buffer)
	for decoder.More() {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(line["level"], " ", line["msg"])
		for _, member := range members {
			var value any = line
			for _, name := range strings.Split(member, ".") {
				group, _ := value.(map[string]any)
				value = group[name]
			}
			text += fmt.Sprint(" ", value)
		}
		lines = append(lines, text)
	}
	return lines
}

func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLinesOfSends(t *testing.T) {
	log, logger := newLogged(slog.LevelDebug)
	server, client := fake(t, hookrail.WithLogger(logger))
	server.Answer(hookrailtest.Answer{Status: 503})
	ctx := context.WithValue(background, traceKey{}, "trace")
	accepted, err := client.SendEvent(ctx, "order.paid", 1, hookrail.WithIdempotencyKey("k"))
	if err != nil {
		t.Fatal(err)
	}
	if log.lastCtx.Value(traceKey{}) != "trace" {
		t.Error("the lines do not have the call's context")
	}
	expectLines(t, log.lines(t, "topic", "idempotency_key", "attempt.number", "attempt.http_status", "accepted.event_id"),
		"WARN hookrail: attempt failed order.paid k 1 503 <nil>",
		"DEBUG hookrail: attempt order.paid k 2 202 <nil>",
		"DEBUG hookrail: event recorded order.paid k <nil> <nil> "+accepted.EventID)

	server.Answer(hookrailtest.Answer{Status: 403})
	if _, err := client.SendEvent(background, "order.paid", 1, hookrail.WithIdempotencyKey("k2")); err == nil {
		t.Error("no error")
	}
	expectLines(t, log.lines(t, "idempotency_key", "attempt.status"), "WARN hookrail: attempt failed k2 permission_denied")
	if _, err := client.GetEvent(background, "unknown"); !errors.Is(err, hookrail.ErrNotFound) {
		t.Error(err)
	}
	if _, err := client.GetEvent(background, accepted.EventID); err != nil {
		t.Error(err)
	}
	expectLines(t, log.lines(t, "event_id"), "WARN hookrail: attempt failed unknown", "DEBUG hookrail: attempt "+accepted.EventID)
	prepared, err := client.Prepare("order.paid", 1, hookrail.WithIdempotencyKey("k3"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendPrepared(background, prepared.Blob); err != nil {
		t.Fatal(err)
	}
	expectLines(t, log.lines(t, "idempotency_key"), "DEBUG hookrail: attempt k3", "DEBUG hookrail: event recorded k3")
}

func TestLinesOfSubmittedEvents(t *testing.T) {
	log, logger := newLogged(slog.LevelInfo)
	server, client := fake(t, hookrail.WithLogger(logger))
	server.Answer(hookrailtest.Answer{Status: 503}, hookrailtest.Answer{}, hookrailtest.Answer{Status: 403},
		hookrailtest.Answer{Fault: hookrailtest.Hang, Record: true})
	key := hookrail.WithOrderingKey("o")
	submit(t, client, 1, nil, key, hookrail.WithIdempotencyKey("retried"))
	submit(t, client, 2, nil, key, hookrail.WithIdempotencyKey("refused"))
	if err := client.Flush(background); err != nil {
		t.Fatal(err)
	}
	cancelled := submit(t, client, 3, nil, key, hookrail.WithIdempotencyKey("cancelled"))
	for len(server.Events()) < 2 {
		time.Sleep(time.Millisecond)
	}
	cancelled.Cancel()
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	expectLines(t, log.lines(t, "topic", "idempotency_key", "ordering_key", "error.status", "error.outcome"),
		"WARN hookrail: attempt failed t retried o <nil> <nil>",
		"WARN hookrail: attempt failed t refused o <nil> <nil>",
		"ERROR hookrail: submitted event failed t refused o permission_denied rejected",
		"INFO hookrail: attempt failed t cancelled o <nil> <nil>",
		"ERROR hookrail: submitted event failed t cancelled o cancelled maybe_sent")
}

// A logger must be allowed to use the client, as one that counts its lines in metrics or sends them as events.
func TestALoggerMayUseTheClient(t *testing.T) {
	var client *hookrail.Client
	calls := 0
	logger := slog.New(handlerFunc(func(record slog.Record) {
		if record.Message != "hookrail: submitted event failed" {
			return
		}
		calls++
		if _, err := client.Submit("lines", record.Message, nil); err != nil {
			t.Error(err)
		}
	}))
	server := hookrailtest.NewServer()
	defer server.Close()
	client, err := server.NewClient(hookrail.WithLogger(logger))
	if err != nil {
		t.Fatal(err)
	}
	server.Answer(hookrailtest.Answer{Status: 403})
	submission := submit(t, client, 1, nil)
	<-submission.Done()
	for len(server.Events()) == 0 {
		if err := client.Flush(background); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if calls != 1 || server.Events()[0].Topic != "lines" {
		t.Errorf("%d calls, %+v", calls, server.Events())
	}
}

type handlerFunc func(slog.Record)

func (f handlerFunc) Enabled(context.Context, slog.Level) bool { return true }
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler       { return f }
func (f handlerFunc) WithGroup(string) slog.Handler            { return f }
func (f handlerFunc) Handle(_ context.Context, record slog.Record) error {
	f(record)
	return nil
}

func TestWhatErrorsGiveToALogger(t *testing.T) {
	log, logger := newLogged(slog.LevelInfo)
	err := hookrailtest.NewError(hookrail.StatusRateLimited)
	err.IdempotencyKey, err.RequestID, err.HasRetryAfter = "k", "r", true
	logger.Error("failed", "error", error(err))
	expectLines(t, log.lines(t, "error.status", "error.last_status", "error.http_status", "error.outcome", "error.attempts",
		"error.idempotency_key", "error.request_id", "error.retryable", "error.retry_after", "error.body"),
		"ERROR failed retries_exhausted rate_limited 429 rejected 4 k r true 0 <nil>")
	logger.Error("failed", "event", hookrail.FinishedSubmission("t", nil, err, hookrail.WithOrderingKey("o"), hookrail.WithTag("hidden")))
	expectLines(t, log.lines(t, "event.topic", "event.ordering_key", "event.error.status", "event.tag"),
		"ERROR failed t o retries_exhausted <nil>")
	logger.Info("sent", "event", hookrail.FinishedSubmission("t", &hookrail.Accepted{EventID: "e"}, nil))
	expectLines(t, log.lines(t, "event.topic", "event.accepted.event_id"), "INFO sent t e")
}

// What is secret must be in no line: the key, headers, the payload, the proxy's password.
func TestLinesHoldNoSecrets(t *testing.T) {
	const secret = "s3cret-of-mine"
	log, logger := newLogged(slog.LevelDebug)
	server := hookrailtest.NewServer()
	defer server.Close()
	for _, opts := range [][]hookrail.Option{
		nil,
		{hookrail.WithAPIKey(secret)},
		{hookrail.WithAPIKey(secret), hookrail.WithProxy("http://user:" + secret + "@127.0.0.1:1")},
	} {
		opts = append(opts, hookrail.WithLogger(logger), hookrail.WithHeader("x-secret", secret), hookrail.WithMaxRetries(1))
		client, err := server.NewClient(opts...)
		if err != nil {
			t.Fatal(err)
		}
		server.Answer(hookrailtest.Answer{Status: 500, Body: secret})
		client.SendEvent(background, "t", secret, hookrail.WithSendHeader("x-other", secret))
		submit(t, client, secret, nil, hookrail.WithSendHeader("x-other", secret), hookrail.WithSendTimeout(soon/100), hookrail.WithTag(secret))
		client.Close()
	}
	if text := log.buffer.String(); strings.Contains(text, secret) || strings.Count(text, "attempt") < 5 {
		t.Errorf("got %s", text)
	}
}

func TestAPreparedEventShowsNeitherItsPayloadNorItsHeaders(t *testing.T) {
	log, logger := newLogged(slog.LevelInfo)
	_, client := fake(t)
	prepared, err := client.Prepare("t", "4111", hookrail.WithIdempotencyKey("k"), hookrail.WithSendHeader("x-a", "topsecret"))
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("stored", "prepared", prepared)
	size := len(prepared.Blob)
	expectLines(t, log.lines(t, "prepared.idempotency_key", "prepared.bytes"), fmt.Sprintf("INFO stored k %d", size))
	for _, shown := range []string{fmt.Sprint(prepared), fmt.Sprintf("%v %+v", *prepared, prepared)} {
		if !strings.Contains(shown, "k") || strings.Contains(shown, "4111") || strings.Contains(shown, "52 49 49 49") {
			t.Errorf("it shows %s", shown)
		}
	}
}
