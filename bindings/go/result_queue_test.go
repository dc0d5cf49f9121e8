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

// Results for a closed channel must neither end the process nor keep their places in the queue.
func TestAClosedChannelTakesNoResults(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(1))
	results := make(chan *hookrail.Submission)
	close(results)
	for i := 0; i < 3; i++ {
		submission, err := client.SubmitWait(background, "t", i, results)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := submission.Wait(background); err != nil {
			t.Error(err)
		}
	}
	others := make(chan *hookrail.Submission)
	last, err := client.SubmitWait(background, "t", 3, others)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-others; got != last {
		t.Errorf("another channel: got %v", got)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

// raceDetector is set in programs with the race detector.
var raceDetector = false

func TestAChannelThatIsClosedWhileAResultWaitsForIt(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector reports each channel that is closed while a goroutine sends to it")
	}
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithQueueMaxEvents(1))
	results := make(chan *hookrail.Submission)
	waiting := submit(t, client, 1, results)
	<-waiting.Done()
	// The refusal shows that the result waits for the channel.
	if _, err := client.Submit("t", 2, results); !errors.Is(err, hookrail.ErrQueueFull) {
		t.Fatalf("got %v", err)
	}
	close(results)
	next, err := client.SubmitWait(background, "t", 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, submission := range []*hookrail.Submission{waiting, next} {
		if _, err := submission.Wait(background); err != nil {
			t.Error(err)
		}
	}
}

func TestTheChannelMayBeClosedAfterClose(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	results := make(chan *hookrail.Submission)
	received := make(chan int)
	go func() {
		count := 0
		for range results {
			count++
		}
		received <- count
	}()
	for i := 0; i < 100; i++ {
		submit(t, client, i, results)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	close(results)
	if count := <-received; count != 100 {
		t.Errorf("%d results were received", count)
	}
}
