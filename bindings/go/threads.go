//go:build cgo

package hookrail

import "sync/atomic"

// maxBlockedThreads is how many calls of a client block a thread at the same time. Such a call is the fastest, but the
// runtime makes a thread for each, and keeps it. Further calls run in the background.
const maxBlockedThreads = 4

// threads counts the calls of a client that block a thread.
type threads struct{ blocked atomic.Int32 }

// enter returns whether one more call may block a thread. Then leave must be called in the end.
func (t *threads) enter() bool {
	if t.blocked.Add(1) <= maxBlockedThreads {
		return true
	}
	t.leave()
	return false
}

func (t *threads) leave() { t.blocked.Add(-1) }

// maxInC is how many goroutines with background calls are in C at the same time, for microseconds each. The runtime
// makes a thread whenever one is in C for longer than it likes, as on a machine that is busy.
const maxInC = 8

var inC = make(chan struct{}, maxInC)

func enterC() { inC <- struct{}{} }
func leaveC() { <-inC }
