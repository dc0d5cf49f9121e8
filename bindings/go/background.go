//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// tagsAtOnce is how many calls that are done are collected at a time.
const tagsAtOnce = 256

// background has the calls of a client that the library's thread drives. A goroutine waits for each in Go. While there
// are such calls, one more goroutine waits in the runtime's poller for the descriptor that tells of their ends.
type background struct {
	mu sync.Mutex
	// events is nil before the first call.
	events     *os.File
	connection syscall.RawConn
	// done has a channel for each call that is under way, by its tag.
	done       map[uint64]chan struct{}
	lastTag    uint64
	collecting bool
}

// finished has channels for the next calls. Each is empty and has room for one notice.
var finished = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

// run starts a call and waits until it is done. The end of its context cancels it. The caller has acquired the client,
// and is in C but for the wait.
func (b *background) run(
	client *Client, call *call, outcome Outcome, f func(*C.hookrail_client, *call) C.hkgo_result,
) (C.hkgo_result, error) {
	done, err := b.enter(client, call)
	if err != nil {
		err.Outcome = outcome
		return C.hkgo_result{}, err
	}
	started := f(client.handle, call)
	if started.status != C.HOOKRAIL_OK {
		b.withdraw(call)
		return started, nil
	}
	background := (*C.hookrail_call)(started.value)
	leaveC()
	select {
	case <-done:
	case <-call.ctx.Done():
		if call.isCancelled() {
			C.hookrail_call_cancel(background)
		}
		<-done
	}
	enterC()
	finished.Put(done)
	return C.hkgo_finish_call(background, outcome != OutcomeNone), nil
}

// enter gives a call its tag, and returns the channel that tells of its end.
func (b *background) enter(client *Client, call *call) (chan struct{}, *Error) {
	done := finished.Get().(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.events == nil {
		if err := b.open(client.handle); err != nil {
			return nil, err
		}
	}
	b.lastTag++
	b.done[b.lastTag] = done
	call.tag = C.uint64_t(b.lastTag)
	if !b.collecting {
		b.collecting = true
		client.hold()
		go b.collect(client)
	}
	return done, nil
}

// open is called with b.mu held.
func (b *background) open(handle *C.hookrail_client) *Error {
	var fd C.int32_t
	var failure *C.hookrail_error
	if status := C.hookrail_calls_fd(handle, &fd, &failure); status != C.HOOKRAIL_OK {
		return takeError(C.int32_t(status), failure)
	}
	events, err := duplicate(int(fd))
	if err != nil {
		return err
	}
	connection, failed := events.SyscallConn()
	if failed == nil {
		// A file that the runtime's poller did not take has no deadlines.
		failed = events.SetReadDeadline(time.Time{})
	}
	if failed != nil {
		events.Close()
		return noDescriptor("the descriptor of the calls cannot be waited for", failed)
	}
	b.events, b.connection, b.done = events, connection, make(map[uint64]chan struct{})
	return nil
}

// withdraw forgets a call that the library did not start.
func (b *background) withdraw(call *call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.done, uint64(call.tag))
	if len(b.done) == 0 {
		// Ends the wait of the collecting goroutine.
		_ = b.events.SetReadDeadline(time.Now())
	}
}

// collect tells the waiting goroutines of the ends of their calls. It ends when no call is under way: a client that is
// not in use may be collected as garbage.
func (b *background) collect(client *Client) {
	defer client.release()
	var tags [tagsAtOnce]C.uint64_t
	for {
		var count C.size_t
		err := b.connection.Read(func(uintptr) bool {
			count = C.hkgo_collect_calls(client.handle, &tags[0], tagsAtOnce)
			return count > 0
		})
		if b.tell(tags[:count], err) {
			return
		}
	}
}

// tell passes the ends of calls on. It returns whether no call is left.
func (b *background) tell(tags []C.uint64_t, err error) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, tag := range tags {
		b.done[uint64(tag)] <- struct{}{}
		delete(b.done, uint64(tag))
	}
	if err != nil {
		// The deadline of withdraw.
		_ = b.events.SetReadDeadline(time.Time{})
	}
	b.collecting = len(b.done) > 0
	return !b.collecting
}

// close is called when nothing uses the client any more.
func (b *background) close() {
	if b.events != nil {
		b.events.Close()
	}
}
