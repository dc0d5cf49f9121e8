//go:build cgo

package hookrail

import (
	"errors"
	"testing"
)

// Submit takes the client's lock twice. A test from outside cannot make a Close come between the two.
func TestACloseDuringTheFirstSubmit(t *testing.T) {
	client, err := New(WithAPIKey("key"), WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.acquire(OutcomeNotSent); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	var refusal *Error
	if _, err := client.startQueue(); !errors.Is(err, ErrClosed) || !errors.As(err, &refusal) || refusal.Outcome != OutcomeNotSent {
		t.Errorf("got %v", err)
	}
	client.release()
	if client.queue != nil || client.handle != nil {
		t.Error("the closed client has kept something")
	}
}

// An event that entered the queue after the wait of Shutdown would be given up although its context has not ended.
func TestNoEventEntersAQueueThatShutsDown(t *testing.T) {
	client, err := New(WithAPIKey("key"), WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	queue, err := client.startQueue()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := queue.enter(nil, submittedEvent{}); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}
