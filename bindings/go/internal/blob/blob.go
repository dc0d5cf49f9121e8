// Package blob reads prepared events, whose format docs/prepared-events.md describes.
package blob

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
)

const (
	mark    = "HKRLPREP"
	version = 1
	headLen = 36
)

// Event is the event in a blob.
type Event struct {
	IdempotencyKey, OrderingKey string
	Topic                       string
	Payload                     json.RawMessage
}

// Read returns the event in a blob that the library has accepted. It returns false for a blob of another version, and for
// most others that the library refuses; it does not look for damage.
func Read(blob []byte) (Event, bool) {
	if len(blob) < headLen || string(blob[:8]) != mark || binary.BigEndian.Uint32(blob[8:]) != version {
		return Event{}, false
	}
	rest := blob[headLen:]
	var fields [3][]byte
	for i := range fields {
		length := binary.BigEndian.Uint64(blob[12+8*i:])
		if length > uint64(len(rest)) {
			return Event{}, false
		}
		fields[i], rest = rest[:length], rest[length:]
	}
	var body struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(fields[2], &body) != nil {
		return Event{}, false
	}
	event := Event{string(fields[0]), string(fields[1]), body.Topic, body.Payload}
	if event.OrderingKey == "" {
		event.OrderingKey = OrderingKeyIn(body.Payload)
	}
	return event, true
}

// OrderingKeyIn returns the member ordering_key of a payload that is an object; "" if it is missing or no string.
func OrderingKeyIn(payload []byte) string {
	// Few payloads have the member. Its name may be written with escapes.
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
