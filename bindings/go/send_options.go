//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"encoding/binary"
	"time"
)

// SendOption is a setting of one send.
type SendOption func(*sendConfig)

type sendConfig struct {
	idempotencyKey *string
	orderingKey    *string
	timeout        *time.Duration
	tag            any
	// headers has the headers one after the other, in the form of hkgo_event.
	headers []byte
}

// WithIdempotencyKey sets the key by which the service recognises the event: an event that is sent again with the
// same key and the same bytes is not recorded a second time. Without a key, each send gets a random UUID. A key is 1
// to 255 visible ASCII characters, with spaces inside but not at the ends.
func WithIdempotencyKey(key string) SendOption {
	return func(c *sendConfig) { c.idempotencyKey = &key }
}

// WithOrderingKey sets the ordering key: ordered subscriptions deliver events with the same key in order. A key is 1
// to 256 visible ASCII characters, with spaces inside but not at the ends.
func WithOrderingKey(key string) SendOption {
	return func(c *sendConfig) { c.orderingKey = &key }
}

// WithSendTimeout sets the time for the whole send, including retries and waits, instead of the client's timeout
// (see [WithTimeout]).
func WithSendTimeout(d time.Duration) SendOption {
	return func(c *sendConfig) { c.timeout = &d }
}

// WithSendHeader adds a header to the requests of this send, for example traceparent. It replaces a header of [WithHeader]
// with the same name. The rules of WithHeader hold for it; the send fails if it breaks them. It is not part of the event:
// the service compares neither headers nor their values when a key is sent again.
func WithSendHeader(name, value string) SendOption {
	return func(c *sendConfig) {
		c.headers = binary.NativeEndian.AppendUint32(c.headers, uint32(len(name)))
		c.headers = binary.NativeEndian.AppendUint32(c.headers, uint32(len(value)))
		c.headers = append(append(c.headers, name...), value...)
	}
}

// WithTag gives a submitted event a value of your program, which [Submission.Tag] returns, for example the row of an
// outbox table. The value is not sent. Other sends ignore it.
func WithTag(tag any) SendOption {
	return func(c *sendConfig) { c.tag = tag }
}

func newSendConfig(opts []SendOption) sendConfig {
	var c sendConfig
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// event returns an event with its options for the library.
func (c *sendConfig) event(topic string, payload []byte) (event C.hkgo_event) {
	event.topic, event.topic_len = given(topic)
	event.payload, event.payload_len = givenBytes(payload)
	event.key, event.key_len = optional(c.idempotencyKey)
	event.ordering_key, event.ordering_key_len = optional(c.orderingKey)
	event.headers, event.headers_len = givenBytes(c.headers)
	return event
}

// budget returns the checked timeout: the library would take 0 for no timeout of its own.
func (c *sendConfig) budget(client time.Duration) (time.Duration, error) {
	if c.timeout == nil {
		return client, nil
	}
	if *c.timeout <= 0 {
		return 0, invalidArgument(OutcomeNotSent, "the send timeout is %v; it must be positive", *c.timeout)
	}
	return *c.timeout, nil
}

// timeoutMS returns the timeout for the library, 0 for none.
func (c *sendConfig) timeoutMS() (C.int64_t, error) {
	if c.timeout == nil {
		return 0, nil
	}
	budget, err := c.budget(0)
	return milliseconds(budget), err
}
