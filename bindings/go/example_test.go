package hookrail_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

func ExampleClient_SendEvent() {
	// A program calls hookrail.New(), with HOOKRAIL_API_KEY and HOOKRAIL_BASE_URL in the environment.
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	order := map[string]any{"order_id": "o_1", "amount": 42}
	accepted, err := client.SendEvent(ctx, "order.paid", order, hookrail.WithIdempotencyKey("order-o_1-paid"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(accepted.IdempotencyKey, accepted.Replayed)
	fmt.Printf("%s\n", service.Events()[0].Payload)
	// Output:
	// order-o_1-paid false
	// {"amount":42,"order_id":"o_1"}
}

func ExampleError() {
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient(hookrail.WithMaxRetries(1))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	service.Answer(hookrailtest.Answer{Status: 503}, hookrailtest.Answer{Status: 503})

	_, err = client.SendEvent(context.Background(), "order.paid", "o_1")
	var failure *hookrail.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Status, failure.Attempts, failure.HTTPStatus, failure.Outcome)
	}
	fmt.Println(errors.Is(err, hookrail.ErrRetriesExhausted), errors.Is(err, hookrail.ErrServer))
	// Output:
	// retries_exhausted 2 503 maybe_sent
	// true true
}

func ExampleClient_Submit() {
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	results := make(chan *hookrail.Submission, 100)
	for i := 0; i < 3; i++ {
		if _, err := client.Submit("order.paid", i, results); err != nil {
			log.Fatal(err)
		}
	}
	for i := 0; i < 3; i++ {
		if _, err := (<-results).Wait(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(service.Events()), "events")
	// Output: 3 events
}

func ExampleWithErrorHandler() {
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient(hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		fmt.Println(s.Topic(), s.IdempotencyKey(), s.Tag(), errors.Is(s.Err(), hookrail.ErrPermissionDenied))
	}))
	if err != nil {
		log.Fatal(err)
	}
	service.Answer(hookrailtest.Answer{Status: 403})
	row := 7
	if _, err := client.Submit("order.paid", "o_1", nil, hookrail.WithIdempotencyKey("order-o_1-paid"), hookrail.WithTag(row)); err != nil {
		log.Fatal(err)
	}
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
	// Output: order.paid order-o_1-paid 7 true
}

func ExampleWithLogger() {
	service := hookrailtest.NewServer()
	defer service.Close()
	// A program passes slog.Default(). This handler leaves out what differs from run to run.
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "level", "msg", "topic", "idempotency_key", "number", "http_status":
			return a
		}
		return slog.Attr{}
	}}))
	client, err := service.NewClient(hookrail.WithLogger(logger))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	service.Answer(hookrailtest.Answer{Status: 503})
	_, err = client.SendEvent(context.Background(), "order.paid", "o_1", hookrail.WithIdempotencyKey("order-o_1-paid"))
	if err != nil {
		log.Fatal(err)
	}
	// Output: level=WARN msg="hookrail: attempt failed" topic=order.paid idempotency_key=order-o_1-paid attempt.number=1 attempt.http_status=503
}

func ExampleAttemptRecord() {
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	service.Answer(hookrailtest.Answer{Status: 503, Header: http.Header{"X-Request-Id": {"req_1"}}})
	accepted, err := client.SendEvent(context.Background(), "order.paid", "o_1")
	if err != nil {
		log.Fatal(err)
	}
	for _, attempt := range accepted.AttemptRecords {
		fmt.Println(attempt.Number, attempt.Status, attempt.HTTPStatus, attempt.RequestID)
	}
	// Output:
	// 1 server_error 503 req_1
	// 2 ok 202
}

func ExampleClient_MetricsHandler() {
	client, err := hookrail.New(hookrail.WithAPIKey("hk_test"), hookrail.WithBaseURL("http://127.0.0.1:8080"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	routes := http.NewServeMux()
	routes.Handle("/metrics/hookrail", client.MetricsHandler())

	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics/hookrail", nil))
	for _, line := range strings.Split(answer.Body.String(), "\n") {
		if strings.HasPrefix(line, "hookrail_client_requests_total") {
			fmt.Println(line)
		}
	}
	// Output: hookrail_client_requests_total 0
}

func ExampleSender() {
	// pay is code under test. A program passes it a client.
	pay := func(sender hookrail.Sender, order string) error {
		_, err := sender.SendEvent(context.Background(), "order.paid", map[string]string{"order_id": order})
		return err
	}
	recorder := hookrailtest.NewRecorder()
	recorder.Fail(hookrailtest.NewError(hookrail.StatusRateLimited))
	fmt.Println(errors.Is(pay(recorder, "o_1"), hookrail.ErrRateLimited))
	fmt.Println(pay(recorder, "o_2"))
	for _, event := range recorder.Events() {
		fmt.Printf("%s %s\n", event.Topic, event.Payload)
	}
	// Output:
	// true
	// <nil>
	// order.paid {"order_id":"o_2"}
}

func ExampleClient_Prepare() {
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// Store prepared.Blob in the transaction that pays the order; then, or after a crash, send it.
	prepared, err := client.Prepare("order.paid", "o_1")
	if err != nil {
		log.Fatal(err)
	}
	for i := 0; i < 2; i++ {
		accepted, err := client.SendPrepared(context.Background(), prepared.Blob)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("replayed:", accepted.Replayed)
	}
	fmt.Println(len(service.Events()), "event")
	// Output:
	// replayed: false
	// replayed: true
	// 1 event
}

func ExampleVerifier_Middleware() {
	verifier, err := hookrail.NewVerifier([]string{"whsec_new", "whsec_old"})
	if err != nil {
		log.Fatal(err)
	}
	handler := verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, _ := hookrail.DeliveryFromContext(r.Context())
		fmt.Printf("%s: %s\n", delivery.Topic, delivery.Body)
		w.WriteHeader(http.StatusNoContent)
	}))

	for _, secret := range []string{"whsec_old", "whsec_forged"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, hookrailtest.NewRequest(secret, "/hooks", "order.paid", []byte(`{"order_id":"o_1"}`)))
		fmt.Println(answer.Code)
	}
	// Output:
	// order.paid: {"order_id":"o_1"}
	// 204
	// 401
}

func ExampleVerifier_Verify() {
	verifier, err := hookrail.NewVerifier([]string{"whsec_test_secret"}, hookrail.WithTolerance(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	header := "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644"
	body := []byte(`{"order_id":"o_1","amount":42}`)
	received := time.Unix(1781092830, 0)
	verification, err := verifier.VerifyAt(header, "01JXAMPLEDELIVERYID0000000", body, received)
	fmt.Println(verification.Skew, err)
	_, err = verifier.VerifyAt(header, "01JXAMPLEDELIVERYID0000000", body, received.Add(time.Hour))
	fmt.Println(errors.Is(err, hookrail.ErrTimestampTooOld))
	// Output:
	// 30s <nil>
	// true
}
