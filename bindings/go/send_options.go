//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import "time"

// SendOption says something about one event.
type SendOption func(*sendConfig)

type sendConfig struct {
	idempotencyKey *string
	orderingKey    *string
	timeout        *time.Duration
}

// WithIdempotencyKey sets the key under which the service recognises the event: sent again with the
// same key and the same bytes it is not recorded a second time. Without one, each send gets a random
// UUID. It is 1 to 255 visible ASCII characters, with spaces inside but not at the ends.
func WithIdempotencyKey(key string) SendOption {
	return func(c *sendConfig) { c.idempotencyKey = &key }
}

// WithOrderingKey sets the ordering key: events with the same one are delivered in order by ordered
// subscriptions. It is 1 to 256 visible ASCII characters, with spaces inside but not at the ends.
func WithOrderingKey(key string) SendOption {
	return func(c *sendConfig) { c.orderingKey = &key }
}

// WithSendTimeout sets the time for the whole send, retries and waits included, in place of the
// client's (see [WithTimeout]).
func WithSendTimeout(d time.Duration) SendOption {
	return func(c *sendConfig) { c.timeout = &d }
}

func newSendConfig(opts []SendOption) sendConfig {
	var c sendConfig
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// budget checks the timeout, which on its way to the library could otherwise be taken for none.
func (c *sendConfig) budget(client time.Duration) (time.Duration, error) {
	if c.timeout == nil {
		return client, nil
	}
	if *c.timeout <= 0 {
		return 0, invalidArgument(OutcomeNotSent, "the send timeout is %v; it must be positive", *c.timeout)
	}
	return *c.timeout, nil
}

// timeoutMS is the timeout for the library, 0 for none.
func (c *sendConfig) timeoutMS() (C.int64_t, error) {
	if c.timeout == nil {
		return 0, nil
	}
	budget, err := c.budget(0)
	return milliseconds(budget), err
}
