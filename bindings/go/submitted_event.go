//go:build cgo

package hookrail

import (
	"crypto/rand"
	"fmt"

	"github.com/hookrail/hookrail-go/internal/blob"
)

// submittedEvent is what a [Submission] knows of its event.
type submittedEvent struct {
	topic, idempotencyKey, orderingKey string
	tag                                any
}

// Topic returns the event's topic.
func (s *Submission) Topic() string { return s.event.topic }

// IdempotencyKey returns the key under which the event is sent: that of [WithIdempotencyKey] or of the prepared event,
// else the one that Submit has made.
func (s *Submission) IdempotencyKey() string { return s.event.idempotencyKey }

// OrderingKey returns the event's ordering key, from [WithOrderingKey], the payload or the prepared event; "" if it has
// none.
func (s *Submission) OrderingKey() string { return s.event.orderingKey }

// Tag returns the value of [WithTag]; nil without it.
func (s *Submission) Tag() any { return s.event.tag }

// describeEvent returns what a submission knows of an event, and gives the event a key if it has none.
func describeEvent(topic string, payload []byte, config *sendConfig) (submittedEvent, error) {
	if config.idempotencyKey == nil {
		key, err := newIdempotencyKey()
		if err != nil {
			return submittedEvent{}, err
		}
		config.idempotencyKey = &key
	}
	event := submittedEvent{topic: topic, idempotencyKey: *config.idempotencyKey, tag: config.tag}
	if config.orderingKey != nil {
		event.orderingKey = *config.orderingKey
	} else {
		event.orderingKey = blob.OrderingKeyIn(payload)
	}
	return event, nil
}

// newIdempotencyKey makes a random UUID, as the library does for an event without a key.
func newIdempotencyKey() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", &Error{
			Status:  StatusOutOfResources,
			Message: "the system gives no random bytes for an idempotency key: " + err.Error(),
			Outcome: OutcomeNotSent,
			below:   err,
		}
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// describePrepared returns what a submission knows of a prepared event. The library refuses a blob that it cannot read;
// then there is no submission.
func describePrepared(prepared []byte, config *sendConfig) submittedEvent {
	event, _ := blob.Read(prepared)
	return submittedEvent{event.Topic, event.IdempotencyKey, event.OrderingKey, config.tag}
}
