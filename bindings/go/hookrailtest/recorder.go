//go:build cgo

package hookrailtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/internal/blob"
)

// Recorder is a fake of [hookrail.Client] that needs no network: it checks events as a client does, records them, and
// returns what the test has scripted. It implements [hookrail.Sender] and [hookrail.Submitter], and has the client's other
// methods for sending. A replay of a key is recorded once, and a key with other bytes is a conflict, as with the service.
//
// For tests of timeouts, retries and lost connections use a [Server], which a real client talks to.
type Recorder struct {
	// client checks events, and refuses calls whose contexts have ended. It is never connected.
	client *hookrail.Client

	mu      sync.Mutex
	events  []*Event
	script  []Result
	pending map[chan<- *hookrail.Submission]chan struct{}
	sending sync.WaitGroup
}

// Result is the scripted result of a send: an error, or the service's answer. The zero value is a success with an answer
// that the Recorder makes.
type Result struct {
	Accepted *hookrail.Accepted
	Err      error
}

var (
	_ hookrail.Sender    = (*Recorder)(nil)
	_ hookrail.Submitter = (*Recorder)(nil)
)

// NewRecorder makes a Recorder.
func NewRecorder() *Recorder {
	client, err := hookrail.New(hookrail.WithAPIKey(APIKey), hookrail.WithBaseURL("http://127.0.0.1:9"), hookrail.WithoutProxy())
	if err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	return &Recorder{client: client, pending: make(map[chan<- *hookrail.Submission]chan struct{})}
}

// Script sets the results of the next sends, one for each, in their order. Sends after them succeed. An event whose result
// is an error is not recorded. An [*hookrail.Error] without an idempotency key, as of [NewError], gets the event's.
func (r *Recorder) Script(results ...Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script = append(r.script, results...)
}

// Fail is Script for errors.
func (r *Recorder) Fail(errs ...error) {
	for _, err := range errs {
		r.Script(Result{Err: err})
	}
}

// Events returns copies of the recorded events, in the order of their recording.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := make([]Event, len(r.events))
	for i, event := range r.events {
		events[i] = *event
	}
	return events
}

// SendEvent is the fake of [hookrail.Client.SendEvent].
func (r *Recorder) SendEvent(
	ctx context.Context, topic string, payload any, opts ...hookrail.SendOption,
) (*hookrail.Accepted, error) {
	prepared, err := r.client.Prepare(topic, payload, opts...)
	if err != nil {
		return nil, err
	}
	return r.SendPrepared(ctx, prepared.Blob, opts...)
}

// SendPrepared is the fake of [hookrail.Client.SendPrepared].
func (r *Recorder) SendPrepared(
	ctx context.Context, prepared []byte, opts ...hookrail.SendOption,
) (*hookrail.Accepted, error) {
	event, ok := blob.Read(prepared)
	if !ok || ctx.Err() != nil {
		// The client refuses both before it connects.
		return r.client.SendPrepared(ctx, prepared, opts...)
	}
	return r.send(event, nil)
}

// Submit is the fake of [hookrail.Client.Submit]. The Submission that it returns is finished. Its queue has no limit.
func (r *Recorder) Submit(
	topic string, payload any, results chan<- *hookrail.Submission, opts ...hookrail.SendOption,
) (*hookrail.Submission, error) {
	prepared, err := r.client.Prepare(topic, payload, opts...)
	if err != nil {
		return nil, err
	}
	return r.SubmitPrepared(prepared.Blob, results, opts...)
}

// SubmitWait is the fake of [hookrail.Client.SubmitWait]. It never waits.
func (r *Recorder) SubmitWait(
	_ context.Context, topic string, payload any, results chan<- *hookrail.Submission, opts ...hookrail.SendOption,
) (*hookrail.Submission, error) {
	return r.Submit(topic, payload, results, opts...)
}

// SubmitPrepared is the fake of [hookrail.Client.SubmitPrepared].
func (r *Recorder) SubmitPrepared(
	prepared []byte, results chan<- *hookrail.Submission, opts ...hookrail.SendOption,
) (*hookrail.Submission, error) {
	event, ok := blob.Read(prepared)
	if !ok {
		return r.client.SubmitPrepared(prepared, results, opts...)
	}
	tag := hookrail.FinishedSubmission("", nil, nil, opts...).Tag()
	accepted, err := r.send(event, tag)
	submission := hookrail.FinishedSubmission(event.Topic, accepted, err, hookrail.WithTag(tag),
		hookrail.WithIdempotencyKey(event.IdempotencyKey), hookrail.WithOrderingKey(event.OrderingKey))
	if results != nil {
		r.deliver(submission, results)
	}
	return submission, nil
}

// Prepare is [hookrail.Client.Prepare].
func (r *Recorder) Prepare(topic string, payload any, opts ...hookrail.SendOption) (*hookrail.Prepared, error) {
	return r.client.Prepare(topic, payload, opts...)
}

// Flush is the fake of [hookrail.Client.Flush]: every submitted event has its result already.
func (r *Recorder) Flush(context.Context) error { return nil }

// Close waits until all results were received from the channels.
func (r *Recorder) Close() error {
	r.sending.Wait()
	return nil
}

// send records an event or returns the scripted result.
func (r *Recorder) send(sent blob.Event, tag any) (*hookrail.Accepted, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var result Result
	if len(r.script) > 0 {
		result, r.script = r.script[0], r.script[1:]
	}
	if result.Err != nil {
		return nil, withKey(result.Err, sent.IdempotencyKey)
	}
	event := &Event{
		ID: newID(), Topic: sent.Topic, Payload: sent.Payload, IdempotencyKey: sent.IdempotencyKey,
		OrderingKey: sent.OrderingKey, Header: sent.Header, Tag: tag,
	}
	replayed := false
	for _, known := range r.events {
		if known.IdempotencyKey != event.IdempotencyKey {
			continue
		}
		if !known.same(event) {
			return nil, withKey(NewError(hookrail.StatusConflict), event.IdempotencyKey)
		}
		known.Replays++
		event, replayed = known, true
	}
	if !replayed {
		r.events = append(r.events, event)
	}
	if result.Accepted != nil {
		return result.Accepted, nil
	}
	return &hookrail.Accepted{
		EventID: event.ID, Replayed: replayed, IdempotencyKey: event.IdempotencyKey, Attempts: 1,
		AttemptRecords: []hookrail.AttemptRecord{{Number: 1, HTTPStatus: http.StatusAccepted, Started: time.Now()}},
		Raw:            json.RawMessage(fmt.Sprintf(`{"event_id":%q,"delivery_ids":null}`, event.ID)),
	}, nil
}

// withKey returns an error of the library with the key of the event.
func withKey(err error, key string) error {
	e, ok := err.(*hookrail.Error)
	if !ok || e.IdempotencyKey != "" {
		return err
	}
	copied := *e
	copied.IdempotencyKey = key
	return &copied
}

// deliver sends a result to a channel after the earlier ones, and does not wait for its receiver.
func (r *Recorder) deliver(submission *hookrail.Submission, results chan<- *hookrail.Submission) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, sent := r.pending[results], make(chan struct{})
	r.pending[results] = sent
	r.sending.Add(1)
	go func() {
		defer r.sending.Done()
		if before != nil {
			<-before
		}
		results <- submission
		close(sent)
	}()
}
