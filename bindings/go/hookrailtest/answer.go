//go:build cgo

package hookrailtest

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Answer is a [Server]'s answer to a request that sends an event. The zero value is the answer as usual.
type Answer struct {
	// Status is the HTTP status; with 0 the server handles the event as usual. With a status the server does not record the
	// event, unless Record is set.
	Status int
	Header http.Header
	// Body is the body of the answer. Without it, the server sends the service's body for the status.
	Body string
	// RetryAfter becomes the header Retry-After, in seconds, rounded up.
	RetryAfter time.Duration
	// Delay is how long the server waits before it answers, fails or begins to hang.
	Delay time.Duration
	// Fault is what happens in place of a complete answer.
	Fault Fault
	// Record makes the server record the event although its answer has a Status or a Fault. So the client cannot know that
	// it was recorded, and its next attempt is a replay.
	Record bool
	// Times is for how many requests this is the answer; 0 means 1.
	Times int
}

// Fault is a failure of the connection.
type Fault int

// The faults.
const (
	// NoFault: the answer arrives.
	NoFault Fault = iota
	// Hang: no answer comes. It ends when the client gives up or the server is closed.
	Hang
	// Reset: the server resets the connection (RST) in place of an answer.
	Reset
	// Disconnect: the server closes the connection in place of an answer.
	Disconnect
	// CutOff: the server closes the connection in the middle of the answer's body.
	CutOff
)

// Answer sets the answers to the next requests that send an event, in their order. Requests after them have the usual
// answer. It panics for an answer that cannot be given: a Status outside 200 to 599, a negative time or number.
func (s *Server) Answer(answers ...Answer) {
	for _, answer := range answers {
		answer.check()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, answer := range answers {
		for i := 0; i < max(answer.Times, 1); i++ {
			s.answers = append(s.answers, answer)
		}
	}
}

func (a *Answer) check() {
	if a.Status != 0 && (a.Status < 200 || a.Status > 599) {
		panic(fmt.Sprintf("hookrailtest: an answer with the status %d; it must be 200 to 599, or 0", a.Status))
	}
	if a.Delay < 0 || a.RetryAfter < 0 || a.Times < 0 {
		panic("hookrailtest: an answer with a negative Delay, RetryAfter or Times")
	}
	if a.Fault < NoFault || a.Fault > CutOff {
		panic(fmt.Sprintf("hookrailtest: an answer with the unknown fault %d", a.Fault))
	}
}

func (s *Server) nextAnswer() (Answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) == 0 {
		return Answer{}, false
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	return answer, true
}

// give answers a request that sends an event in another way than usual.
func (s *Server) give(answer Answer, w http.ResponseWriter, r *http.Request) {
	// net/http notices the end of a connection only once the body was read.
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if answer.Delay > 0 && !s.wait(time.After(answer.Delay), r) {
		panic(http.ErrAbortHandler)
	}
	if answer.Status == 0 && answer.Fault == NoFault {
		s.take(w, r)
		return
	}
	full := httptest.NewRecorder()
	if answer.Record || answer.Status == 0 && answer.Fault == CutOff {
		s.take(full, r)
	}
	if answer.Status != 0 {
		full = httptest.NewRecorder()
		answer.write(full)
	}
	switch answer.Fault {
	case Hang:
		s.wait(nil, r)
		panic(http.ErrAbortHandler)
	case Disconnect:
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	case CutOff:
		w.Header().Set("Content-Length", strconv.Itoa(full.Body.Len()))
		full.Body.Truncate(full.Body.Len() / 2)
		copyAnswer(w, full)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		copyAnswer(w, full)
	}
}

// wait waits for a time; nil waits without end. It returns false if the client has given up or the server is closed
// before.
func (s *Server) wait(time <-chan time.Time, r *http.Request) bool {
	select {
	case <-time:
		return true
	case <-r.Context().Done():
	case <-s.ending:
	}
	return false
}

func (a *Answer) write(w http.ResponseWriter) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	if a.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.RetryAfter.Seconds()))))
	}
	if a.Body == "" {
		problem(w, a.Status, "as the test wants it")
		return
	}
	w.WriteHeader(a.Status)
	w.Write([]byte(a.Body))
}

func copyAnswer(w http.ResponseWriter, full *httptest.ResponseRecorder) {
	for name, values := range full.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(full.Code)
	w.Write(full.Body.Bytes())
}

// reset closes the connection of a request so that the client gets a reset.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}
