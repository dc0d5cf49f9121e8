// Package frameworks shows the package behind the routers that programs use, and tests what the guide says of them.
package frameworks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

const (
	ordersSecret = "whsec_orders"
	usersSecret  = "whsec_users"
	// bodyLimit is the limit of the route /limited in bytes.
	bodyLimit = 1024
)

// app is what each framework builds its routes from:
//
//	POST /hooks/orders  deliveries with the secret of orders
//	POST /hooks/users   deliveries with the secret of users
//	POST /logged        deliveries with the secret of orders, behind a middleware that reads the body and puts it back
//	POST /drained       the same, behind a middleware that reads the body and leaves nothing of it
//	POST /limited       the same, behind the framework's limit for bodies
//	POST /pay           sends an event with the request's context
type app struct {
	orders, users *hookrail.Verifier
	sender        hookrail.Sender
	// received has the deliveries that came through.
	received chan received
	// sent has the results of /pay.
	sent chan error
}

type received struct {
	path     string
	delivery *hookrail.Delivery
	// body is what the handler read from the request.
	body string
}

// take is the handler of each route for deliveries.
func (a *app) take(w http.ResponseWriter, r *http.Request) {
	delivery, ok := hookrail.DeliveryFromContext(r.Context())
	body, err := io.ReadAll(r.Body)
	if !ok || err != nil {
		http.Error(w, "no delivery", http.StatusTeapot)
		return
	}
	a.received <- received{r.URL.Path, delivery, string(body)}
	w.WriteHeader(http.StatusNoContent)
}

// pay sends an event for as long as the request lasts.
func (a *app) pay(ctx context.Context) error {
	_, err := a.sender.SendEvent(ctx, "order.paid", map[string]string{"order_id": "o_1"})
	a.sent <- err
	return err
}

// drain reads a body and leaves nothing of it.
func drain(r *http.Request) { io.Copy(io.Discard, r.Body) }

// dump reads a body and puts it back.
func dump(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
}

// testFramework tests a framework's routes over a socket.
func testFramework(t *testing.T, routes func(*app) http.Handler) {
	service := hookrailtest.NewServer()
	t.Cleanup(service.Close)
	client, err := service.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	a := &app{
		orders: verifier(t, ordersSecret), users: verifier(t, usersSecret), sender: client,
		received: make(chan received, 1), sent: make(chan error, 1),
	}
	server := httptest.NewServer(routes(a))
	t.Cleanup(server.Close)

	for _, test := range []struct {
		name, path, secret string
		body               string
		chunked            bool
		want               int
	}{
		{"a delivery", "/hooks/orders", ordersSecret, `{"order_id": "o_1"}`, false, 204},
		{"a delivery in chunks", "/hooks/orders", ordersSecret, `{"order_id": "o_1"}`, true, 204},
		{"another route's delivery", "/hooks/users", usersSecret, `{"user_id": "u_1"}`, false, 204},
		{"a delivery to another route", "/hooks/users", ordersSecret, `{}`, false, 401},
		{"a forged delivery", "/hooks/orders", "whsec_forged", `{}`, false, 401},
		{"a body that was read and put back", "/logged", ordersSecret, `{"a": "é"}`, false, 204},
		{"a body that was read", "/drained", ordersSecret, `{}`, false, 408},
		{"a body that was read, in chunks", "/drained", ordersSecret, `{}`, true, 408},
		{"a body within the limit", "/limited", ordersSecret, strings.Repeat("x", bodyLimit), false, 204},
		{"a body over the limit", "/limited", ordersSecret, strings.Repeat("x", bodyLimit+1), false, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := deliver(t, server.URL+test.path, test.secret, test.body, test.chunked)
			if status != test.want {
				t.Errorf("got %d, want %d", status, test.want)
			}
			select {
			case got := <-a.received:
				if status != 204 || got.path != test.path || string(got.delivery.Body) != test.body || got.body != test.body ||
					got.delivery.Topic != "order.paid" {
					t.Errorf("the handler got %+v", got)
				}
			default:
				if status == 204 {
					t.Error("the handler got nothing")
				}
			}
		})
	}

	t.Run("a handler sends an event", func(t *testing.T) {
		response, err := http.Post(server.URL+"/pay", "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if err := <-a.sent; err != nil || response.StatusCode != 200 || len(service.Events()) != 1 {
			t.Errorf("got %v, %d, %d events", err, response.StatusCode, len(service.Events()))
		}
	})
	t.Run("the end of a request ends its send", func(t *testing.T) {
		service.Answer(hookrailtest.Answer{Fault: hookrailtest.Hang, Record: true})
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			for len(service.Events()) < 2 {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/pay", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := http.DefaultClient.Do(request); !errors.Is(err, context.Canceled) {
			t.Errorf("the request: got %v", err)
		}
		var failure *hookrail.Error
		if err := <-a.sent; !errors.Is(err, context.Canceled) || !errors.As(err, &failure) ||
			failure.Outcome != hookrail.OutcomeMaybeSent {
			t.Errorf("the send: got %v", err)
		}
	})
}

func verifier(t *testing.T, secret string) *hookrail.Verifier {
	t.Helper()
	verifier, err := hookrail.NewVerifier([]string{secret})
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

// deliver posts a delivery and returns the status of the answer.
func deliver(t *testing.T, url, secret, body string, chunked bool) int {
	t.Helper()
	signed := hookrailtest.NewRequest(secret, "/", "order.paid", []byte(body))
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = signed.Header
	if chunked {
		request.Header.Del("Content-Length")
		request.ContentLength = -1
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	return response.StatusCode
}
