package hookrail_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

// The functions of this file have the code of docs/go.md. TestTheGuideHasOnlyTestedCode compares them with it.

type order struct {
	ID string `json:"id"`
}

func guideSends(ctx context.Context, order order) error {
	client, err := hookrail.New() // HOOKRAIL_API_KEY and HOOKRAIL_BASE_URL, or WithAPIKey and WithBaseURL
	if err != nil {
		return err
	}
	defer client.Close()

	accepted, err := client.SendEvent(ctx, "order.paid", order,
		hookrail.WithIdempotencyKey("order-"+order.ID+"-paid"))
	if err == nil {
		guideReadsRecords(accepted)
	}
	return err
}

func guideAddsHeaders(ctx context.Context, order order, secret, parent string) error {
	client, err := hookrail.New(hookrail.WithHeader("CF-Access-Client-Secret", secret))
	if err != nil {
		return err
	}
	accepted, err := client.SendEvent(ctx, "order.paid", order, hookrail.WithSendHeader("traceparent", parent))
	if err == nil && accepted.EventID == "" {
		return errors.New("no event")
	}
	return err
}

func guideExplains(err error) {
	switch {
	case err == nil:
	case errors.Is(err, hookrail.ErrConflict): // the key was used with other bytes: a mistake in the program
	case errors.Is(err, hookrail.ErrRateLimited), errors.Is(err, hookrail.ErrServer): // come back later
	}
	var failure *hookrail.Error
	if errors.As(err, &failure) {
		log.Printf("%s after %d attempts: %s", failure.Last().Status, failure.Attempts, failure.Message)
	}
}

func guideSubmits(ctx context.Context, client *hookrail.Client, order order) error {
	results := make(chan *hookrail.Submission, 1000)
	go func() {
		for submission := range results {
			if _, err := submission.Wait(ctx); err != nil {
				log.Printf("not sent: %v", err)
			}
		}
	}()
	_, err := client.Submit("order.paid", order, results)
	return err
}

// Row is a row of an outbox.
type Row struct{ ID int }

func guideFindsTheRow(results <-chan *hookrail.Submission) {
	submission := <-results
	if err := submission.Err(); err != nil {
		row := submission.Tag().(*Row) // from hookrail.WithTag(row)
		log.Printf("row %d, key %s: %v", row.ID, submission.IdempotencyKey(), err)
	}
}

func guideHandlesErrors() (*hookrail.Client, error) {
	client, err := hookrail.New(hookrail.WithErrorHandler(func(s *hookrail.Submission) {
		log.Printf("%s, key %s: %v", s.Topic(), s.IdempotencyKey(), s.Err())
	}))
	return client, err
}

func guideReadsRecords(accepted *hookrail.Accepted) {
	for _, attempt := range accepted.AttemptRecords {
		fmt.Println(attempt.Number, attempt.Status, attempt.HTTPStatus, attempt.Duration, attempt.RequestID)
	}
}

func guideServesMetrics(client *hookrail.Client) {
	http.Handle("/metrics/hookrail", client.MetricsHandler())
}

func guideReceives(newSecret, oldSecret string) error {
	verifier, err := hookrail.NewVerifier([]string{newSecret, oldSecret})
	if err != nil {
		return err
	}
	http.Handle("/hooks", verifier.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, _ := hookrail.DeliveryFromContext(r.Context())
		// delivery.ID tells repeated deliveries apart; delivery.Body is signed.
		log.Printf("%s: %s", delivery.ID, delivery.Body)
		w.WriteHeader(http.StatusNoContent)
	})))
	return nil
}

