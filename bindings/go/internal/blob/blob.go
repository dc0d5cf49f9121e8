// Package blob reads prepared events, whose format docs/prepared-events.md describes.
package blob

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	mark      = "HKRLPREP"
	startLen  = len(mark) + 4
	lengthLen = 8
)

// Event is the event in a blob.
type Event struct {
	IdempotencyKey, OrderingKey string
	// Header has the headers of its own.
	Header  http.Header
	Topic   string
	Payload json.RawMessage
}

// Read returns the event in a blob that the library has accepted. It returns false for a blob of an unknown version, and
// for most others that the library refuses; it does not look for damage.
func Read(blob []byte) (Event, bool) {
	fields, ok := split(blob)
	if !ok {
		return Event{}, false
	}
	var body struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(fields[2], &body) != nil {
		return Event{}, false
	}
	event := Event{string(fields[0]), string(fields[1]), nil, body.Topic, body.Payload}
	if event.OrderingKey == "" {
		event.OrderingKey = OrderingKeyIn(body.Payload)
	}
	for _, line := range strings.Split(string(fields[3]), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			if event.Header == nil {
				event.Header = make(http.Header)
			}
			event.Header.Set(name, value)
		}
	}
	return event, true
}

// split returns the keys, the body and the headers, which only version 2 has.
func split(blob []byte) (fields [4][]byte, ok bool) {
	if len(blob) < startLen || string(blob[:len(mark)]) != mark {
		return fields, false
	}
	count := 0
	switch binary.BigEndian.Uint32(blob[len(mark):]) {
	case 1:
		count = 3
	case 2:
		count = 4
	default:
		return fields, false
	}
	lengths := blob[startLen:]
	if len(lengths) < count*lengthLen {
		return fields, false
	}
	rest := lengths[count*lengthLen:]
	for i := 0; i < count; i++ {
		length := binary.BigEndian.Uint64(lengths[i*lengthLen:])
		if length > uint64(len(rest)) {
			return fields, false
		}
		fields[i], rest = rest[:length], rest[length:]
	}
	return fields, true
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
