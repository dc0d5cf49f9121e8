//go:build cgo

package hookrail

import "runtime"

// ownThreadCalls is how many calls may block threads of the runtime at a time. Further calls get threads that end
// with the call. It equals the number of connections that a client keeps by default: beyond that a call costs a new
// connection anyway.
const ownThreadCalls = 64

// ownThreads has a place for each call that blocks one of the runtime's own threads.
var ownThreads = make(chan struct{}, ownThreadCalls)

// blocking runs f, which blocks in C for as long as the network takes.
//
// The runtime never ends a thread that it made because others block in C. A burst of a thousand calls would leave a
// thousand threads behind, so calls beyond the usual number run on a thread that ends with the goroutine locked to
// it.
func blocking(f func()) {
	select {
	case ownThreads <- struct{}{}:
		defer func() { <-ownThreads }()
		f()
	default:
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread()
			f()
		}()
		<-done
	}
}
