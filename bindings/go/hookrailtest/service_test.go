package hookrailtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

// hook is a receiver that answers from a script and then 204.
type hook struct {
	mu     sync.Mutex
	script []int
	bodies []string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bodies = append(h.bodies, string(body))
	status := http.StatusNoContent
	if len(h.script) > 0 {
		status, h.script = h.script[0], h.script[1:]
	}
	w.WriteHeader(status)
}

// startWith starts a server with options and a client that tries once.
func startWith(t *testing.T, opts ...hookrailtest.ServerOption) (*hookrailtest.Server, *hookrail.Client) {
	t.Helper()
	server := hookrailtest.NewServer(opts...)
	t.Cleanup(server.Close)
	client, err := server.NewClient(hookrail.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return server, client
}

func send(t *testing.T, client *hookrail.Client, n int, orderingKey string) *hookrail.Accepted {
	t.Helper()
	accepted, err := client.SendEvent(background, "t", n, hookrail.WithOrderingKey(orderingKey))
	if err != nil {
		t.Fatal(err)
	}
	return accepted
}

func states(server *hookrailtest.Server) []hookrail.DeliveryState {
	var states []hookrail.DeliveryState
	for _, event := range server.Events() {
		states = append(states, event.Deliveries[0].State)
	}
	return states
}

// lastProblem returns the title of the problem that the service answered.
func lastProblem(t *testing.T, err error) string {
	t.Helper()
	var failure *hookrail.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	return failure.Last().Problem.Title
}

// probe sends a request that no client would send, and returns the status and the title of the problem.
func probe(t *testing.T, method, url, authorization string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader("nonsense"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var problem struct{ Title string }
	if err := json.NewDecoder(response.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, problem.Title
}

func TestAttemptsAreInTheServicesWords(t *testing.T) {
	server, client := startWith(t)
	server.Subscribe(secret, &hook{script: []int{503, 408, 302}})
	accepted, err := client.SendEvent(background, "t", 1)
	if err != nil {
		t.Fatal(err)
	}
	server.WaitDeliveries()
	status, err := client.GetEvent(background, accepted.EventID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, attempt := range status.Deliveries[0].Attempts {
		got = append(got, fmt.Sprint(attempt.Number, attempt.Status, attempt.HTTPStatus, attempt.ErrorClass))
	}
	want := []string{
		fmt.Sprint(1, "retryable_failure", 503, "http_503"), fmt.Sprint(2, "retryable_failure", 408, "http_408"),
		fmt.Sprint(3, "permanent_failure", 302, "http_302"),
	}
	if !reflect.DeepEqual(got, want) || status.Deliveries[0].State != hookrail.DeliveryDeadLettered {
		t.Errorf("got %s, %v", status.Deliveries[0].State, got)
	}
}

func TestIDsAreULIDs(t *testing.T) {
	server, client := startWith(t)
	server.Subscribe(secret, &hook{})
	before := time.Now().UnixMilli()
	accepted := send(t, client, 1, "k")
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for _, id := range []string{accepted.EventID, accepted.DeliveryIDs[0]} {
		millis := int64(0)
		for i, char := range id {
			value := strings.IndexRune(alphabet, char)
			if value < 0 || len(id) != 26 {
				t.Fatalf("%s is no ULID", id)
			}
			if i < 10 {
				millis = millis<<5 | int64(value)
			}
		}
		if millis < before || millis > time.Now().UnixMilli() {
			t.Errorf("%s is of the millisecond %d, made after %d", id, millis, before)
		}
	}
}

func TestAttemptsRunOut(t *testing.T) {
	server, client := startWith(t, hookrailtest.WithDeliveryAttempts(2, 0))
	endless := &hook{script: []int{500, 500, 500}}
	server.Subscribe(secret, endless)
	send(t, client, 1, "k")
	server.WaitDeliveries()
	delivery := server.Events()[0].Deliveries[0]
	if delivery.State != hookrail.DeliveryDeadLettered || len(delivery.Attempts) != 2 {
		t.Errorf("got %+v", delivery)
	}
	// A replay has as many attempts as a new delivery.
	if err := server.ReplayDelivery(delivery.ID); err != nil {
		t.Fatal(err)
	}
	server.WaitDeliveries()
	if delivery = server.Events()[0].Deliveries[0]; delivery.State != hookrail.DeliverySucceeded || len(delivery.Attempts) != 4 {
		t.Errorf("got %+v", delivery)
	}
}

func TestDeadLettersHoldUpOrderedSubscriptions(t *testing.T) {
	server, client := startWith(t)
	receiver := &hook{script: []int{404}}
	server.Subscribe(secret, receiver, hookrailtest.Ordered())
	dead := send(t, client, 1, "a").DeliveryIDs[0]
	server.WaitDeliveries()
	send(t, client, 2, "a")
	send(t, client, 3, "b")
	server.WaitDeliveries()
	want := []hookrail.DeliveryState{"dead_lettered", "pending", "succeeded"}
	if got := states(server); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v", got)
	}
	receiver.mu.Lock()
	receiver.script = []int{410}
	receiver.mu.Unlock()
	// It is refused again, and blocks its key again.
	for range []int{1, 2} {
		if err := server.ReplayDelivery(dead); err != nil {
			t.Fatal(err)
		}
		server.WaitDeliveries()
	}
	if got := states(server); !reflect.DeepEqual(got, []hookrail.DeliveryState{"succeeded", "succeeded", "succeeded"}) {
		t.Errorf("got %v", got)
	}
	if want := []string{"1", "3", "1", "1", "2"}; !reflect.DeepEqual(receiver.bodies, want) {
		t.Errorf("got %v", receiver.bodies)
	}
	for _, id := range []string{dead, "unknown"} {
		if server.ReplayDelivery(id) == nil || server.SkipDelivery(id) == nil {
			t.Errorf("%s is no dead letter", id)
		}
	}
}

func TestSkippedDeadLettersLetTheirKeyGoOn(t *testing.T) {
	server, client := startWith(t)
	server.Subscribe(secret, &hook{script: []int{404}}, hookrailtest.Ordered())
	dead := send(t, client, 1, "a").DeliveryIDs[0]
	server.WaitDeliveries()
	send(t, client, 2, "a")
	if err := server.SkipDelivery(dead); err != nil {
		t.Fatal(err)
	}
	server.WaitDeliveries()
	if got := states(server); !reflect.DeepEqual(got, []hookrail.DeliveryState{"skipped", "succeeded"}) {
		t.Errorf("got %v", got)
	}
}

func TestOnlyOrderedSubscriptionsKeepOrder(t *testing.T) {
	server, client := startWith(t)
	server.Subscribe(secret, &hook{script: []int{404}})
	send(t, client, 1, "a")
	server.WaitDeliveries()
	send(t, client, 2, "a")
	server.WaitDeliveries()
	if got := states(server); !reflect.DeepEqual(got, []hookrail.DeliveryState{"dead_lettered", "succeeded"}) {
		t.Errorf("got %v", got)
	}
}

func TestAHandlerMayEndItsGoroutine(t *testing.T) {
	server, client := startWith(t, hookrailtest.WithDeliveryAttempts(1, 0))
	ends := make(chan struct{}, 1)
	server.Subscribe(secret, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		ends <- struct{}{}
		runtime.Goexit()
	}), hookrailtest.Ordered())
	send(t, client, 1, "a")
	<-ends
	server.WaitDeliveries()
	delivery := server.Events()[0].Deliveries[0]
	if delivery.State != hookrail.DeliveryDeadLettered || delivery.Attempts[0].ErrorClass != "connection" {
		t.Errorf("got %+v", delivery)
	}
}

func TestTheOrderingKeyIsPartOfTheEvent(t *testing.T) {
	server, client := startWith(t)
	key := hookrail.WithIdempotencyKey("k")
	if _, err := client.SendEvent(background, "t", 1, key, hookrail.WithOrderingKey("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendEvent(background, "t", 1, key, hookrail.WithOrderingKey("b")); !errors.Is(err, hookrail.ErrConflict) {
		t.Errorf("with another ordering key: got %v", err)
	}
	if _, err := client.SendEvent(background, "t", 1, key); !errors.Is(err, hookrail.ErrConflict) {
		t.Errorf("without the ordering key: got %v", err)
	}
	if again, err := client.SendEvent(background, "t", 1, key, hookrail.WithOrderingKey("a")); err != nil || !again.Replayed {
		t.Errorf("got %+v, %v", again, err)
	}
	if events := server.Events(); len(events) != 1 || events[0].Replays != 1 {
		t.Errorf("got %+v", events)
	}
}

func TestTheRateLimitComesBeforeTheBody(t *testing.T) {
	server, client := startWith(t, hookrailtest.WithRateLimit(0.001, 1))
	send(t, client, 1, "a")
	_, err := client.SendEvent(background, "t", 2)
	if problem := lastProblem(t, err); problem != "rate limited" {
		t.Errorf("got %q, %v", problem, err)
	}
	status, title := probe(t, http.MethodPost, server.URL+"/v1/events", "Bearer "+hookrailtest.APIKey)
	if status != http.StatusTooManyRequests || title != "rate limited" {
		t.Errorf("nonsense: got %d %q", status, title)
	}
}

func TestAFullBacklogConcernsItsOrderingKey(t *testing.T) {
	server, client := startWith(t, hookrailtest.WithBacklogMax(1))
	server.Subscribe(secret, &hook{script: []int{404}}, hookrailtest.Ordered())
	dead := send(t, client, 1, "a").DeliveryIDs[0]
	server.WaitDeliveries()
	_, err := client.SendEvent(background, "t", 2, hookrail.WithOrderingKey("a"))
	var failure *hookrail.Error
	if problem := lastProblem(t, err); problem != "backlog full" || !errors.As(err, &failure) || failure.RetryAfter != 30*time.Second {
		t.Errorf("got %q, %v", problem, err)
	}
	send(t, client, 3, "b")
	if err := server.SkipDelivery(dead); err != nil {
		t.Fatal(err)
	}
	send(t, client, 2, "a")
}

func TestAnOutageRefusesEveryKey(t *testing.T) {
	server, client := startWith(t)
	receiver := &hook{script: []int{404}}
	server.Subscribe(secret, receiver)
	accepted := send(t, client, 1, "a")
	server.WaitDeliveries()
	server.SetOutage(true)
	if _, err := client.SendEvent(background, "t", 2); lastProblem(t, err) != "invalid credentials" {
		t.Errorf("got %v", err)
	}
	if _, err := client.GetEvent(background, accepted.EventID); lastProblem(t, err) != "invalid credentials" {
		t.Errorf("got %v", err)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		if status, _ := probe(t, http.MethodGet, server.URL+path, ""); status != want {
			t.Errorf("%s: got %d", path, status)
		}
	}
	// Nothing is delivered during the outage.
	if err := server.ReplayDelivery(accepted.DeliveryIDs[0]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if got := states(server); got[0] != hookrail.DeliveryPending {
		t.Errorf("got %v", got)
	}
	server.SetOutage(false)
	server.WaitDeliveries()
	if got := states(server); got[0] != hookrail.DeliverySucceeded {
		t.Errorf("got %v", got)
	}
	if status, _ := probe(t, http.MethodGet, server.URL+"/readyz", ""); status != http.StatusOK {
		t.Errorf("/readyz: got %d", status)
	}
	send(t, client, 2, "a")
}

func TestAServerInAnOutageCloses(t *testing.T) {
	server := hookrailtest.NewServer()
	client, err := server.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	server.Subscribe(secret, &hook{script: []int{404}})
	accepted := send(t, client, 1, "a")
	server.WaitDeliveries()
	server.SetOutage(true)
	if err := server.ReplayDelivery(accepted.DeliveryIDs[0]); err != nil {
		t.Fatal(err)
	}
	client.Close()
	server.Close()
}

func TestPayloadsThatCannotBeStoredAre503(t *testing.T) {
	server, _ := startWith(t)
	for _, payload := range []string{`"\u0000"`, `{"\u0000":1}`, `"\ud800"`, `"\udc00x"`, `"\ud83dx"`, "1e131072", "1e-16384", "\"\xff\""} {
		if status := post(t, server.URL+"/v1/events", `{"topic":"t","payload":`+payload+`}`, ""); status != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d", payload, status)
		}
	}
	for _, body := range []string{
		`{"topic":"t","payload":{"ordering_key":""}}`,
		`{"topic":"t","payload":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + "}",
	} {
		if status := post(t, server.URL+"/v1/events", body, "k"); status != http.StatusAccepted {
			t.Errorf("%.40s: got %d", body, status)
		}
	}
}

// The vectors are those of the development server's own tests.
func TestBodiesAreWhatJsonbMakesOfPayloads(t *testing.T) {
	server, client := startWith(t)
	receiver := &hook{}
	server.Subscribe(secret, receiver, hookrailtest.Ordered())
	list := func(item string, count int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", count), ",") + "]"
	}
	lengths := map[string]int{
		list("1", 131_071):   393_213,
		list("1e300", 4_000): 1_212_000,
		"1e131071":           131_072,
		"1e-16383":           16_385,
	}
	bodies := map[string]string{
		`{"bb":1,"a":[1,2 , {}],"c":null,"a":{"z":true,"y":[]}}`: `{"a": {"y": [], "z": true}, "c": null, "bb": 1}`,
		`["\u00e9\/\u0007\n\"", "\ud83d\ude00<&>"]`:              `["é/\u0007\n\"", "😀<&>"]`,
		`"\\u0000"`: `"\\u0000"`,
		`[1.50,1e2,15e-3,1.50e1,1.5e3,-0,-0.00,0e9,0.001e3,100e-2,-12345678901234567890123,0e1073741822]`: `[1.50, 100, 0.015, 15.0, 1500, 0, 0.00, 0, 1, 1.00, -12345678901234567890123, 0]`,
	}
	deliver := func(payload string) string {
		if _, err := client.SendEvent(background, "t", json.RawMessage(payload)); err != nil {
			t.Fatal(err)
		}
		server.WaitDeliveries()
		return receiver.bodies[len(receiver.bodies)-1]
	}
	for payload, want := range bodies {
		if got := deliver(payload); got != want {
			t.Errorf("%s: got %s", payload, got)
		}
	}
	for payload, want := range lengths {
		if got := deliver(payload); len(got) != want {
			t.Errorf("%.20s: got %d bytes, want %d", payload, len(got), want)
		}
	}
}
