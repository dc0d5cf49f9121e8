package hookrailtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

func TestRecorderRecordsWhatAClientWouldSend(t *testing.T) {
	recorder := hookrailtest.NewRecorder()
	defer recorder.Close()
	server, client := start(t)
	type sender interface {
		hookrail.Sender
		hookrail.Submitter
		SendPrepared(context.Context, []byte, ...hookrail.SendOption) (*hookrail.Accepted, error)
		SubmitPrepared([]byte, chan<- *hookrail.Submission, ...hookrail.SendOption) (*hookrail.Submission, error)
		SubmitWait(
			context.Context, string, any, chan<- *hookrail.Submission, ...hookrail.SendOption,
		) (*hookrail.Submission, error)
		Prepare(string, any, ...hookrail.SendOption) (*hookrail.Prepared, error)
		Flush(context.Context) error
	}
	for _, s := range []sender{recorder, client} {
		payload := map[string]any{"text": "<é>", "ordering_key": "o"}
		if _, err := s.SendEvent(background, "first", payload, hookrail.WithIdempotencyKey("1")); err != nil {
			t.Fatal(err)
		}
		for _, replayed := range []bool{false, true} {
			accepted, err := s.SendEvent(background, "second", 2, hookrail.WithIdempotencyKey("2"), hookrail.WithOrderingKey("k"))
			if err != nil || accepted.Replayed != replayed || accepted.IdempotencyKey != "2" || len(accepted.EventID) != 26 ||
				!strings.Contains(string(accepted.Raw), accepted.EventID) || accepted.Attempts != 1 {
				t.Errorf("%T: got %+v, %v", s, accepted, err)
			}
		}
		if _, err := s.SendEvent(background, "second", 3, hookrail.WithIdempotencyKey("2")); !errors.Is(err, hookrail.ErrConflict) {
			t.Errorf("%T: got %v", s, err)
		}
		prepared, err := s.Prepare("third", 3, hookrail.WithIdempotencyKey("3"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SendPrepared(background, prepared.Blob); err != nil {
			t.Error(err)
		}
		results := make(chan *hookrail.Submission, 2)
		for _, submit := range []func() (*hookrail.Submission, error){
			func() (*hookrail.Submission, error) {
				return s.SubmitPrepared(prepared.Blob, results, hookrail.WithTag("tag"))
			},
			func() (*hookrail.Submission, error) {
				return s.SubmitWait(background, "fourth", 4, results, hookrail.WithIdempotencyKey("4"), hookrail.WithOrderingKey("k"))
			},
		} {
			submission, err := submit()
			if err != nil {
				t.Fatal(err)
			}
			if got := <-results; got != submission {
				t.Errorf("%T: the channel got another submission", s)
			}
			accepted, err := submission.Wait(background)
			if err != nil || accepted.IdempotencyKey != submission.IdempotencyKey() {
				t.Errorf("%T: got %+v, %v", s, accepted, err)
			}
			if third := submission.Topic() == "third"; third != (submission.Tag() == "tag") || third != accepted.Replayed {
				t.Errorf("%T: %s has the tag %v", s, submission.Topic(), submission.Tag())
			}
		}
		if err := s.Flush(background); err != nil {
			t.Error(err)
		}
	}
	describe := func(events []hookrailtest.Event) (described []string) {
		for _, e := range events {
			described = append(described, fmt.Sprint(e.Topic, string(e.Payload), e.IdempotencyKey, e.OrderingKey, e.Replays))
		}
		return described
	}
	recorded, received := describe(recorder.Events()), describe(server.Events())
	if !reflect.DeepEqual(recorded, received) || len(recorded) != 4 {
		t.Errorf("the recorder has %q, the server %q", recorded, received)
	}
}

func TestRecorderRefusesWhatAClientRefuses(t *testing.T) {
	recorder := hookrailtest.NewRecorder()
	ended, cancel := context.WithCancel(background)
	cancel()
	for name, test := range map[string]struct {
		send func() error
		want error
	}{
		"no topic":         {func() error { _, err := recorder.SendEvent(background, "", 1); return err }, hookrail.ErrInvalidArgument},
		"bytes":            {func() error { _, err := recorder.Submit("t", []byte("1"), nil); return err }, hookrail.ErrInvalidArgument},
		"an ended context": {func() error { _, err := recorder.SendEvent(ended, "t", 1); return err }, context.Canceled},
		"no blob":          {func() error { _, err := recorder.SendPrepared(background, []byte("x")); return err }, hookrail.ErrDamagedBlob},
		"no blob to submit": {func() error { _, err := recorder.SubmitPrepared([]byte("x"), nil); return err },
			hookrail.ErrDamagedBlob},
	} {
		if err := test.send(); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if events := recorder.Events(); len(events) != 0 {
		t.Errorf("recorded %+v", events)
	}
}

func TestRecorderReturnsWhatTheTestWants(t *testing.T) {
	recorder := hookrailtest.NewRecorder()
	own := &hookrail.Accepted{EventID: "mine"}
	recorder.Fail(hookrailtest.NewError(hookrail.StatusRateLimited), io.EOF)
	recorder.Script(hookrailtest.Result{Accepted: own}, hookrailtest.Result{})
	_, err := recorder.SendEvent(background, "t", 1, hookrail.WithIdempotencyKey("k"))
	if e := failure(t, err); !errors.Is(err, hookrail.ErrRateLimited) || e.IdempotencyKey != "k" {
		t.Errorf("got %+v", e)
	}
	failed, err := recorder.Submit("t", 1, nil, hookrail.WithTag("tag"))
	if err != nil || failed.Err() != io.EOF || failed.Tag() != "tag" {
		t.Errorf("got %v, %v", failed.Err(), err)
	}
	if accepted, err := recorder.SendEvent(background, "t", 3); accepted != own || err != nil {
		t.Errorf("got %+v, %v", accepted, err)
	}
	if accepted, err := recorder.SendEvent(background, "t", 4); err != nil || accepted.EventID == "mine" {
		t.Errorf("got %+v, %v", accepted, err)
	}
	if events := recorder.Events(); len(events) != 2 {
		t.Errorf("recorded %+v", events)
	}
}

func TestRecorderKeepsTheOrderOfResults(t *testing.T) {
	const events = 100
	recorder := hookrailtest.NewRecorder()
	results, unread := make(chan *hookrail.Submission), make(chan *hookrail.Submission)
	if _, err := recorder.Submit("t", 0, unread); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < events; i++ {
		if _, err := recorder.Submit("t", i, results, hookrail.WithTag(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < events; i++ {
		if got := (<-results).Tag(); got != i {
			t.Fatalf("result %d is that of event %v", i, got)
		}
	}
	<-unread
	recorder.Close()
	close(results)
}

// Each made error is compared with that of a real client in the same situation.
func TestErrorsAreThoseOfAClient(t *testing.T) {
	statuses := map[hookrail.Status]hookrailtest.Answer{
		hookrail.StatusBadRequest:       {Status: 400},
		hookrail.StatusAuthentication:   {Status: 401},
		hookrail.StatusPermissionDenied: {Status: 403},
		hookrail.StatusNotFound:         {Status: 404},
		hookrail.StatusConflict:         {Status: 409},
		hookrail.StatusPayloadTooLarge:  {Status: 413},
		hookrail.StatusUnexpectedStatus: {Status: 418},
		hookrail.StatusRateLimited:      {Status: 429},
		hookrail.StatusServerError:      {Status: 503},
		hookrail.StatusRetriesExhausted: {Status: 503},
		hookrail.StatusTimeout:          {Fault: hookrailtest.Hang},
		hookrail.StatusProtocol:         {Status: 202, Body: "nonsense"},
	}
	for status, answer := range statuses {
		server := hookrailtest.NewServer()
		var opts []hookrail.Option
		if answer.Fault == hookrailtest.Hang {
			opts = append(opts, hookrail.WithReadTimeout(50*time.Millisecond))
		}
		client, err := server.NewClient(opts...)
		if err != nil {
			t.Fatal(err)
		}
		answer.Times = 4
		server.Answer(answer)
		_, err = client.SendEvent(background, "t", 1)
		compareErrors(t, hookrailtest.NewError(status), failure(t, err), len(answer.Body) == 0 && answer.Fault == hookrailtest.NoFault)
		client.Close()
		server.Close()
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	server := hookrailtest.NewServer()
	defer server.Close()
	for status, url := range map[hookrail.Status]string{
		hookrail.StatusConnection: "http://" + address,
		hookrail.StatusTLS:        strings.Replace(server.URL, "http:", "https:", 1),
	} {
		client, err := server.NewClient(hookrail.WithBaseURL(url))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.SendEvent(background, "t", 1)
		compareErrors(t, hookrailtest.NewError(status), failure(t, err), false)
		client.Close()
		_, err = client.SendEvent(background, "t", 1)
		compareErrors(t, hookrailtest.NewError(hookrail.StatusClosed), failure(t, err), true)
	}
}

func TestErrorsOfCancelledAndRefusedEvents(t *testing.T) {
	server := hookrailtest.NewServer()
	defer server.Close()
	client, err := server.NewClient(hookrail.WithQueueMaxEvents(1))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server.Answer(hookrailtest.Answer{Fault: hookrailtest.Hang, Record: true})
	submission, err := client.Submit("t", 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for len(server.Events()) == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err = client.Submit("t", 2, nil)
	compareErrors(t, hookrailtest.NewError(hookrail.StatusQueueFull), failure(t, err), false)
	submission.Cancel()
	<-submission.Done()
	compareErrors(t, hookrailtest.NewError(hookrail.StatusCancelled), failure(t, submission.Err()), false)
	defer func() {
		if recover() == nil {
			t.Error("an error for a status that no send has")
		}
	}()
	hookrailtest.NewError(hookrail.StatusSignatureMismatch)
}

// compareErrors compares what programs decide by; with exactly set also the message and the body.
func compareErrors(t *testing.T, made, real *hookrail.Error, exactly bool) {
	t.Helper()
	describe := func(e *hookrail.Error) string {
		text := fmt.Sprint(len(e.AttemptRecords), e.Status, e.HTTPStatus, e.Retryable, e.Attempts, e.Outcome, e.Problem, e.HasRetryAfter, e.RetryAfter)
		if exactly {
			text += fmt.Sprintf(" %q %q", e.Message, e.Body)
		}
		return text
	}
	for made != nil && real != nil {
		if describe(made) != describe(real) {
			t.Errorf("made %s, the client's is %s", describe(made), describe(real))
		}
		made, real = made.Cause, real.Cause
	}
	if made != real {
		t.Errorf("one error has a cause: %v, %v", made, real)
	}
}
