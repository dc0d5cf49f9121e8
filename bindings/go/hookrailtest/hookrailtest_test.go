package hookrailtest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

var background = context.Background()

const secret = "whsec_test"

func start(t *testing.T) (*hookrailtest.Server, *hookrail.Client) {
	t.Helper()
	server := hookrailtest.NewServer()
	t.Cleanup(server.Close)
	client, err := server.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return server, client
}

func TestRequestsVerify(t *testing.T) {
	verifier, err := hookrail.NewVerifier([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	delivery, err := verifier.VerifyRequest(hookrailtest.NewRequest(secret, "/hooks", "order.paid", []byte(`{}`)))
	if err != nil || delivery.Topic != "order.paid" || len(delivery.ID) != 26 || string(delivery.Body) != "{}" {
		t.Errorf("got %+v, %v", delivery, err)
	}
	old := hookrailtest.NewRequestAt(secret, "/hooks", "order.paid", nil, time.Now().Add(-time.Hour))
	if _, err := verifier.VerifyRequest(old); !errors.Is(err, hookrail.ErrTimestampTooOld) {
		t.Errorf("got %v", err)
	}
	forged := hookrailtest.NewRequest("whsec_other", "/hooks", "order.paid", nil)
	if _, err := verifier.VerifyRequest(forged); !errors.Is(err, hookrail.ErrSignatureMismatch) {
		t.Errorf("got %v", err)
	}
}

func TestServerDelivers(t *testing.T) {
	server, client := start(t)
	verifier, err := hookrail.NewVerifier([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan *hookrail.Delivery, 1)
	server.Subscribe(secret, verifier.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		delivery, _ := hookrail.DeliveryFromContext(r.Context())
		received <- delivery
	})))
	server.Subscribe("whsec_other", verifier.Middleware(http.NotFoundHandler()))
	accepted, err := client.SendEvent(background, "order.paid", map[string]int{"n": 1}, hookrail.WithOrderingKey("k"))
	if err != nil {
		t.Fatal(err)
	}
	server.WaitDeliveries()
	delivery := <-received
	if delivery.ID != accepted.DeliveryIDs[0] || delivery.EventID != accepted.EventID || string(delivery.Body) != `{"n": 1}` {
		t.Errorf("got %+v", delivery)
	}
	status, err := client.GetEvent(background, accepted.EventID)
	if err != nil {
		t.Fatal(err)
	}
	first, second := status.Deliveries[0], status.Deliveries[1]
	if first.State != hookrail.DeliverySucceeded || first.Attempts[0].HTTPStatus != 200 {
		t.Errorf("got %+v", first)
	}
	if second.State != hookrail.DeliveryDeadLettered || second.Attempts[0].HTTPStatus != 401 {
		t.Errorf("got %+v", second)
	}
	if event := server.Events()[0]; event.OrderingKey != "k" || event.IdempotencyKey != accepted.IdempotencyKey || len(event.Deliveries) != 2 {
		t.Errorf("got %+v", event)
	}
}

func TestServerRemembersKeys(t *testing.T) {
	server, client := start(t)
	key := hookrail.WithIdempotencyKey("k")
	first, err := client.SendEvent(background, "t", 1, key)
	if err != nil {
		t.Fatal(err)
	}
	second, err := client.SendEvent(background, "t", 1, key)
	if err != nil || !second.Replayed || second.EventID != first.EventID {
		t.Errorf("got %+v, %v", second, err)
	}
	if _, err := client.SendEvent(background, "t", 2, key); !errors.Is(err, hookrail.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if events := server.Events(); len(events) != 1 || events[0].Replays != 1 {
		t.Errorf("got %+v", events)
	}
}

func TestServerGivesTheSetAnswers(t *testing.T) {
	server, client := start(t)
	server.Answer(
		hookrailtest.Answer{Status: 503},
		hookrailtest.Answer{Status: 429, Header: http.Header{"Retry-After": {"0"}}, Body: `{"detail":"slower"}`},
	)
	accepted, err := client.SendEvent(background, "t", 1)
	if err != nil || accepted.Attempts != 3 {
		t.Errorf("got %+v, %v", accepted, err)
	}
}

func TestServerRefusesLikeTheService(t *testing.T) {
	server, client := start(t)
	stranger, err := server.NewClient(hookrail.WithAPIKey("hk_other"), hookrail.WithPayloadLimit(0))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.SendEvent(background, "t", 1); !errors.Is(err, hookrail.ErrAuthentication) {
		t.Errorf("an unknown key: got %v", err)
	}
	generous, err := server.NewClient(hookrail.WithPayloadLimit(0))
	if err != nil {
		t.Fatal(err)
	}
	defer generous.Close()
	for _, size := range []int{262_143, 300_000} {
		if _, err := generous.SendEvent(background, "t", strings.Repeat("x", size)); !errors.Is(err, hookrail.ErrPayloadTooLarge) {
			t.Errorf("a payload of %d bytes: got %v", size, err)
		}
	}
	if _, err := client.GetEvent(background, "unknown"); !errors.Is(err, hookrail.ErrNotFound) {
		t.Errorf("an unknown event: got %v", err)
	}
	for body, key := range map[string]string{
		`{"payload":1}`: "",
		`{"topic":"t"}`: "",
		`{"topic":`:     "",
		`{"topic":"t","payload":{"ordering_key":"a"}}`: "b",
		// 129 characters, but 257 bytes.
		`{"topic":"t","payload":1}`: strings.Repeat("é", 128) + "k",
		`{"topic":"t","payload":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}": "",
	} {
		if status := post(t, server.URL+"/v1/events", body, key); status != http.StatusBadRequest {
			t.Errorf("%s with the key %q: got %d", body, key, status)
		}
	}
	if status := post(t, server.URL+"/v2/events", "{}", ""); status != http.StatusNotFound {
		t.Errorf("another path: got %d", status)
	}
}

// post sends events that the client would refuse to send.
func post(t *testing.T, url, body, orderingKey string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+hookrailtest.APIKey)
	request.Header.Set("X-Hookrail-Ordering-Key", orderingKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
