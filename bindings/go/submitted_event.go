//go:build cgo

package hookrail

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
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
		event.orderingKey = orderingKeyIn(payload)
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

// orderingKeyIn returns the member ordering_key of a payload that is an object; "" if it is missing or no string.
func orderingKeyIn(payload []byte) string {
	// Few payloads have the member. The name may be written with escapes.
	if !bytes.Contains(payload, []byte("ordering_key")) && !bytes.Contains(payload, []byte(`\u`)) {
		return ""
	}
	var members map[string]json.RawMessage
	var key string
	if json.Unmarshal(payload, &members) != nil || json.Unmarshal(members["ordering_key"], &key) != nil {
		return ""
	}
	return key
}

// The parts of a prepared event, which docs/prepared-events.md describes.
const (
	blobMark    = "HKRLPREP"
	blobVersion = 1
	blobHead    = 36
)

// describePrepared returns what a submission knows of a prepared event. The library refuses a blob that it cannot read;
// then the result has no submission.
func describePrepared(blob []byte, config *sendConfig) submittedEvent {
	event := submittedEvent{tag: config.tag}
	if len(blob) < blobHead || string(blob[:8]) != blobMark || binary.BigEndian.Uint32(blob[8:]) != blobVersion {
		return event
	}
	rest := blob[blobHead:]
	var fields [3][]byte
	for i := range fields {
		length := binary.BigEndian.Uint64(blob[12+8*i:])
		if length > uint64(len(rest)) {
			return event
		}
		fields[i], rest = rest[:length], rest[length:]
	}
	var body struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(fields[2], &body) != nil {
		return event
	}
	event.topic, event.idempotencyKey, event.orderingKey = body.Topic, string(fields[0]), string(fields[1])
	if event.orderingKey == "" {
		event.orderingKey = orderingKeyIn(body.Payload)
	}
	return event
}
