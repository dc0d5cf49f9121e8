//go:build cgo

// Package hookrailtest helps to test programs that send events to Hookrail or receive its deliveries.
//
// [Server] stands in for the service, as [net/http/httptest.Server] does for others. [NewRequest] makes
// a signed delivery for a receiver's handler.
package hookrailtest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hookrail/hookrail-go"
)

// Sign returns the value of the Hookrail-Signature header. It panics where the arguments cannot be
// signed: an empty secret, or a delivery ID that is not 1 to 128 of A-Z a-z 0-9 _ -.
func Sign(secret, deliveryID string, body []byte, at time.Time) string {
	signature, err := hookrail.Sign(secret, at, deliveryID, body)
	if err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	return signature
}

// NewRequest makes the request by which the service delivers an event, signed now and with IDs of its
// own, for a call of a handler's ServeHTTP. It panics when the secret is empty.
func NewRequest(secret, target, topic string, body []byte) *http.Request {
	return NewRequestAt(secret, target, topic, body, time.Now())
}

// NewRequestAt is like [NewRequest] with a signature of another time.
func NewRequestAt(secret, target, topic string, body []byte, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	setDeliveryHeaders(r.Header, secret, newID(), newID(), topic, body, at)
	return r
}

func setDeliveryHeaders(h http.Header, secret, eventID, deliveryID, topic string, body []byte, at time.Time) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "hookrail/0.1")
	h.Set(hookrail.HeaderEventID, eventID)
	h.Set(hookrail.HeaderDeliveryID, deliveryID)
	h.Set(hookrail.HeaderTopic, topic)
	h.Set(hookrail.HeaderSignature, Sign(secret, deliveryID, body, at))
}

// newID makes an ID that is as long as the service's.
func newID() string {
	var random [13]byte
	if _, err := rand.Read(random[:]); err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	return fmt.Sprintf("%X", random)
}
