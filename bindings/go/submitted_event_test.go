package hookrail_test

import (
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

func TestResultsOfAChannelKnowTheirEvents(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	type row struct{ id int }
	rows := []*row{{1}, {2}, {3}}
	// The server answers to the other events with success.
	server.Fault(devserver.Rule{"status": 403})
	results := make(chan *hookrail.Submission, len(rows))
	for _, row := range rows {
		payload := map[string]any{"id": row.id, "ordering_key": "customer"}
		if _, err := client.Submit("order.paid", payload, results, hookrail.WithTag(row)); err != nil {
			t.Fatal(err)
		}
	}
	failed := 0
	for range rows {
		submission := <-results
		row, ok := submission.Tag().(*row)
		if !ok || submission.Topic() != "order.paid" || submission.OrderingKey() != "customer" {
			t.Errorf("got %v, %q, %q", submission.Tag(), submission.Topic(), submission.OrderingKey())
		}
		accepted, err := submission.Wait(background)
		if err != submission.Err() {
			t.Errorf("Err returns %v, Wait %v", submission.Err(), err)
		}
		key := ""
		if err != nil {
			failed++
			key = asError(t, err).IdempotencyKey
		} else {
			key = accepted.IdempotencyKey
		}
		if key == "" || submission.IdempotencyKey() != key {
			t.Errorf("row %d: the submission has the key %q, its result %q", row.id, submission.IdempotencyKey(), key)
		}
	}
	if failed != 1 {
		t.Errorf("%d events failed", failed)
	}
	keys := make(map[string]bool)
	for _, request := range server.Requests() {
		key := request.Header("idempotency-key")
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(key) {
			t.Errorf("the key %q is no random UUID", key)
		}
		keys[key] = true
	}
	if len(keys) != len(rows) {
		t.Errorf("%d events had %d keys", len(rows), len(keys))
	}
}

func TestASubmissionKnowsItsEventAtOnce(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	prepared, err := client.Prepare("prepared", map[string]string{"ordering_key": "inner"})
	if err != nil {
		t.Fatal(err)
	}
	outer, err := client.Prepare("prepared", "x", hookrail.WithOrderingKey("outer"), hookrail.WithIdempotencyKey("k 1"))
	if err != nil {
		t.Fatal(err)
	}
	withBoth := []hookrail.SendOption{hookrail.WithIdempotencyKey("k"), hookrail.WithOrderingKey("o"), hookrail.WithTag(7)}
	for _, test := range []struct {
		name, topic, idempotencyKey, orderingKey string
		tag                                      any
		submit                                   func() (*hookrail.Submission, error)
	}{
		{"options", "t", "k", "o", 7, func() (*hookrail.Submission, error) { return client.Submit("t", 1, nil, withBoth...) }},
		{"a wait for room", "t", "k", "o", 7, func() (*hookrail.Submission, error) {
			return client.SubmitWait(background, "t", 1, nil, withBoth...)
		}},
		{"a prepared event", "prepared", prepared.IdempotencyKey, "inner", "row", func() (*hookrail.Submission, error) {
			return client.SubmitPrepared(prepared.Blob, nil, hookrail.WithTag("row"))
		}},
		{"a prepared event with both keys", "prepared", "k 1", "outer", nil, func() (*hookrail.Submission, error) {
			return client.SubmitPrepared(outer.Blob, nil)
		}},
		{"a key that is no string", "t", "k2", "", nil, func() (*hookrail.Submission, error) {
			return client.Submit("t", map[string]int{"ordering_key": 1}, nil, hookrail.WithIdempotencyKey("k2"))
		}},
	} {
		submission, err := test.submit()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if submission.Topic() != test.topic || submission.IdempotencyKey() != test.idempotencyKey ||
			submission.OrderingKey() != test.orderingKey || submission.Tag() != test.tag {
			t.Errorf("%s: got %q, %q, %q, %v", test.name, submission.Topic(), submission.IdempotencyKey(), submission.OrderingKey(),
				submission.Tag())
		}
		if accepted, err := submission.Wait(background); err != nil || accepted.IdempotencyKey != test.idempotencyKey {
			t.Errorf("%s: sent with %+v, %v", test.name, accepted, err)
		}
	}
	requests := server.Requests()
	if key := requests[len(requests)-2].Header("x-hookrail-ordering-key"); key != "outer" {
		t.Errorf("the ordering key %q was sent", key)
	}
}

func TestOnlyAFinishedSubmissionHasAnError(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithReadTimeout(long))
	server.Fault(devserver.Rule{"never_answer": true})
	submission := submit(t, client, 1, nil)
	server.Wait("requests=1")
	if err := submission.Err(); err != nil {
		t.Errorf("while it is sent: %v", err)
	}
	submission.Cancel()
	<-submission.Done()
	if err := submission.Err(); !errors.Is(err, hookrail.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}

func TestFinishedSubmissionsForFakes(t *testing.T) {
	failed := hookrail.FinishedSubmission("t", nil, io.EOF, hookrail.WithTag(1), hookrail.WithIdempotencyKey("k"),
		hookrail.WithOrderingKey("o"))
	<-failed.Done()
	failed.Cancel()
	if _, err := failed.Wait(background); err != io.EOF || failed.Err() != io.EOF {
		t.Errorf("got %v and %v", err, failed.Err())
	}
	if failed.Topic() != "t" || failed.Tag() != 1 || failed.IdempotencyKey() != "k" || failed.OrderingKey() != "o" {
		t.Errorf("got %+v", failed)
	}
	want := &hookrail.Accepted{EventID: "e", IdempotencyKey: "random"}
	accepted := hookrail.FinishedSubmission("t", want, nil)
	if got, err := accepted.Wait(background); got != want || err != nil || accepted.IdempotencyKey() != "random" {
		t.Errorf("got %+v, %v", got, err)
	}
}
