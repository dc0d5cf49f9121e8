//go:build cgo

package hookrailtest

import (
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookrail/hookrail-go"
)

// deliver starts the deliveries of an event. It is called with s.mu held.
func (s *Server) deliver(event *Event) {
	for i, receiver := range s.receivers {
		event.Deliveries = append(event.Deliveries, Delivery{ID: newID(), State: hookrail.DeliveryPending})
		s.underWay++
		go func(i int, secret string, handler http.Handler, id string) {
			defer s.leave()
			begun := time.Now()
			status := call(handler, secret, event, id)
			s.finish(event, i, status, time.Since(begun))
		}(i, receiver.secret, receiver.handler, event.Deliveries[i].ID)
	}
}

func call(handler http.Handler, secret string, event *Event, id string) int {
	r := NewRequest(secret, "/", event.Topic, event.Payload)
	setDeliveryHeaders(r.Header, secret, event.ID, id, event.Topic, event.Payload, time.Now())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	return answer.Code
}

func (s *Server) finish(event *Event, index, status int, latency time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delivery := &event.Deliveries[index]
	delivery.HTTPStatus, delivery.Latency = status, latency
	delivery.State = hookrail.DeliveryDeadLettered
	if status >= 200 && status < 300 {
		delivery.State = hookrail.DeliverySucceeded
	}
}

// leave is the end of a delivery, also where its handler has ended the goroutine.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	if s.underWay == 0 {
		s.idle.Broadcast()
	}
}

// show answers what became of an event.
func (s *Server) show(w http.ResponseWriter, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, event := range s.events {
		if event.ID == id {
			answer(w, http.StatusOK, event.status())
			return
		}
	}
	problem(w, http.StatusNotFound, "there is no such event")
}

func (e *Event) status() map[string]any {
	deliveries := make([]map[string]any, len(e.Deliveries))
	for i, delivery := range e.Deliveries {
		attempts := []map[string]any{}
		if delivery.HTTPStatus != 0 {
			attempts = append(attempts, map[string]any{
				"attempt_no": 1, "claim_version": 1, "status": string(delivery.State),
				"latency_ms": delivery.Latency.Milliseconds(), "http_status": delivery.HTTPStatus,
			})
		}
		deliveries[i] = map[string]any{
			"delivery_id": delivery.ID, "state": delivery.State, "attempts_truncated": false, "attempts": attempts,
		}
	}
	return map[string]any{"event_id": e.ID, "topic": e.Topic, "deliveries": deliveries}
}
