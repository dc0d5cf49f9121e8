//go:build cgo

package hookrailtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookrail/hookrail-go"
)

// shownAttempts is how many attempts of a delivery the service shows: the latest ones.
const shownAttempts = 20

// job is one delivery that is not done yet.
type job struct {
	event    *Event
	index    int
	receiver *receiver
	body     []byte
}

func (j job) delivery() *Delivery { return &j.event.Deliveries[j.index] }

// ordering identifies deliveries that are made in order: those of one ordering key to one ordered subscription.
type ordering struct {
	receiver    *receiver
	orderingKey string
}

// queue has the jobs of an ordering. The first one is running or dead-lettered.
type queue struct {
	jobs []job
	// Set while a goroutine makes the deliveries, which none does while a dead letter blocks them.
	active bool
}

// settle drops finished jobs from the front.
func (q *queue) settle() {
	for len(q.jobs) > 0 {
		state := q.jobs[0].delivery().State
		if state != hookrail.DeliverySucceeded && state != hookrail.DeliverySkipped {
			return
		}
		q.jobs = q.jobs[1:]
	}
}

// deliver starts the deliveries of an event; body is its payload as jsonb. The caller holds s.mu.
func (s *Server) deliver(event *Event, body []byte) {
	for _, receiver := range s.receivers {
		index := len(event.Deliveries)
		event.Deliveries = append(event.Deliveries, Delivery{ID: newID(), State: hookrail.DeliveryPending})
		job := job{event, index, receiver, body}
		s.jobs[event.Deliveries[index].ID] = job
		s.start(job)
	}
}

// orderingOf returns the ordering of a delivery, if it has one.
func orderingOf(job job) (ordering, bool) {
	return ordering{job.receiver, job.event.OrderingKey}, job.receiver.ordered && job.event.OrderingKey != ""
}

// start starts a delivery. The caller holds s.mu, as for all methods down to work.
func (s *Server) start(job job) {
	ordering, ordered := orderingOf(job)
	if !ordered {
		s.underWay++
		go func() {
			defer s.leave()
			s.attempt(job)
		}()
		return
	}
	waiting := s.orderings[ordering]
	if waiting == nil {
		waiting = &queue{}
		s.orderings[ordering] = waiting
	}
	waiting.jobs = append(waiting.jobs, job)
	s.resume(ordering)
}

// resume starts a goroutine for an ordering, unless one is running.
func (s *Server) resume(ordering ordering) {
	if waiting := s.orderings[ordering]; waiting != nil && !waiting.active {
		waiting.active = true
		s.underWay++
		go s.work(ordering)
	}
}

// backlog returns the number of waiting deliveries of an ordering key, at the subscription with the most.
func (s *Server) backlog(orderingKey string) int {
	most := 0
	for _, receiver := range s.receivers {
		if waiting := s.orderings[ordering{receiver, orderingKey}]; waiting != nil {
			waiting.settle()
			most = max(most, len(waiting.jobs))
		}
	}
	return most
}

// work makes the deliveries of an ordering, until none is left or a dead letter blocks them.
func (s *Server) work(ordering ordering) {
	defer s.leave()
	for {
		job, ok := s.nextIn(ordering)
		if !ok || !s.attempt(job) {
			return
		}
	}
}

func (s *Server) nextIn(ordering ordering) (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.orderings[ordering]
	waiting.settle()
	if len(waiting.jobs) == 0 {
		delete(s.orderings, ordering)
		return job{}, false
	}
	next := waiting.jobs[0]
	if next.delivery().State == hookrail.DeliveryDeadLettered {
		waiting.active = false
		return job{}, false
	}
	return next, true
}

// attempt makes a delivery until it is done. It returns false if the server is closed before.
func (s *Server) attempt(job job) bool {
	wait := s.retryWait
	for spent := 1; ; spent++ {
		if !s.begin(job) {
			return false
		}
		begun := time.Now()
		status := call(job)
		if s.finish(job, status, time.Since(begun), spent) {
			return true
		}
		time.Sleep(wait)
		wait *= 2
	}
}

// begin waits for the end of an outage. It returns false if the server is closed before.
func (s *Server) begin(job job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.outage && !s.closed {
		s.changed.Wait()
	}
	if s.outage {
		return false
	}
	job.delivery().State = hookrail.DeliveryInFlight
	return true
}