func TestTheGuidesPrograms(t *testing.T) {
	log.SetOutput(testLog{t})
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	ctx, body, secret, handler := background, []byte("{}"), "whsec_test", http.DefaultServeMux
	if err := guideReceives(secret, "whsec_old"); err != nil {
		t.Fatal(err)
	}
	service := hookrailtest.NewServer()
	defer service.Close()
	client, err := service.NewClient() // sends to it
	service.Subscribe(secret, handler) // deliveries go to a handler
	request := hookrailtest.NewRequest(secret, "/hooks", "order.paid", body)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	t.Setenv("HOOKRAIL_API_KEY", hookrailtest.APIKey)
	t.Setenv("HOOKRAIL_BASE_URL", service.URL)

	service.Answer(
		hookrailtest.Answer{Status: 503, Times: 2}, // two failures
		hookrailtest.Answer{Status: 429, RetryAfter: time.Second},
		hookrailtest.Answer{Delay: time.Second},                      // a slow success
		hookrailtest.Answer{Fault: hookrailtest.Hang},                // no answer, until the client gives up
		hookrailtest.Answer{Fault: hookrailtest.Reset, Record: true}, // recorded, but the answer is lost
	)
	slow := order{"slow"}
	if err := guideSends(ctx, slow); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if err := guideSends(short, slow); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hanging service: got %v", err)
	}
	if err := guideAddsHeaders(ctx, slow, "s", "00-1-2-01"); err != nil {
		t.Error(err)
	}
	service.Answer(hookrailtest.Answer{Status: 409})
	err = guideSends(ctx, order{"conflict"})
	guideExplains(err)
	if !errors.Is(err, hookrail.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if err := guideSubmits(ctx, client, order{"submitted"}); err != nil {
		t.Error(err)
	}
	results := make(chan *hookrail.Submission, 1)
	service.Answer(hookrailtest.Answer{Status: 403}, hookrailtest.Answer{Status: 403})
	if err := client.Flush(ctx); err != nil {
		t.Error(err)
	}
	handled, err := guideHandlesErrors()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handled.Submit("order.paid", 1, results, hookrail.WithTag(&Row{7})); err != nil {
		t.Error(err)
	}
	guideFindsTheRow(results)
	if err := handled.Close(); err != nil {
		t.Error(err)
	}
	guideServesMetrics(client)
	for path, want := range map[string]int{"/metrics/hookrail": http.StatusOK, "/hooks": http.StatusNoContent} {
		answer := httptest.NewRecorder()
		request.URL.Path = path
		http.DefaultServeMux.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("%s: got %d", path, answer.Code)
		}
	}
}

// Shop is code under test.
type Shop struct{ sender hookrail.Sender }

func NewShop(sender hookrail.Sender) *Shop { return &Shop{sender} }

func (s *Shop) Pay(id string) error {
	_, err := s.sender.SendEvent(background, "order.paid", order{id})
	return err
}

func TestTheGuidesFake(t *testing.T) {
	recorder := hookrailtest.NewRecorder()
	recorder.Fail(hookrailtest.NewError(hookrail.StatusRateLimited)) // for the first send
	shop := NewShop(recorder)
	err := shop.Pay("o_1")
	events := recorder.Events() // topic, payload, keys and tag of each event that was sent
	if !errors.Is(err, hookrail.ErrRateLimited) || len(events) != 0 {
		t.Errorf("got %v, %+v", err, events)
	}
	if err := shop.Pay("o_2"); err != nil || len(recorder.Events()) != 1 {
		t.Errorf("got %v, %+v", err, recorder.Events())
	}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Logf("%s", line)
	return len(line), nil
}

// Each block of Go code in the guide is a whole program, which tests/packages/examples runs, or it stands in a file that
// the tests compile and run.
func TestTheGuideHasOnlyTestedCode(t *testing.T) {
	files := []string{"guide_test.go", "tests/opentelemetry/tracing.go"}
	frameworks, err := filepath.Glob("tests/frameworks/*_test.go")
	if err != nil || len(frameworks) == 0 {
		t.Fatal(err)
	}
	tested := ""
	for _, file := range append(files, frameworks...) {
		tested += "\n" + withoutIndentation(t, file)
	}
	blocks := strings.Split(withoutIndentation(t, "../../docs/go.md"), "\n```go\n")[1:]
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "\n```\n")
		if !strings.Contains(code, "func main()") && !strings.Contains(tested, "\n"+code+"\n") {
			t.Errorf("no test has this code of the guide:\n%s", code)
		}
	}
	if len(blocks) < 15 {
		t.Errorf("the guide has only %d blocks", len(blocks))
	}
}

// withoutIndentation returns the lines of a file without the blanks at their ends.
func withoutIndentation(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
