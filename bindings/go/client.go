//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// Client sends events to a Hookrail service and asks for their status. It keeps connections, so make one and
// share it: any number of goroutines may call its methods at the same time.
type Client struct {
	// timeout is the time budget of a call, deliveryTimeout that of a submitted event.
	timeout, deliveryTimeout time.Duration
	queueMaxEvents           int
	onError                  func(*Submission)
	logger                   *slog.Logger

	threads    threads
	background background

	mu     sync.Mutex
	handle *C.hookrail_client
	// users counts the running calls that use the handle; after Close the last one frees it.
	users  int
	closed bool
	queue  *producer
}

// New makes a client. It does not connect yet.
func New(opts ...Option) (*Client, error) {
	if abiError != nil {
		return nil, abiError
	}
	config := clientConfig{
		timeout:         defaultTimeout,
		deliveryTimeout: defaultDeliveryTimeout,
		queueMaxEvents:  defaultQueueMaxEvents,
		handle:          C.hookrail_client_options_new(),
	}
	defer C.hookrail_client_options_free(config.handle)
	for _, opt := range append([]Option{withBinding}, opts...) {
		if err := opt(&config); err != nil {
			return nil, err
		}
	}
	c := &Client{
		timeout:         config.timeout,
		deliveryTimeout: config.deliveryTimeout,
		queueMaxEvents:  config.queueMaxEvents,
		onError:         config.onError,
		logger:          config.logger,
	}
	err := config.set(func(e **C.hookrail_error) C.hookrail_status {
		key, keyLen := optional(config.apiKey)
		url, urlLen := optional(config.baseURL)
		return C.hookrail_client_new(key, keyLen, url, urlLen, config.handle, &c.handle, e)
	})
	if err != nil {
		return nil, err
	}
	// Frees clients that are never closed, unless they have a queue, whose goroutine holds them.
	runtime.SetFinalizer(c, func(c *Client) { C.hookrail_client_free(c.handle) })
	return c, nil
}

// withBinding makes the User-Agent name this package.
func withBinding(c *clientConfig) error {
	return c.set(func(e **C.hookrail_error) C.hookrail_status {
		language, n := given("go")
		return C.hookrail_client_options_set_binding(c.handle, language, n, e)
	})
}

// acquire returns the handle, which stays valid until release.
func (c *Client) acquire(outcome Outcome) (*C.hookrail_client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, closedError("client", outcome)
	}
	c.users++
	return c.handle, nil
}

// hold keeps the handle, which the caller has acquired, until one more release.
func (c *Client) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users++
}

func (c *Client) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users--
	c.freeUnused()
}

// freeUnused frees the handle after the last call of a closed client. The caller holds c.mu.
func (c *Client) freeUnused() {
	if c.closed && c.users == 0 {
		C.hookrail_client_free(c.handle)
		c.handle = nil
		c.background.close()
		runtime.SetFinalizer(c, nil)
	}
}

// SendEvent sends one event and waits until the service has recorded it.
//
// The payload is encoded by [encoding/json], also a string, without escapes for <, > and &; a
// [encoding/json.RawMessage], or a pointer to one, is sent unchanged. SendEvent refuses values whose content would be
// lost or become base64: nil pointers, byte slices, an [io.Reader], an error and a struct without exported fields. It
// accepts a [encoding/json.Marshaler], an [encoding.TextMarshaler] and an error whose fields have json tags. For values
// inside the payload the rules of encoding/json hold.
//
// SendEvent also refuses, with the byte offset, arrays and objects nested more than 512 levels deep, and what the
// service can never store: U+0000 in a string, half a surrogate pair, a number of 10^131072 or more or with more than
// 16383 decimal places. It repeats failed attempts with the same key and the same bytes, until the client's timeout,
// the send's timeout or the context's deadline.
//
// The error is an [*Error]. If the context ended the call, it matches [context.Canceled] or
// [context.DeadlineExceeded]; its Outcome says whether the event may have been recorded.
func (c *Client) SendEvent(ctx context.Context, topic string, payload any, opts ...SendOption) (*Accepted, error) {
	encoded, err := encodePayload(payload)
	if err != nil {
		return nil, err
	}
	config := newSendConfig(opts)
	budget, err := config.budget(c.timeout)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, topic, budget, func(handle *C.hookrail_client, call *call) C.hkgo_result {
		return C.hkgo_send_event(handle, config.event(topic, encoded), call.timeoutMS, call.token, call.tag)
	})
}

