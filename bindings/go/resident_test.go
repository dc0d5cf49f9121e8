package hookrail_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hookrail/hookrail-go"
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

// Requests may come faster than the garbage collector runs, which does not see the library's memory. Go's own memory
// for a request does not depend on the number of secrets, but the library's memory for an unfinished verification
// does: more than 100 bytes for each secret.
func TestRequestsFreeTheirVerifications(t *testing.T) {
	const (
		requests = 10_000
		// How much more memory a request may take with 16 secrets than with a single one. A verification that is not
		// freed takes three times as much.
		most = 600
		// The heap's own noise may be larger than that in one round. The median of some rounds has little of it.
		rounds = 5
	)
	few, err := hookrail.NewVerifier([]string{secret}, hookrail.WithBodyLimit(100))
	if err != nil {
		t.Fatal(err)
	}
	many, err := hookrail.NewVerifier(append(strings.Split(strings.Repeat("whsec_other ", 15), " ")[:15], secret), hookrail.WithBodyLimit(100))
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
		perRequest := func(verifier *hookrail.Verifier) int64 {
			debug.FreeOSMemory()
			before := resident(t)
			for i := 0; i < requests; i++ {
				r.ContentLength, r.Body = c.announced, io.NopCloser(c.body)
				if _, err := verifier.VerifyRequest(r); !errors.Is(err, c.want) {
					t.Fatalf("%s: %v", name, err)
				}
			}
			return (resident(t) - before) / requests
		}
		// The race detector keeps memory for each address that Go has used. After the first round it has that memory.
		perRequest(few)
		var ofFew, ofMany []int64
		for i := 0; i < rounds; i++ {
			ofFew, ofMany = append(ofFew, perRequest(few)), append(ofMany, perRequest(many))
		}
		slices.Sort(ofFew)
		slices.Sort(ofMany)
		withFew, withMany := ofFew[rounds/2], ofMany[rounds/2]
		t.Logf("%s: %d bytes for each request, with 16 secrets %d", name, withFew, withMany)
		if withMany-withFew > most {
			t.Errorf("%s: with 16 secrets each request takes %d bytes more, at most %d are right", name, withMany-withFew, most)
		}
	}
}

// endless is an infinite body.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
