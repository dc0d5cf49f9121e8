//go:build cgo

package hookrail

import (
	"sync/atomic"
	"time"
)

const (
	// maxBlockedThreads is how many calls of a client block a thread at the same time.
	maxBlockedThreads = 4
	// shortCall is the longest typical time of a call for which several calls block threads.
	shortCall = time.Millisecond
	// longestSample is the most that one call counts, so that a few slow calls among many fast ones change nothing.
	longestSample = 4 * shortCall
	// sampleInterval is how many calls with longer times come between two that block a thread in order to measure the time.
	sampleInterval = 64
)

// threads decides which calls of a client block a thread. The other calls run in the background.
//
// A short call is the fastest if it blocks a thread. During a longer call the runtime notices that the thread is in C,
// and gives its work to another thread. That costs more than a call in the background: with 16 goroutines, from about
// 1 ms on. A call that is alone blocks a thread in any case, because the thread of the background calls would have to be
// woken up twice for it alone. Beyond a few threads, more of them gain nothing, and the runtime keeps each that it has
// made.
type threads struct {
	underWay, blocked atomic.Int32
	// typical is the smoothed time of the calls that blocked a thread, in nanoseconds. An update may get lost.
	typical atomic.Int64
	// longCalls counts the calls that began when the typical time was long.
	longCalls atomic.Uint32
}

// place is the place of a call under way.
type place struct {
	blocksThread bool
	began        time.Time
}

// enter returns the place of a new call. Call leave with it in the end.
func (t *threads) enter() place {
	isAlone := t.underWay.Add(1) == 1
	if !isAlone && t.typical.Load() > int64(shortCall) && t.longCalls.Add(1)%sampleInterval != 0 {
		return place{}
	}
	if t.blocked.Add(1) > maxBlockedThreads {
		t.blocked.Add(-1)
		return place{}
	}
	return place{blocksThread: true, began: time.Now()}
}

func (t *threads) leave(p place) {
	t.underWay.Add(-1)
	if !p.blocksThread {
		return
	}
	t.blocked.Add(-1)
	t.add(time.Since(p.began))
}

// add adds the time of a call to the typical one.
func (t *threads) add(sample time.Duration) {
	typical := t.typical.Load()
	t.typical.Store(typical + (int64(min(sample, longestSample))-typical)/8)
}

// maxInC is how many goroutines with background calls are in C at the same time, for microseconds each. The runtime
// makes a thread whenever one is in C for longer than it likes, as on a machine that is busy.
const maxInC = 8

var inC = make(chan struct{}, maxInC)

func enterC() { inC <- struct{}{} }
func leaveC() { <-inC }
