//go:build cgo

package hookrailtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/blob"
)

// APIKey is a producer key that every [Server] accepts.
const APIKey = "hk_test"

// The limits of the service in bytes, and how long it keeps an idle connection open.
const (
	payloadLimit = 262_144
	bodyLimit    = payloadLimit + 4_096
	orderingMax  = 256
	idleTimeout  = 60 * time.Second
)

// Server is a fake of the Hookrail service. It accepts events like the service, records them, and delivers them to
// subscribed handlers. It remembers idempotency keys until it is closed, and the service for 24 hours.
type Server struct {
	// URL is the base URL, of the form http://127.0.0.1:port.
	URL string

	server *httptest.Server
	// ending is closed when requests must no longer wait.
	ending  chan struct{}
	endOnce sync.Once

	maxAttempts int
	retryWait   time.Duration
	backlogMax  int

	mu        sync.Mutex
	bucket    *bucket
	outage    bool
	closed    bool
	events    []*Event
	byKey     map[string]*Event
	jobs      map[string]job
	orderings map[ordering]*queue
	answers   []Answer
	receivers []*receiver
	// The number of goroutines that deliver. It is not a WaitGroup, because a waiting goroutine may have received the
	// answer to an event through C, where the race detector sees no synchronisation.
	underWay int
	// Signals a change of underWay, outage or closed.
	changed *sync.Cond
}

// Event is an event that a [Server] or a [Recorder] has recorded.
type Event struct {
	ID             string
	Topic          string
	Payload        json.RawMessage
	IdempotencyKey string
	OrderingKey    string
	// Header has the headers of the request that the server recorded; of a [Recorder], only those of
	// [hookrail.WithSendHeader].
	Header http.Header
	// Tag is the value of [hookrail.WithTag], which only a [Recorder] sees.
	Tag any
	// Replays is how often the event was sent again.
	Replays int
	// Deliveries are the deliveries to subscribed handlers.
	Deliveries []Delivery
}

// Delivery is one delivery of an event.
type Delivery struct {
	ID    string
	State hookrail.DeliveryState
	// HTTPStatus is the status of the handler's last answer; 0 without an answer.
	HTTPStatus int
	// Latency is how long the last attempt took.
	Latency time.Duration
	// Attempts are all attempts so far.
	Attempts []hookrail.Attempt
}

type receiver struct {
	secret  string
	handler http.Handler
	ordered bool
}

// NewServer starts a server on a free port of the loopback interface. Close it when finished.
func NewServer(opts ...ServerOption) *Server {
	s := &Server{
		maxAttempts: 3,
		retryWait:   time.Millisecond,
		byKey:       make(map[string]*Event),
		jobs:        make(map[string]job),
		orderings:   make(map[ordering]*queue),
		ending:      make(chan struct{}),
	}
	s.changed = sync.NewCond(&s.mu)
	for _, opt := range opts {
		opt(s)
	}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.server.Config.IdleTimeout = idleTimeout
	s.server.Start()
	s.URL = s.server.URL
	return s
}

// Close waits for running deliveries and ends the server. Deliveries that wait for the end of an outage or behind a
// dead letter are dropped, and requests without an answer (see [Answer]) end.
func (s *Server) Close() {
	s.endOnce.Do(func() { close(s.ending) })
	s.server.Close()
	s.mu.Lock()
	s.closed = true
	s.changed.Broadcast()
	s.mu.Unlock()
	s.WaitDeliveries()
}

// SetOutage begins or ends an outage of the service's database. During an outage the server answers every key with the
// same 401 as an unknown one, /readyz with 503, and delivers nothing.
func (s *Server) SetOutage(outage bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = outage
	s.changed.Broadcast()
}

// NewClient makes a client of the server. The options are applied after those for the server.
func (s *Server) NewClient(opts ...hookrail.Option) (*hookrail.Client, error) {
	first := []hookrail.Option{
		hookrail.WithAPIKey(APIKey), hookrail.WithBaseURL(s.URL), hookrail.WithoutProxy(),
		hookrail.WithBackoff(time.Millisecond, 10*time.Millisecond),
	}
	return hookrail.New(append(first, opts...)...)
}

// Events returns copies of the recorded events, in the order of their recording.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := make([]Event, len(s.events))
	for i, event := range s.events {
		events[i] = *event
		events[i].Deliveries = append([]Delivery(nil), event.Deliveries...)
		for j := range events[i].Deliveries {
			delivery := &events[i].Deliveries[j]
			delivery.Attempts = append([]hookrail.Attempt(nil), delivery.Attempts...)
		}
	}
	return events
}

