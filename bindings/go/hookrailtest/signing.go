//go:build cgo

// Package hookrailtest helps to test programs that send events to Hookrail or receive its deliveries.
//
// [Server] is a fake of the service, built on [net/http/httptest.Server], and [Recorder] is a fake of the client.
// [NewRequest] makes a signed delivery for a receiver's handler.
package hookrailtest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/hookrail/hookrail-go"
)

// Sign returns the value of the Hookrail-Signature header. It panics for arguments that cannot be signed: a secret
// that [hookrail.NewVerifier] refuses, or a delivery ID that is not 1 to 128 of A-Z a-z 0-9 _ -.
func Sign(secret, deliveryID string, body []byte, at time.Time) string {
	signature, err := hookrail.Sign(secret, at, deliveryID, body)
	if err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	return signature
}

// NewRequest makes the request by which the service delivers an event, signed now and with its own IDs, for a call of
// a handler's ServeHTTP. It panics for a secret that [hookrail.NewVerifier] refuses.
func NewRequest(secret, target, topic string, body []byte) *http.Request {
	return NewRequestAt(secret, target, topic, body, time.Now())
}

// NewRequestAt is like [NewRequest], but signed at the given time.
func NewRequestAt(secret, target, topic string, body []byte, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	// As net/http's server does. Without it, a request without a body would look like one whose body was lost.
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
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

// newID makes a ULID, the form of the service's IDs: 48 bits of milliseconds and 80 random bits.
func newID() string {
	var id [16]byte
	if _, err := rand.Read(id[6:]); err != nil {
		panic(fmt.Sprintf("hookrailtest: %v", err))
	}
	now := uint64(time.Now().UnixMilli())
	for i := 0; i < 6; i++ {
		id[i] = byte(now >> (8 * (5 - i)))
	}
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	number := new(big.Int).SetBytes(id[:])
	var text [26]byte
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = alphabet[number.Bit(0)|number.Bit(1)<<1|number.Bit(2)<<2|number.Bit(3)<<3|number.Bit(4)<<4]
		number.Rsh(number, 5)
	}
	return string(text[:])
}
