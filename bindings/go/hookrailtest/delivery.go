//go:build cgo

package hookrailtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookrail/hookrail-go"
)

// shownAttempts is how many attempts of a delivery the service shows, the latest ones.
const shownAttempts = 20

// job is one delivery that is still to be made.
type job struct {
	event    *Event
	index    int
	receiver *receiver
	body     []byte
}

func (j job) delivery() *Delivery { return &j.event.Deliveries[j.index] }

// lane is where order is kept: the deliveries of one ordering key to one ordered subscription.
type lane struct {
	receiver    *receiver
	orderingKey string
}

// queue is what waits in a lane. The first one is under way or dead-lettered.
type queue struct {
	jobs []job
	// Whether a goroutine works the lane. None does while a dead letter holds it up.
	worked bool
}

// settle drops those at the front that nothing more is to be done for.
func (q *queue) settle() {
	for len(q.jobs) > 0 {
		state := q.jobs[0].delivery().State
		if state != hookrail.DeliverySucceeded && state != hookrail.DeliverySkipped {
			return
		}
		q.jobs = q.jobs[1:]
	}
}

// deliver starts the deliveries of an event, whose payload is the body as jsonb. It is called with s.mu held.
func (s *Server) deliver(event *Event, body []byte) {
	for _, receiver := range s.receivers {
		index := len(event.Deliveries)
		event.Deliveries = append(event.Deliveries, Delivery{ID: newID(), State: hookrail.DeliveryPending})
		job := job{event, index, receiver, body}
		s.jobs[event.Deliveries[index].ID] = job
		s.start(job)
	}
}

// laneOf returns where the order of a delivery is kept, if anywhere.
func laneOf(job job) (lane, bool) {
	return lane{job.receiver, job.event.OrderingKey}, job.receiver.ordered && job.event.OrderingKey != ""
}

// start is called with s.mu held, as are all until work.
func (s *Server) start(job job) {
	lane, ordered := laneOf(job)
	if !ordered {
		s.underWay++
		go func() {
			defer s.leave()
			s.attempt(job)
		}()
		return
	}
	waiting := s.lanes[lane]
	if waiting == nil {
		waiting = &queue{}
		s.lanes[lane] = waiting
	}
	waiting.jobs = append(waiting.jobs, job)
	s.wake(lane)
}

// wake has a lane worked, if it is not.
func (s *Server) wake(lane lane) {
	if waiting := s.lanes[lane]; waiting != nil && !waiting.worked {
		waiting.worked = true
		s.underWay++
		go s.work(lane)
	}
}

// backlog returns how many deliveries of an ordering key wait, at the subscription with the most.
func (s *Server) backlog(orderingKey string) int {
	most := 0
	for _, receiver := range s.receivers {
		if waiting := s.lanes[lane{receiver, orderingKey}]; waiting != nil {
			waiting.settle()
			most = max(most, len(waiting.jobs))
		}
	}
	return most
}

// work makes the deliveries of a lane, until it is empty or a dead letter holds it up.
func (s *Server) work(lane lane) {
	defer s.leave()
	for {
		job, ok := s.nextIn(lane)
		if !ok || !s.attempt(job) {
			return
		}
	}
}

func (s *Server) nextIn(lane lane) (job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.lanes[lane]
	waiting.settle()
	if len(waiting.jobs) == 0 {
		delete(s.lanes, lane)
		return job{}, false
	}
	next := waiting.jobs[0]
	if next.delivery().State == hookrail.DeliveryDeadLettered {
		waiting.worked = false
		return job{}, false
	}
	return next, true
}

// attempt makes a delivery until it is done; false where the server is closed before.
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

// begin waits until the service has its database; false where the server is closed before.
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

// call has the handler take the delivery, and returns what it answered: 0 where it ended its goroutine instead, as
// a failing test does.
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

// leave is the end of a goroutine that delivers.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay--
	s.changed.Broadcast()
}

// ReplayDelivery has a dead letter delivered again, with as many attempts as a new one. At a subscription made
// [Ordered], what waits behind it goes on when it succeeds. The error says where the delivery is no dead letter.
func (s *Server) ReplayDelivery(id string) error {
	return s.resolve(id, hookrail.DeliveryPending)
}

// SkipDelivery gives a dead letter up: it is skipped from then on, and at a subscription made [Ordered], what waits
// behind it goes on. The error says where the delivery is no dead letter.
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
	if lane, ordered := laneOf(job); ordered {
		s.wake(lane)
	} else if to == hookrail.DeliveryPending {
		s.start(job)
	}
	return nil
}

// show answers where the deliveries of an event stand.
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

// status is an event as the service shows it. Lists that are empty are null.
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