// call calls the handler and returns the status of its answer; 0 if it ended its goroutine instead, as a failing test
// does.
func call(job job) int {
	answered := make(chan int)
	go func() {
		status := 0
		defer func() { answered <- status }()
		event, id := job.event, job.event.Deliveries[job.index].ID
		r := NewRequest(job.receiver.secret, "/", event.Topic, job.body)
		setDeliveryHeaders(r.Header, job.receiver.secret, event.ID, id, event.Topic, job.body, time.Now())
		answer := httptest.NewRecorder()
		job.receiver.handler.ServeHTTP(answer, r)
		status = answer.Code
	}()
	return <-answered
}

// finish records an attempt and reports whether it was the last one.
func (s *Server) finish(job job, status int, latency time.Duration, spent int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	delivery := job.delivery()
	number := int64(len(delivery.Attempts) + 1)
	attempt := hookrail.Attempt{Number: number, ClaimVersion: number, HTTPStatus: status, Latency: latency}
	switch {
	case status >= 200 && status < 300:
		attempt.Status, delivery.State = "success", hookrail.DeliverySucceeded
	case status == 0, status == 408, status == 425, status == 429, status >= 500:
		attempt.Status, delivery.State = "retryable_failure", hookrail.DeliveryRetryScheduled
		if spent >= s.maxAttempts {
			delivery.State = hookrail.DeliveryDeadLettered
		}
	default:
		attempt.Status, delivery.State = "permanent_failure", hookrail.DeliveryDeadLettered
	}
	if delivery.State != hookrail.DeliverySucceeded {
		attempt.ErrorClass = "connection"
		if status != 0 {
			attempt.ErrorClass = fmt.Sprintf("http_%d", status)
		}
	}
	delivery.Attempts = append(delivery.Attempts, attempt)
	delivery.HTTPStatus, delivery.Latency = status, latency
	return delivery.State != hookrail.DeliveryRetryScheduled
}

// leave unregisters a goroutine that delivers, at its end.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	s.changed.Broadcast()
}

// ReplayDelivery delivers a dead letter again, with as many attempts as a new delivery. At an [Ordered] subscription,
// the deliveries behind it continue once it succeeds. It returns an error if the delivery is not a dead letter.
func (s *Server) ReplayDelivery(id string) error {
	return s.resolve(id, hookrail.DeliveryPending)
}

// SkipDelivery marks a dead letter as skipped. At an [Ordered] subscription, the deliveries behind it continue. It
// returns an error if the delivery is not a dead letter.
func (s *Server) SkipDelivery(id string) error {
	return s.resolve(id, hookrail.DeliverySkipped)
}

func (s *Server) resolve(id string, to hookrail.DeliveryState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, ok := s.jobs[id]
	if !ok {
		return fmt.Errorf("hookrailtest: there is no delivery %q", id)
	}
	if state := job.delivery().State; state != hookrail.DeliveryDeadLettered {
		return fmt.Errorf("hookrailtest: delivery %q is %s; only a dead_lettered one can be replayed or skipped", id, state)
	}
	job.delivery().State = to
	if ordering, ordered := orderingOf(job); ordered {
		s.resume(ordering)
	} else if to == hookrail.DeliveryPending {
		s.start(job)
	}
	return nil
}

// show answers with the status of an event.
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

// status returns an event in the form in which the service shows it. Empty lists are null.
func (e *Event) status() map[string]any {
	var deliveries []map[string]any
	for _, delivery := range e.Deliveries {
		hidden := max(len(delivery.Attempts)-shownAttempts, 0)
		var attempts []map[string]any
		for _, attempt := range delivery.Attempts[hidden:] {
			shown := map[string]any{
				"attempt_no": attempt.Number, "claim_version": attempt.ClaimVersion, "status": attempt.Status,
				"latency_ms": attempt.Latency.Milliseconds(),
			}
			if attempt.HTTPStatus != 0 {
				shown["http_status"] = attempt.HTTPStatus
			}
			if attempt.ErrorClass != "" {
				shown["error_class"] = attempt.ErrorClass
			}
			attempts = append(attempts, shown)
		}
		deliveries = append(deliveries, map[string]any{
			"delivery_id": delivery.ID, "state": delivery.State, "attempts_truncated": hidden > 0, "attempts": attempts,
		})
	}
	return map[string]any{"event_id": e.ID, "topic": e.Topic, "deliveries": deliveries}
}