// SendPrepared sends an event that [Client.Prepare] made, in this program or another one. Any program may send
// it any number of times with the same producer key: the service records it once, as long as it remembers the
// idempotency key (a day by default).
//
// Only the option WithSendTimeout has an effect: the keys and the headers are part of the prepared event.
func (c *Client) SendPrepared(ctx context.Context, blob []byte, opts ...SendOption) (*Accepted, error) {
	config := newSendConfig(opts)
	budget, err := config.budget(c.timeout)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, "", budget, func(handle *C.hookrail_client, call *call) C.hkgo_result {
		p, n := givenBytes(blob)
		return C.hkgo_send_prepared(handle, p, n, call.timeoutMS, call.token, call.tag)
	})
}

// send sends an event; the topic is only for the log, and empty for a prepared event.
func (c *Client) send(
	ctx context.Context, topic string, budget time.Duration, f func(*C.hookrail_client, *call) C.hkgo_result,
) (*Accepted, error) {
	accepted, err := do(ctx, c, budget, OutcomeNotSent, f, func(accepted unsafe.Pointer) *Accepted {
		return takeAccepted((*C.hookrail_accepted)(accepted))
	})
	c.logSend(ctx, topic, accepted, err)
	return accepted, err
}

// GetEvent asks the service for the status of an event.
//
// An error that matches [ErrNotFound] says that there is no such event. A service without its database answers
// with 401 or 500 instead: [ErrAuthentication] or [ErrServer].
func (c *Client) GetEvent(ctx context.Context, eventID string) (*EventStatus, error) {
	status, err := do(ctx, c, c.timeout, OutcomeNone, func(handle *C.hookrail_client, call *call) C.hkgo_result {
		p, n := given(eventID)
		return C.hkgo_get_event(handle, p, n, call.timeoutMS, call.token, call.tag)
	}, func(status unsafe.Pointer) *EventStatus {
		return takeEventStatus((*C.hookrail_event_status)(status))
	})
	c.logGet(ctx, eventID, status, err)
	return status, err
}

// do runs a call that waits for the network, and takes its value. outcome is the outcome of errors that come before
// the call.
func do[T any](
	ctx context.Context, c *Client, budget time.Duration, outcome Outcome,
	f func(*C.hookrail_client, *call) C.hkgo_result, take func(unsafe.Pointer) T,
) (value T, err error) {
	handle, err := c.acquire(outcome)
	if err != nil {
		return value, err
	}
	defer c.release()
	call := newCall(ctx, budget, c.timeout)
	place := c.threads.enter()
	defer c.threads.leave(place)
	var result C.hkgo_result
	if place.blocksThread {
		result, err = block(handle, call, outcome, f)
	} else {
		enterC()
		defer leaveC()
		if call.hasEnded() {
			// The library refuses the call and does not wait for the network.
			result, err = block(handle, call, outcome, f)
		} else {
			result, err = c.background.run(c, call, outcome, f)
		}
	}
	if err != nil {
		return value, err
	}
	if result.status != C.HOOKRAIL_OK {
		return value, call.explain(takeError(result.status, result.error))
	}
	return take(result.value), nil
}

// block runs a call in this thread.
func block(
	handle *C.hookrail_client, call *call, outcome Outcome, f func(*C.hookrail_client, *call) C.hkgo_result,
) (C.hkgo_result, error) {
	release, err := call.watch(outcome)
	if err != nil {
		return C.hkgo_result{}, err
	}
	defer release()
	return f(handle, call), nil
}

// Prepared is an event with a fixed idempotency key and fixed bytes.
type Prepared struct {
	// Blob is for [Client.SendPrepared] and [Client.SubmitPrepared]. Store it where the payload may be
	// stored: it contains the payload, but no API key.
	Blob           []byte
	IdempotencyKey string
}

// Prepare checks an event and fixes its key and its bytes, without sending it. Store the blob together with the
// data it is about, in the same transaction, and send it with SendPrepared afterwards.
func (c *Client) Prepare(topic string, payload any, opts ...SendOption) (*Prepared, error) {
	encoded, err := encodePayload(payload)
	if err != nil {
		return nil, err
	}
	handle, err := c.acquire(OutcomeNotSent)
	if err != nil {
		return nil, err
	}
	defer c.release()
	config := newSendConfig(opts)
	result := C.hkgo_prepare(handle, config.event(topic, encoded))
	if result.status != C.HOOKRAIL_OK {
		return nil, takeError(result.status, result.error)
	}
	prepared := (*C.hookrail_prepared)(result.value)
	defer C.hookrail_prepared_free(prepared)
	return &Prepared{
		Blob:           copyBytes(C.hookrail_prepared_blob(prepared), C.hookrail_prepared_blob_len(prepared)),
		IdempotencyKey: C.GoString(C.hookrail_prepared_idempotency_key(prepared)),
	}, nil
}
