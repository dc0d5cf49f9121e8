package hookrail_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/nativeheap"
)

// resident returns the process's resident memory in bytes. Unlike the runtime's count, it includes the memory of C
// and Rust. Without /proc it returns 0.
func resident(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\nVmRSS:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " kB")
	kib, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// Requests may come faster than the garbage collector runs, which does not see the library's memory. The collector is
// off here: a verification that only the collector frees would stay.
func TestRequestsFreeTheirVerifications(t *testing.T) {
	const requests = 1_000
	// A verification of 16 secrets takes more than 1,600 bytes.
	verifier, err := hookrail.NewVerifier(append(strings.Split(strings.Repeat("whsec_other ", 15), " ")[:15], secret), hookrail.WithBodyLimit(100))
	if err != nil {
		t.Fatal(err)
	}
	r := signed(t, time.Now(), nil, body)
	broken := errors.New("broken")
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for name, c := range map[string]struct {
		announced int64
		body      io.Reader
		want      error
	}{
		"announced as too large": {101, strings.NewReader(""), hookrail.ErrBodyTooLarge},
		"too large":              {-1, endless{}, hookrail.ErrBodyTooLarge},
		"cannot be read":         {int64(len(body)), iotest.ErrReader(broken), broken},
	} {
		verify := func() {
			r.ContentLength, r.Body = c.announced, io.NopCloser(c.body)
			if _, err := verifier.VerifyRequest(r); !errors.Is(err, c.want) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		verify()
		before, counted := nativeheap.InUse()
		if !counted {
			t.Skip("this C library does not count the memory in use")
		}
		for i := 0; i < requests; i++ {
			verify()
		}
		after, _ := nativeheap.InUse()
		t.Logf("%s: %d requests hold %d bytes", name, requests, after-before)
		// Other threads of the process, such as those of clients, hold a little.
		if perRequest := (after - before) / requests; perRequest > 100 {
			t.Errorf("%s: each request holds %d bytes of the library's memory", name, perRequest)
		}
	}
}

// endless is an infinite body.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
