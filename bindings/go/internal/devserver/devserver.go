// Package devserver runs the development server for the tests of this module.
package devserver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// APIKey is the producer key that the server accepts.
const APIKey = "hk_go_tests"

// APIKeyDigest is the form in which the server shows the key: the beginning of its SHA-256.
const APIKeyDigest = "sha256:6445bd9abc4cf41e"

// Server is a running server.
type Server struct {
	URL string
	tb  testing.TB
}

// Rule is a fault; docs/devserver.md describes it.
type Rule map[string]any

// Request is a request that the server has recorded.
type Request struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"`
	Headers [][2]string `json:"headers"`
	Status  int         `json:"status"`
	Body    struct {
		Text string `json:"text"`
	} `json:"body"`
}

// Header returns the first value of a header, whose name is given in lower case.
func (r Request) Header(name string) string {
	for _, header := range r.Headers {
		if header[0] == name {
			return header[1]
		}
	}
	return ""
}

// Start starts a server that ends with the test. HOOKRAIL_DEVSERVER names the program.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	program := os.Getenv("HOOKRAIL_DEVSERVER")
	if program == "" {
		tb.Fatal("HOOKRAIL_DEVSERVER does not name the hookrail-devserver program: " +
			"build it with `cargo build -p hookrail-devserver`, or run the tests with make")
	}
	command := exec.Command(program, append([]string{"--api-key", APIKey, "--exit-with-stdin"}, args...)...)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		stdin.Close()
		if err := command.Wait(); err != nil {
			tb.Errorf("hookrail-devserver: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatalf("hookrail-devserver does not print its address: %v", err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return &Server{URL: url, tb: tb}
}

// Fault adds faults to the server's behaviour.
func (s *Server) Fault(rules ...Rule) {
	s.tb.Helper()
	s.control(http.MethodPost, "faults", rules, nil)
}

// Requests returns the recorded requests.
func (s *Server) Requests() []Request {
	s.tb.Helper()
	var answer struct{ Requests []Request }
	s.control(http.MethodGet, "requests", nil, &answer)
	return answer.Requests
}

// Summary returns the server's counts.
func (s *Server) Summary() map[string]int {
	s.tb.Helper()
	return s.Wait("")
}

// Wait waits until counts are reached, for example "requests=1", and returns them all.
func (s *Server) Wait(conditions string) map[string]int {
	s.tb.Helper()
	var counts map[string]int
	s.control(http.MethodGet, "wait?timeout_ms=60000&"+conditions, nil, &counts)
	return counts
}

func (s *Server) control(method, path string, body, answer any) {
	s.tb.Helper()
	if err := s.tryControl(method, path, body, answer); err != nil {
		s.tb.Fatalf("hookrail-devserver: %s %s: %v", method, path, err)
	}
}

func (s *Server) tryControl(method, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, s.URL+"/_control/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	// Closes the connection, so that none stays idle during a test that counts descriptors.
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
