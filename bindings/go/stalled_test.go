package hookrail_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

const (
	// The number of stalled requests, the announced length of each, and the part of it that is sent.
	stalled   = 500
	announced = 1 << 20
	sent      = 1000
	// The memory that a request may hold: net/http itself takes some 20 KiB for a connection with its buffers and
	// stacks.
	mostPerRequest = 64 << 10
	// The same for the process's resident memory, including the library's and that of this test's connections. It
	// leaves room for the race detector and for garbage.
	mostResidentPerRequest = 512 << 10
)

// secondRead is a body that reports its second read, which comes after its first bytes were taken.
type secondRead struct {
	io.ReadCloser
	reads   int
	waiting chan<- struct{}
}

func (b *secondRead) Read(p []byte) (int, error) {
	if b.reads++; b.reads == 2 {
		b.waiting <- struct{}{}
	}
	return b.ReadCloser.Read(p)
}

// inUse returns the process's memory for objects and stacks.
func inUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}

// A sender that knows no secret announces much, sends little and keeps the connection open. The memory for it must
// depend on the bytes that it has sent.
func TestStalledRequestsHoldLittleMemory(t *testing.T) {
	waiting := make(chan struct{}, stalled)
	handler := newVerifier(t).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("it was let through")
	}))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = &secondRead{ReadCloser: r.Body, waiting: waiting}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	request := head(t, time.Now(), announced) + string(make([]byte, sent))
	debug.FreeOSMemory()
	before, residentBefore := inUse(), resident(t)
	for i := 0; i < stalled; i++ {
		connection, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, err := io.WriteString(connection, request); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < stalled; i++ {
		<-waiting
	}
	perRequest := (int64(inUse()) - int64(before)) / stalled
	t.Logf("%d requests that stall hold %d bytes each", stalled, perRequest)
	if perRequest > mostPerRequest {
		t.Errorf("each holds %d bytes, at most %d are right", perRequest, mostPerRequest)
	}
	debug.FreeOSMemory()
	residentPerRequest := (resident(t) - residentBefore) / stalled
	t.Logf("the process has taken %d bytes for each", residentPerRequest)
	if residentPerRequest > mostResidentPerRequest {
		t.Errorf("the process has taken %d bytes for each, at most %d are right", residentPerRequest, mostResidentPerRequest)
	}
}
