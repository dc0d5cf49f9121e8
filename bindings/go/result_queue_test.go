package hookrail_test

import (
	"errors"
	"testing"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

func TestAPlaceIsFreeOnceItsResultIsAvailable(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(1))
	for i := 0; i < 2000; i++ {
		submission, err := client.Submit("t", i, nil)
		if err != nil {
			t.Fatalf("submission %d: %v", i, err)
		}
		if _, err := submission.Wait(background); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResultsWithoutAReceiverFillTheQueue(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(1))
	results := make(chan *hookrail.Submission)
	submit(t, client, 1, results)
	if err := client.Flush(background); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Submit("t", 2, nil); !errors.Is(err, hookrail.ErrQueueFull) || !asError(t, err).Retryable {
		t.Errorf("got %v", err)
	}
	waiting := make(chan error)
	go func() {
		_, err := client.SubmitWait(background, "t", 2, nil)
		waiting <- err
	}()
	<-results
	if err := <-waiting; err != nil {
		t.Errorf("once the result is taken: got %v", err)
	}
}

func TestAPlaceIsFreeOnceItsResultIsReceived(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(1))
	results := make(chan *hookrail.Submission)
	for i := 0; i < 2000; i++ {
		if _, err := client.Submit("t", i, results); err != nil {
			t.Fatalf("submission %d: %v", i, err)
		}
		if _, err := (<-results).Wait(background); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAResultWithoutAReceiverBlocksNoOther(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	untaken := make(chan *hookrail.Submission)
	first := submit(t, client, 1, untaken)
	<-first.Done()
	second := submit(t, client, 2, untaken)
	if _, err := second.Wait(background); err != nil {
		t.Error(err)
	}
	if err := client.Flush(background); err != nil {
		t.Error(err)
	}
	others := make(chan *hookrail.Submission)
	third := submit(t, client, 3, others)
	if got := <-others; got != third {
		t.Errorf("got %v", got)
	}
	for _, want := range []*hookrail.Submission{first, second} {
		if got := <-untaken; got != want {
			t.Errorf("results of one channel come in the order in which they were there: got %v", got)
		}
	}
}