// Subscribe makes the server deliver every event from now on to the handler, signed with the secret. Like the
// service's, the body is the payload as jsonb prints it. An answer of 2xx is a success, after 408, 425, 429 or 5xx the
// server tries again (see [WithDeliveryAttempts]), and any other answer dead-letters the delivery.
func (s *Server) Subscribe(secret string, handler http.Handler, opts ...SubscribeOption) {
	receiver := &receiver{secret: secret, handler: handler}
	for _, opt := range opts {
		opt(receiver)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers = append(s.receivers, receiver)
}

// WaitDeliveries waits until all deliveries of the events recorded so far are done, except those that wait behind a
// dead letter. During an outage it may return before.
func (s *Server) WaitDeliveries() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.underWay > 0 {
		s.changed.Wait()
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	outage := s.inOutage()
	switch r.URL.Path {
	case "/healthz":
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
		return
	case "/readyz":
		if outage {
			problem(w, http.StatusServiceUnavailable, "the database cannot be reached")
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
		return
	}
	if outage || r.Header.Get("Authorization") != "Bearer "+APIKey {
		problem(w, http.StatusUnauthorized, "the producer key is missing or unknown")
		return
	}
	id, isEvent := strings.CutPrefix(r.URL.Path, "/v1/events/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/events":
		if answer, ok := s.nextAnswer(); ok {
			s.give(answer, w, r)
			return
		}
		s.take(w, r)
	case r.Method == http.MethodGet && isEvent:
		s.show(w, id)
	default:
		problem(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path)
	}
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	if !s.withinRate() {
		problem(w, http.StatusTooManyRequests, "the producer key sends more than it may")
		return
	}
	var body struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&body); err != nil {
		code := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			code = http.StatusRequestEntityTooLarge
		}
		problem(w, code, "the body cannot be read: "+err.Error())
		return
	}
	event := &Event{
		Topic:          body.Topic,
		Payload:        body.Payload,
		IdempotencyKey: r.Header.Get("Idempotency-Key"),
		OrderingKey:    r.Header.Get("X-Hookrail-Ordering-Key"),
		Header:         r.Header.Clone(),
	}
	if code, detail := event.refuse(); code != 0 {
		problem(w, code, detail)
		return
	}
	stored, err := normalise(event.Payload)
	if err == nil && strings.Contains(event.Topic, "\x00") {
		err = errors.New("the topic holds \\u0000")
	}
	if err != nil {
		problem(w, http.StatusServiceUnavailable, "the event could not be recorded durably: "+err.Error())
		return
	}
	s.record(w, event, stored)
}

func (s *Server) inOutage() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outage
}

func (s *Server) withinRate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bucket == nil || s.bucket.take(time.Now())
}

// refuse returns the status and the detail of the refusal of an unacceptable event, and 0 for an acceptable one. It
// determines the ordering key, which may be in the header and in the payload.
func (e *Event) refuse() (int, string) {
	inPayload := blob.OrderingKeyIn(e.Payload)
	switch {
	case e.Topic == "":
		return http.StatusBadRequest, "the topic is missing"
	case len(e.Payload) == 0:
		return http.StatusBadRequest, "the payload is missing"
	case len(e.Payload) > payloadLimit:
		return http.StatusRequestEntityTooLarge, "the payload is over 256 KiB"
	case e.OrderingKey != "" && inPayload != "" && e.OrderingKey != inPayload:
		return http.StatusBadRequest, "the ordering keys of header and payload differ"
	}
	if e.OrderingKey == "" {
		e.OrderingKey = inPayload
	}
	if len(e.OrderingKey) > orderingMax {
		return http.StatusBadRequest, "the ordering key is over 256 bytes"
	}
	return 0, ""
}

// same reports whether an event with the same idempotency key is the same event.
func (e *Event) same(other *Event) bool {
	return e.Topic == other.Topic && string(e.Payload) == string(other.Payload) && e.OrderingKey == other.OrderingKey
}

// record stores an event, with its payload as jsonb, and answers the request.
func (s *Server) record(w http.ResponseWriter, event *Event, stored []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.byKey[event.IdempotencyKey]
	if ok && event.IdempotencyKey != "" {
		if !known.same(event) {
			problem(w, http.StatusConflict, "the idempotency key was used with another topic, payload or ordering key")
			return
		}
		known.Replays++
		w.Header().Set("Idempotent-Replay", "true")
		event = known
	} else {
		if s.backlogMax > 0 && event.OrderingKey != "" && s.backlog(event.OrderingKey) >= s.backlogMax {
			w.Header().Set("Retry-After", "30")
			titled(w, http.StatusTooManyRequests, "backlog full", "too many events of the ordering key wait")
			return
		}
		event.ID = newID()
		s.byKey[event.IdempotencyKey] = event
		s.events = append(s.events, event)
		s.deliver(event, stored)
	}
	var ids []string
	for _, delivery := range event.Deliveries {
		ids = append(ids, delivery.ID)
	}
	answer(w, http.StatusAccepted, map[string]any{"event_id": event.ID, "delivery_ids": ids})
}

// problem answers with the service's title for a status, if it is known.
func problem(w http.ResponseWriter, code int, detail string) {
	titled(w, code, problemTitle(code), detail)
}

func problemTitle(code int) string {
	switch code {
	case http.StatusUnauthorized:
		return "invalid credentials"
	case http.StatusTooManyRequests:
		return "rate limited"
	case http.StatusServiceUnavailable:
		return "ingest unavailable"
	}
	return http.StatusText(code)
}

func titled(w http.ResponseWriter, code int, title, detail string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(code)
	w.Write(problemBody(code, title, detail))
}

func problemBody(code int, title, detail string) []byte {
	return encode(map[string]any{"type": "about:blank", "title": title, "status": code, "detail": detail})
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	w.Write(encode(body))
}

func encode(body any) []byte {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	return append(encoded, '\n')
}
