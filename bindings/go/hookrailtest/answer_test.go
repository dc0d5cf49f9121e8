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

// failure is the error of a call, and fails the test without one.
func failure(t *testing.T, err error) *hookrail.Error {
	t.Helper()
	var e *hookrail.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	return e
}

func TestServerDelays(t *testing.T) {
	server, client := startWith(t)
	const delay = 50 * time.Millisecond
	for _, answer := range []hookrailtest.Answer{
		{Delay: delay}, {Delay: delay, Status: 403}, {Delay: delay, Fault: hookrailtest.CutOff},
	} {
		server.Answer(answer)
		begun := time.Now()
		accepted, err := client.SendEvent(background, "t", 1)
		if took := time.Since(begun); took < delay {
			t.Errorf("%+v: it took %v", answer, took)
		}
		if usual := answer.Status == 0 && answer.Fault == hookrailtest.NoFault; usual != (err == nil) {
			t.Errorf("%+v: got %+v, %v", answer, accepted, err)
		}
	}
	if events := len(server.Events()); events != 2 {
		t.Errorf("%d events were recorded", events)
	}
}

func TestServerHangs(t *testing.T) {
	server, client := startWith(t)
	impatient, err := server.NewClient(hookrail.WithReadTimeout(50*time.Millisecond), hookrail.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	server.Answer(
		hookrailtest.Answer{Fault: hookrailtest.Hang},
		hookrailtest.Answer{Fault: hookrailtest.Hang, Record: true},
	)
	_, err = impatient.SendEvent(background, "t", 1)
	if e := failure(t, err); !errors.Is(err, hookrail.ErrTimeout) || e.Outcome != hookrail.OutcomeMaybeSent {
		t.Errorf("got %v with outcome %v", err, e.Outcome)
	}
	ctx, cancel := context.WithCancel(background)
	go func() {
		for len(server.Events()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := client.SendEvent(ctx, "t", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if accepted, err := client.SendEvent(background, "t", 1); err != nil {
		t.Errorf("afterwards: %+v, %v", accepted, err)
	}
	if events := len(server.Events()); events != 2 {
		t.Errorf("%d events were recorded", events)
	}
}

func TestClosingTheServerEndsHangingRequests(t *testing.T) {
	server, client := startWith(t)
	server.Answer(
		hookrailtest.Answer{Fault: hookrailtest.Hang, Record: true},
		hookrailtest.Answer{Delay: time.Hour},
	)
	results := make(chan error, 2)
	for i := 0; i < 2; i++ {
		go func() {
			_, err := client.SendEvent(background, "t", 1)
			results <- err
		}()
	}
	for len(server.Events()) == 0 {
		time.Sleep(time.Millisecond)
	}
	server.Close()
	for i := 0; i < 2; i++ {
		if err := <-results; !errors.Is(err, hookrail.ErrConnection) {
			t.Errorf("got %v", err)
		}
	}
}

func TestServerBreaksTheConnection(t *testing.T) {
	for _, test := range []struct {
		fault hookrailtest.Fault
		want  string
	}{
		{hookrailtest.Reset, "reset"}, {hookrailtest.Disconnect, "closed"}, {hookrailtest.CutOff, "before the answer was complete"},
	} {
		for _, record := range []bool{false, true} {
			// The client's own connection is new, so the client does not take it for one that the server closed as idle.
			server, client := startWith(t)
			server.Answer(hookrailtest.Answer{Fault: test.fault, Record: record, Status: 202, Body: `{"event_id":"01"}`})
			key := hookrail.WithIdempotencyKey("k")
			_, err := client.SendEvent(background, "t", 1, key)
			e := failure(t, err)
			if !errors.Is(err, hookrail.ErrConnection) || e.Outcome != hookrail.OutcomeMaybeSent || !strings.Contains(e.Message, test.want) {
				t.Errorf("fault %d: got %v with outcome %v", test.fault, err, e.Outcome)
			}
			accepted, err := client.SendEvent(background, "t", 1, key)
			if err != nil || accepted.Replayed != record || len(server.Events()) != 1 {
				t.Errorf("fault %d, recorded %v: sent again: %+v, %v", test.fault, record, accepted, err)
			}
		}
	}
}

func TestServerAnswersFromAScript(t *testing.T) {
	server := hookrailtest.NewServer()
	defer server.Close()
	client, err := server.NewClient(hookrail.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server.Answer(
		hookrailtest.Answer{Status: 503, Times: 2},
		hookrailtest.Answer{},
		hookrailtest.Answer{Status: 429, RetryAfter: 1500 * time.Millisecond},
	)
	for i, want := range []error{hookrail.ErrServer, hookrail.ErrServer, nil} {
		if _, err := client.SendEvent(background, "t", i); !errors.Is(err, want) {
			t.Errorf("answer %d: got %v", i, err)
		}
	}
	_, err = client.SendEvent(background, "t", 4)
	if e := failure(t, err); !errors.Is(err, hookrail.ErrRateLimited) || e.RetryAfter != 2*time.Second {
		t.Errorf("got %v, wait %v", err, e.RetryAfter)
	}
	other, err := server.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	server.Answer(hookrailtest.Answer{Status: 409, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "not yours"})
	_, err = other.SendEvent(background, "t", 5)
	if e := failure(t, err); e.Status != hookrail.StatusConflict || string(e.Body) != "not yours" {
		t.Errorf("got %+v", e)
	}
	if events := len(server.Events()); events != 1 {
		t.Errorf("%d events were recorded", events)
	}
}

func TestAnswersThatCannotBeGiven(t *testing.T) {
	server := hookrailtest.NewServer()
	defer server.Close()
	for _, answer := range []hookrailtest.Answer{
		{Status: 100}, {Status: 600}, {Delay: -1}, {RetryAfter: -1}, {Times: -1}, {Fault: hookrailtest.CutOff + 1}, {Fault: -1},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was accepted", answer)
				}
			}()
			server.Answer(answer)
		}()
	}
}
