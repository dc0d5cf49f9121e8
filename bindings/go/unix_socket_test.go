package hookrail_test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hookrail/hookrail-go"
)

// onSocket starts a service on a unix socket, which tells the host and the path of each request.
func onSocket(t *testing.T) (path string, seen chan string) {
	t.Helper()
	// The folders of tests may be too long for the address of a socket.
	folder, err := os.MkdirTemp("", "hookrail")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	path = filepath.Join(folder, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	seen = make(chan string, 1)
	server := &http.Server{Handler: accept(seen, func(r *http.Request) string { return r.Host + r.URL.Path })}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return path, seen
}

func TestUnixSockets(t *testing.T) {
	path, seen := onSocket(t)
	// The proxy of the environment plays no part.
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	for name, test := range map[string]struct {
		opts []hookrail.Option
		want string
	}{
		"an option":      {[]hookrail.Option{hookrail.WithBaseURL("http://hooks.example.com/prefix"), hookrail.WithUnixSocket(path)}, "hooks.example.com/prefix/v1/events"},
		"the base URL":   {[]hookrail.Option{hookrail.WithBaseURL("unix:" + path)}, "localhost/v1/events"},
		"https required": {[]hookrail.Option{hookrail.WithBaseURL("unix:" + path), hookrail.WithRequireHTTPS(true)}, "localhost/v1/events"},
	} {
		client, err := hookrail.New(append(test.opts, hookrail.WithAPIKey("k"))...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := client.SendEvent(background, "t", 1); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := <-seen; got != test.want {
			t.Errorf("%s: the service saw %q", name, got)
		}
		if _, err := submit(t, client, 2, nil).Wait(background); err != nil {
			t.Errorf("%s, submitted: %v", name, err)
		}
		<-seen
		client.Close()
	}
}

func TestUnixSocketsThatCannotBeUsed(t *testing.T) {
	for _, path := range []string{"relative", "/" + strings.Repeat("x", 107), "/a\x00b", ""} {
		_, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithUnixSocket(path))
		if !errors.Is(err, hookrail.ErrInvalidArgument) {
			t.Errorf("%q: got %v", path, err)
		}
	}
	_, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithUnixSocket("/s"), hookrail.WithProxy("http://127.0.0.1:1"))
	if !errors.Is(err, hookrail.ErrConfiguration) {
		t.Errorf("with a proxy: got %v", err)
	}
	client, err := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithUnixSocket("/nowhere"), hookrail.WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.SendEvent(background, "t", 1)
	if e := asError(t, err); !errors.Is(err, hookrail.ErrConnection) || e.Outcome != hookrail.OutcomeNotSent || !strings.Contains(e.Message, "/nowhere") {
		t.Errorf("nothing listens: got %v with outcome %v", err, e.Outcome)
	}
}
