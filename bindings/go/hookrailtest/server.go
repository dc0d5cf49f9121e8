//go:build cgo

package hookrailtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hookrail/hookrail-go"
)

// APIKey is a producer key that every [Server] takes.
const APIKey = "hk_test"

// payloadLimit and bodyLimit are the service's own.
const (
	payloadLimit = 262_144
	bodyLimit    = payloadLimit + 4_096
	orderingMax  = 256
)

// Server stands in for the Hookrail service. It takes events as the service does, remembers them, and
// delivers them to subscribed handlers.
type Server struct {
	// URL is the base URL, of the form http://127.0.0.1:port.
	URL string

	server *httptest.Server

	mu        sync.Mutex
	events    []*Event
	byKey     map[string]*Event
	answers   []Answer
	receivers []receiver
	// How many deliveries are under way, and who waits until there are none. No WaitGroup, as whoever waits may
	// have had the answer to an event through C, of which the race detector sees nothing.
	underWay int
	idle     *sync.Cond
}

// Event is an event that a [Server] has recorded.
type Event struct {
	ID             string
	Topic          string
	Payload        json.RawMessage
	IdempotencyKey string
	OrderingKey    string
	// Replays is how often the event was sent again.
	Replays int
	// Deliveries are those to subscribed handlers.
	Deliveries []Delivery
}

// Delivery is one delivery of an event.
type Delivery struct {
	ID    string
	State hookrail.DeliveryState
	// HTTPStatus is what the handler answered; 0 while it has not.
	HTTPStatus int
	Latency    time.Duration
}

// Answer is what a [Server] answers in place of taking an event. Where it has no body, one that says what
// the status means is sent, as by the service.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

type receiver struct {
	secret  string
	handler http.Handler
}

// NewServer starts a server on a free port of the loopback interface. Close it when finished.
func NewServer() *Server {
	s := &Server{byKey: make(map[string]*Event)}
	s.idle = sync.NewCond(&s.mu)
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.server.URL
	return s
}

// Close waits for the deliveries under way and ends the server.
func (s *Server) Close() {
	s.server.Close()
	s.WaitDeliveries()
}

// NewClient makes a client of the server. The options come behind those for the server.
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
	}
	return events
}

// Answer has the next requests that send an event answered as said, one each, in place of being taken.
func (s *Server) Answer(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, answers...)
}

// Subscribe has every event from now on delivered to the handler, signed with the secret. A delivery is
// made once, whatever the handler answers.
func (s *Server) Subscribe(secret string, handler http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receivers = append(s.receivers, receiver{secret, handler})
}

// WaitDeliveries waits until all deliveries of the events recorded so far are made.
func (s *Server) WaitDeliveries() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.underWay > 0 {
		s.idle.Wait()
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+APIKey {
		problem(w, http.StatusUnauthorized, "the producer key is missing or unknown")
		return
	}
	id, isEvent := strings.CutPrefix(r.URL.Path, "/v1/events/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/events":
		s.take(w, r)
	case r.Method == http.MethodGet && isEvent:
		s.show(w, id)
	default:
		problem(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path)
	}
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	if answer, ok := s.nextAnswer(); ok {
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		if answer.Body == "" {
			problem(w, answer.Status, "as the test wants it")
			return
		}
		w.WriteHeader(answer.Status)
		w.Write([]byte(answer.Body))
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
	}
	if code, detail := event.refuse(); code != 0 {
		problem(w, code, detail)
		return
	}
	s.record(w, event)
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

// refuse returns the status and the detail of what is wrong with an event, 0 when nothing is. It
// settles the ordering key, which may stand in the header and in the payload.
func (e *Event) refuse() (int, string) {
	var inPayload struct {
		OrderingKey string `json:"ordering_key"`
	}
	// A payload that is no object, or whose member is no text, has no ordering key.
	if json.Unmarshal(e.Payload, &inPayload) != nil {
		inPayload.OrderingKey = ""
	}
	switch {
	case e.Topic == "":
		return http.StatusBadRequest, "the topic is missing"
	case len(e.Payload) == 0:
		return http.StatusBadRequest, "the payload is missing"
	case len(e.Payload) > payloadLimit:
		return http.StatusRequestEntityTooLarge, "the payload is over 256 KiB"
	case e.OrderingKey != "" && inPayload.OrderingKey != "" && e.OrderingKey != inPayload.OrderingKey:
		return http.StatusBadRequest, "the ordering keys of header and payload differ"
	}
	if e.OrderingKey == "" {
		e.OrderingKey = inPayload.OrderingKey
	}
	if utf8.RuneCountInString(e.OrderingKey) > orderingMax {
		return http.StatusBadRequest, "the ordering key is over 256 characters"
	}
	return 0, ""
}

func (s *Server) record(w http.ResponseWriter, event *Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.byKey[event.IdempotencyKey]
	if ok && event.IdempotencyKey != "" {
		if known.Topic != event.Topic || string(known.Payload) != string(event.Payload) {
			problem(w, http.StatusConflict, "the idempotency key was used with other bytes")
			return
		}
		known.Replays++
		w.Header().Set("Idempotent-Replay", "true")
		event = known
	} else {
		event.ID = newID()
		s.byKey[event.IdempotencyKey] = event
		s.events = append(s.events, event)
		s.deliver(event)
	}
	var ids []string
	for _, delivery := range event.Deliveries {
		ids = append(ids, delivery.ID)
	}
	answer(w, http.StatusAccepted, map[string]any{"event_id": event.ID, "delivery_ids": ids})
}

func problem(w http.ResponseWriter, code int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	answer(w, code, map[string]any{
		"type": "about:blank", "title": http.StatusText(code), "status": code, "detail": detail,
	})
}

func answer(w http.ResponseWriter, code int, body any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(code)
	// A client that is gone is no concern of the server's.
	_ = json.NewEncoder(w).Encode(body)
}
