//go:build cgo

package hookrail

import (
	"testing"
	"time"
)

// blocking counts the calls that block a thread, of as many that are under way at once.
func blocking(t *threads, calls int) int {
	places := make([]place, calls)
	count := 0
	for i := range places {
		places[i] = t.enter()
		if places[i].blocksThread {
			count++
		}
	}
	for _, p := range places {
		t.underWay.Add(-1)
		if p.blocksThread {
			t.blocked.Add(-1)
		}
	}
	return count
}

func TestCallsBlockThreadsAsLongAsTheyAreShort(t *testing.T) {
	var calls threads
	steps := []struct {
		times, blocking int
		sample          time.Duration
	}{
		{1, maxBlockedThreads, 0},
		{20, maxBlockedThreads, shortCall / 2},
		// One slow call among fast ones changes nothing.
		{1, maxBlockedThreads, time.Minute},
		{20, 1, 20 * time.Millisecond},
		{1, 1, shortCall / 2},
		// An outage does not count for ever.
		{100, 1, time.Minute},
		{20, maxBlockedThreads, shortCall / 2},
	}
	for i, step := range steps {
		for n := 0; n < step.times; n++ {
			calls.add(step.sample)
		}
		if got := blocking(&calls, 10); got != step.blocking {
			t.Errorf("step %d: %d of 10 calls block threads, not %d; typical are %v",
				i, got, step.blocking, time.Duration(calls.typical.Load()))
		}
	}
	if calls.underWay.Load() != 0 || calls.blocked.Load() != 0 {
		t.Errorf("%d calls are under way, %d of them block threads", calls.underWay.Load(), calls.blocked.Load())
	}
}

func TestLongCallsAreSampled(t *testing.T) {
	var calls threads
	for i := 0; i < 20; i++ {
		calls.add(time.Second)
	}
	// The first one is alone.
	first := calls.enter()
	sampled := blocking(&calls, 3*sampleInterval)
	if !first.blocksThread || sampled != 3 {
		t.Errorf("%d of %d calls block threads, not 3", sampled, 3*sampleInterval)
	}
	calls.leave(first)
}
