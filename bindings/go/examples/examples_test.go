// Package examples tests the example programs together, with the development server between them.
package examples

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hookrail/hookrail-go/internal/devserver"
)

const secret = "whsec_examples"

func build(t *testing.T, name string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	output, err := exec.Command("go", "build", "-tags", "hookrail_intree", "-o", binary, "./"+name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return binary
}

// startReceiver returns the receiver's URL, and a function that ends it and returns the rest of its output.
func startReceiver(t *testing.T) (string, func() string) {
	t.Helper()
	command := exec.Command(build(t, "receiver"), "-listen", "127.0.0.1:0")
	command.Env = append(os.Environ(), "HOOKRAIL_SECRETS="+secret)
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(first, "listening on ")), func() string {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(lines)
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
		return string(rest)
	}
}

func TestSenderAndReceiver(t *testing.T) {
	url, stop := startReceiver(t)
	server := devserver.Start(t, "--endpoint", url, "--endpoint-secret", secret, "--delivery-timeout-ms", "60000")
	sender := exec.Command(build(t, "sender"), "order.paid", `{"order_id":"o_1"}`)
	sender.Env = append(os.Environ(), "HOOKRAIL_API_KEY="+devserver.APIKey, "HOOKRAIL_BASE_URL="+server.URL)
	output, err := sender.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if !strings.Contains(string(output), "succeeded after 1 attempts") {
		t.Errorf("the sender printed %s", output)
	}
	// The service stores payloads as JSONB and delivers the printed form.
	if received := stop(); received != "order.paid: {\"order_id\": \"o_1\"}\n" {
		t.Errorf("the receiver printed %q", received)
	}
}

func TestSenderExplainsErrors(t *testing.T) {
	server := devserver.Start(t)
	sender := exec.Command(build(t, "sender"), "order.paid", "{}")
	sender.Env = append(os.Environ(), "HOOKRAIL_API_KEY=hk_unknown", "HOOKRAIL_BASE_URL="+server.URL)
	output, err := sender.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "Check HOOKRAIL_API_KEY") {
		t.Errorf("got %v: %s", err, output)
	}
}
