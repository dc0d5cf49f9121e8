package hookrail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

var background = context.Background()

func newClient(tb testing.TB, server *devserver.Server, opts ...hookrail.Option) *hookrail.Client {
	tb.Helper()
	opts = append([]hookrail.Option{
		hookrail.WithAPIKey(devserver.APIKey),
		hookrail.WithBaseURL(server.URL),
		hookrail.WithBackoff(time.Millisecond, 10*time.Millisecond),
	}, opts...)
	client, err := hookrail.New(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := client.Close(); err != nil {
			tb.Error(err)
		}
	})
	return client
}

// asError returns the details of an error, and fails the test without one.
func asError(tb testing.TB, err error) *hookrail.Error {
	tb.Helper()
	var e *hookrail.Error
	if !errors.As(err, &e) {
		tb.Fatalf("got %v (%T), want a *hookrail.Error", err, err)
	}
	return e
}

func TestSendEvent(t *testing.T) {
	server := devserver.Start(t, "--endpoint", "http://127.0.0.1:9/", "--endpoint-secret", "whsec_x")
	client := newClient(t, server, hookrail.WithUserAgentSuffix("shop/2.1"))
	order := struct {
		ID     string `json:"id"`
		Amount int    `json:"amount"`
	}{"o_1", 42}
	accepted, err := client.SendEvent(background, "order.paid", order, hookrail.WithOrderingKey("customer-7"))
	if err != nil {
		t.Fatal(err)
	}
	if len(accepted.EventID) != 26 || len(accepted.DeliveryIDs) != 1 || accepted.Replayed || accepted.Attempts != 1 {
		t.Errorf("got %+v", accepted)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(accepted.IdempotencyKey) {
		t.Errorf("the key %q is no UUID", accepted.IdempotencyKey)
	}
	if !strings.Contains(string(accepted.Raw), accepted.EventID) {
		t.Errorf("the answer %s does not contain the event ID", accepted.Raw)
	}
	request := server.Requests()[0]
	if want := `{"topic":"order.paid","payload":{"id":"o_1","amount":42}}`; request.Body.Text != want {
		t.Errorf("sent %s, want %s", request.Body.Text, want)
	}
	for name, want := range map[string]string{
		"authorization":           "Bearer " + devserver.APIKeyDigest,
		"content-type":            "application/json",
		"idempotency-key":         accepted.IdempotencyKey,
		"x-hookrail-ordering-key": "customer-7",
		"user-agent":              "hookrail-go/" + hookrail.LibraryVersion() + " shop/2.1",
	} {
		if got := request.Header(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestRawMessagesAreSentUnchanged(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	raw := json.RawMessage(`{"b": 1.50,  "a":"<é>"}`)
	if _, err := client.SendEvent(background, "t", raw); err != nil {
		t.Fatal(err)
	}
	if body := server.Requests()[0].Body.Text; !strings.Contains(body, string(raw)) {
		t.Errorf("sent %s, want %s in it", body, raw)
	}
}

func TestUnacceptablePayloads(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	for name, payload := range map[string]any{
		"bytes":      []byte(`{}`),
		"no JSON":    make(chan int),
		"empty":      json.RawMessage(""),
		"two values": json.RawMessage(`{} {}`),
		"cut off":    json.RawMessage(`{"a":`),
	} {
		_, err := client.SendEvent(background, "t", payload)
		e := asError(t, err)
		if !errors.Is(err, hookrail.ErrInvalidArgument) || e.Outcome != hookrail.OutcomeNotSent {
			t.Errorf("%s: got %v with outcome %v", name, err, e.Outcome)
		}
	}
	_, err := client.SendEvent(background, "t", make(chan int))
	var cause *json.UnsupportedTypeError
	if !errors.As(err, &cause) {
		t.Errorf("%v does not unwrap to the encoder's error", err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAConnectionThatHasReachedItsAgeIsReplaced(t *testing.T) {
	for age, connections := range map[time.Duration]int{time.Millisecond: 3, 0: 1} {
		server := devserver.Start(t)
		server.Fault(devserver.Rule{"delay_ms": 5, "times": "always"})
		client := newClient(t, server, hookrail.WithMaxConnectionAge(age))
		for i := 0; i < 3; i++ {
			if _, err := client.SendEvent(background, "t", 1); err != nil {
				t.Fatal(err)
			}
		}
		if opened := server.Summary()["connections"]; opened != connections {
			t.Errorf("with an age of %v there were %d connections, not %d", age, opened, connections)
		}
	}
}

func TestEmptyArgumentsAreNotAbsent(t *testing.T) {
	t.Setenv("HOOKRAIL_API_KEY", "hk_environment")
	for name, option := range map[string]hookrail.Option{
		"API key":  hookrail.WithAPIKey(""),
		"base URL": hookrail.WithBaseURL(""),
		"proxy":    hookrail.WithProxy(""),
		"CA file":  hookrail.WithCAFile(""),
		"suffix":   hookrail.WithUserAgentSuffix(""),
		"retries":  hookrail.WithMaxRetries(-1),
		"idle":     hookrail.WithIdleConnections(-1),
		"age":      hookrail.WithMaxConnectionAge(-time.Second),
		"timeout":  hookrail.WithTimeout(0),
		"negative": hookrail.WithReadTimeout(-time.Nanosecond),
	} {
		if _, err := hookrail.New(option); asError(t, err).Message == "" {
			t.Errorf("%s: no message", name)
		}
	}
	server := devserver.Start(t)
	client := newClient(t, server)
	for name, option := range map[string]hookrail.SendOption{
		"idempotency key": hookrail.WithIdempotencyKey(""),
		"ordering key":    hookrail.WithOrderingKey(""),
		"timeout":         hookrail.WithSendTimeout(0),
	} {
		if _, err := client.SendEvent(background, "t", 1, option); !errors.Is(err, hookrail.ErrInvalidArgument) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := client.SendEvent(background, "", 1); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("topic: got %v", err)
	}
	if _, err := client.GetEvent(background, ""); !errors.Is(err, hookrail.ErrInvalidArgument) {
		t.Errorf("event ID: got %v", err)
	}
}

func TestConfigurationFromTheEnvironment(t *testing.T) {
	server := devserver.Start(t)
	t.Setenv("HOOKRAIL_BASE_URL", server.URL)
	t.Setenv("HOOKRAIL_API_KEY", "")
	if _, err := hookrail.New(); !errors.Is(err, hookrail.ErrConfiguration) {
		t.Errorf("without a key: got %v", err)
	}
	t.Setenv("HOOKRAIL_API_KEY", devserver.APIKey)
	client, err := hookrail.New()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.SendEvent(background, "t", nil); err != nil {
		t.Error(err)
	}
}

func TestReplayAndConflict(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	key := hookrail.WithIdempotencyKey("order-1")
	first, err := client.SendEvent(background, "t", 1, key)
	if err != nil {
		t.Fatal(err)
	}
	second, err := client.SendEvent(background, "t", 1, key)
	if err != nil || !second.Replayed || second.EventID != first.EventID {
		t.Errorf("got %+v, %v", second, err)
	}
	_, err = client.SendEvent(background, "t", 2, key)
	e := asError(t, err)
	if !errors.Is(err, hookrail.ErrConflict) || e.Outcome != hookrail.OutcomeRejected ||
		e.HTTPStatus != http.StatusConflict || e.IdempotencyKey != "order-1" || e.Attempts != 1 || e.Retryable {
		t.Errorf("got %+v", e)
	}
}

func TestErrorsOfTheService(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithMaxRetries(0))
	for status, want := range map[int]error{
		400: hookrail.ErrBadRequest, 401: hookrail.ErrAuthentication, 403: hookrail.ErrPermissionDenied,
		404: hookrail.ErrNotFound, 409: hookrail.ErrConflict, 413: hookrail.ErrPayloadTooLarge,
		418: hookrail.ErrUnexpectedStatus, 429: hookrail.ErrRateLimited, 302: hookrail.ErrUnexpectedStatus,
		500: hookrail.ErrServer, 503: hookrail.ErrServer,
	} {
		server.Fault(devserver.Rule{
			"status": status, "content_type": "application/problem+json",
			"body": map[string]any{"type": "urn:x", "title": "T", "detail": "D", "more": 1},
		})
		_, err := client.SendEvent(background, "t", 1)
		e := asError(t, err)
		if !errors.Is(err, want) || e.HTTPStatus != status {
			t.Errorf("%d: got %v, HTTP status %d", status, err, e.HTTPStatus)
		}
		if want := (hookrail.Problem{Type: "urn:x", Title: "T", Detail: "D"}); e.Problem != want {
			t.Errorf("%d: got the problem %+v", status, e.Problem)
		}
		if !strings.Contains(string(e.Body), `"more"`) {
			t.Errorf("%d: got the body %s", status, e.Body)
		}
		for _, other := range []error{hookrail.ErrConnection, hookrail.ErrSignature, context.Canceled} {
			if errors.Is(err, other) {
				t.Errorf("%d: %v is also %v", status, err, other)
			}
		}
	}
}

func TestExhaustedRetriesUnwrapToTheirCause(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithMaxRetries(2))
	rule := devserver.Rule{"status": 429, "headers": map[string]string{"Retry-After": "0"}}
	server.Fault(rule, rule, rule)
	_, err := client.SendEvent(background, "t", 1)
	e := asError(t, err)
	if e.Status != hookrail.StatusRetriesExhausted || e.Attempts != 3 || !e.Retryable {
		t.Errorf("got %+v", e)
	}
	if !errors.Is(err, hookrail.ErrRetriesExhausted) || !errors.Is(err, hookrail.ErrRateLimited) {
		t.Errorf("%v matches too little", err)
	}
	cause, ok := errors.Unwrap(err).(*hookrail.Error)
	if !ok || cause != e.Cause || cause.Status != hookrail.StatusRateLimited || !cause.HasRetryAfter || cause.RetryAfter != 0 {
		t.Errorf("the cause is %+v", cause)
	}
	if e.Last() != cause || cause.Last() != cause {
		t.Errorf("the last error is %+v", e.Last())
	}
}

func TestLastErrorOfAFinalAnswerIsItself(t *testing.T) {
	server := devserver.Start(t)
	server.Fault(devserver.Rule{"status": 403})
	_, err := newClient(t, server).SendEvent(background, "t", 1)
	if e := asError(t, err); e.Status != hookrail.StatusPermissionDenied || e.Last() != e {
		t.Errorf("the last error of %v is %v", e, e.Last())
	}
}

func TestGetEvent(t *testing.T) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer endpoint.Close()
	server := devserver.Start(t, "--endpoint", endpoint.URL, "--endpoint-secret", "whsec_x", "--delivery-timeout-ms", "60000")
	client := newClient(t, server)
	accepted, err := client.SendEvent(background, "order.paid", map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	server.Wait("succeeded=1")
	status, err := client.GetEvent(background, accepted.EventID)
	if err != nil {
		t.Fatal(err)
	}
	if status.EventID != accepted.EventID || status.Topic != "order.paid" || len(status.Deliveries) != 1 {
		t.Fatalf("got %+v", status)
	}
	delivery := status.Deliveries[0]
	if delivery.ID != accepted.DeliveryIDs[0] || delivery.State != hookrail.DeliverySucceeded ||
		!delivery.State.Final() || len(delivery.Attempts) != 1 || delivery.AttemptsTruncated {
		t.Fatalf("got %+v", delivery)
	}
	if attempt := delivery.Attempts[0]; attempt.Number != 1 || attempt.HTTPStatus != 200 || attempt.Latency < 0 {
		t.Errorf("got %+v", attempt)
	}
	if _, err := client.GetEvent(background, "01AN4Z07BY79KA1307SR9X4MV3"); !errors.Is(err, hookrail.ErrNotFound) {
		t.Errorf("an unknown event: got %v", err)
	}
}

func TestUnknownStatesAndTimesAreKept(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(devserver.Rule{"match": map[string]any{"method": "GET"}, "status": 200, "body": json.RawMessage(
		`{"event_id":"e","topic":"t","new":true,"deliveries":[
			{"delivery_id":"d","state":"paused","attempts":[{"attempt_no":3,"claim_version":4,"status":"retryable_failure",
			 "latency_ms":1500,"error_class":"timeout"},{"attempt_no":4,"status":"retryable_failure"}],"attempts_truncated":true},
			{"delivery_id":"e","state":"skipped","attempts":null}]}`)})
	status, err := client.GetEvent(background, "e")
	if err != nil {
		t.Fatal(err)
	}
	delivery := status.Deliveries[0]
	if delivery.State != "paused" || delivery.State.Known() || !delivery.AttemptsTruncated {
		t.Errorf("got %+v", delivery)
	}
	want := hookrail.Attempt{Number: 3, ClaimVersion: 4, Status: "retryable_failure", ErrorClass: "timeout", Latency: 1500 * time.Millisecond}
	if delivery.Attempts[0] != want {
		t.Errorf("got %+v, want %+v", delivery.Attempts[0], want)
	}
	if delivery.Attempts[1].Latency >= 0 {
		t.Errorf("got a latency of %v where the service gave none", delivery.Attempts[1].Latency)
	}
	if other := status.Deliveries[1]; other.State != hookrail.DeliverySkipped || len(other.Attempts) != 0 {
		t.Errorf("got %+v", other)
	}
	if !strings.Contains(string(status.Raw), `"new":true`) {
		t.Errorf("the answer %s lacks what the service sent", status.Raw)
	}
}

func TestPreparedEvents(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	prepared, err := client.Prepare("t", 1, hookrail.WithIdempotencyKey("k"))
	if err != nil || prepared.IdempotencyKey != "k" {
		t.Fatalf("got %+v, %v", prepared, err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Fatalf("preparing sent %d requests", n)
	}
	first, err := client.SendPrepared(background, prepared.Blob)
	if err != nil {
		t.Fatal(err)
	}
	second, err := client.SendPrepared(background, prepared.Blob, hookrail.WithSendTimeout(time.Minute))
	if err != nil || !second.Replayed || second.EventID != first.EventID || second.IdempotencyKey != "k" {
		t.Errorf("got %+v, %v", second, err)
	}
	prepared.Blob[len(prepared.Blob)-1] ^= 1
	if _, err := client.SendPrepared(background, prepared.Blob); !errors.Is(err, hookrail.ErrDamagedBlob) {
		t.Errorf("a damaged blob: got %v", err)
	}
}

func TestStats(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	server.Fault(devserver.Rule{"status": 503}, devserver.Rule{"status": 400})
	client.SendEvent(background, "t", 1)
	client.SendEvent(background, "t", 1)
	stats, err := client.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if stats.Requests != 2 || stats.Attempts != 3 || stats.Retries["server_error"] != 1 ||
		stats.Failures["bad_request"] != 1 || stats.Successes != 1 || stats.BytesSent == 0 {
		t.Errorf("got %+v", stats)
	}
}

func TestTLSWithAnOwnAuthority(t *testing.T) {
	dir := t.TempDir()
	server := devserver.Start(t, "--tls-self-signed", dir)
	options := []hookrail.Option{
		hookrail.WithAPIKey(devserver.APIKey), hookrail.WithBaseURL(server.URL),
		hookrail.WithBackoff(time.Millisecond, time.Millisecond),
	}
	authority := filepath.Join(dir, "ca.pem")
	pem, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	for name, trust := range map[string]hookrail.Option{
		"file": hookrail.WithCAFile(authority), "PEM": hookrail.WithCAPEM(pem),
	} {
		client, err := hookrail.New(append(options, trust, hookrail.WithExtraRootsOnly())...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.SendEvent(background, "t", 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		client.Close()
	}
	stranger, err := hookrail.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	_, err = stranger.SendEvent(background, "t", 1)
	if !errors.Is(err, hookrail.ErrTLS) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("an unknown authority: got %v", err)
	}
}

func TestClosedClient(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := client.SendEvent(background, "t", 1)
	if !errors.Is(err, hookrail.ErrClosed) || asError(t, err).Outcome != hookrail.OutcomeNotSent {
		t.Errorf("got %v", err)
	}
	if _, err := client.Prepare("t", 1); !errors.Is(err, hookrail.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := client.Stats(); !errors.Is(err, hookrail.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	for name, option := range map[string]hookrail.Option{
		"API key":  hookrail.WithAPIKey("hk_top\nsecret"),
		"base URL": hookrail.WithBaseURL("http://user:topsecret@"),
		"proxy":    hookrail.WithProxy("gopher://user:topsecret@host"),
	} {
		_, err := hookrail.New(hookrail.WithAPIKey("hk_topsecret"), option)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSecretsAreNotInFormattedValues(t *testing.T) {
	options := []hookrail.Option{
		hookrail.WithAPIKey("hk_topsecret"),
		hookrail.WithBaseURL("http://127.0.0.1:1"),
		hookrail.WithProxy("http://user:topsecret@127.0.0.1:1"),
		hookrail.WithMaxRetries(0),
	}
	client, err := hookrail.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	verifier, err := hookrail.NewVerifier([]string{"whsec_topsecret"})
	if err != nil {
		t.Fatal(err)
	}
	_, failure := client.SendEvent(background, "t", 1)
	_, refusal := verifier.Verify("t=1,v1="+strings.Repeat("0", 64), "d1", []byte("{}"))
	for _, value := range []any{client, options, verifier, asError(t, failure), refusal} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "topsecret") {
				t.Errorf("%s of %T: %s", verb, value, text)
			}
		}
	}
}

func TestProductionCanRequireHTTPSAndABaseURL(t *testing.T) {
	t.Setenv("HOOKRAIL_BASE_URL", "")
	os.Unsetenv("HOOKRAIL_BASE_URL")
	plain := []hookrail.Option{hookrail.WithAPIKey("hk_dev"), hookrail.WithoutProxy()}
	strict := append(plain[:len(plain):len(plain)], hookrail.WithRequireHTTPS(true), hookrail.WithRequireBaseURL(true))
	for _, c := range []struct {
		url    string
		opts   []hookrail.Option
		passes bool
	}{
		{"http://192.0.2.1", plain, true},
		{"", plain, true},
		{"http://192.0.2.1", strict, false},
		{"", strict, false},
		{"http://127.0.0.1:1", strict, true},
		{"https://192.0.2.1", strict, true},
	} {
		opts := c.opts[:len(c.opts):len(c.opts)]
		if c.url != "" {
			opts = append(opts, hookrail.WithBaseURL(c.url))
		}
		client, err := hookrail.New(opts...)
		if (err == nil) != c.passes || (err != nil && !errors.Is(err, hookrail.ErrConfiguration)) {
			t.Errorf("%q: got %v", c.url, err)
		}
		if client != nil {
			client.Close()
		}
	}
}
