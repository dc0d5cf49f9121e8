package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/hookrail/hookrail-go"
)

// client is a client with the driver's data for it.
type client struct {
	*hookrail.Client
	results chan *hookrail.Submission
	byTag   map[int64]*hookrail.Submission
	// uncollected is the number of submitted events whose results were not collected yet.
	uncollected int
}

// resultsKept is larger than the number of events that a case submits.
const resultsKept = 1 << 16

type clientOptions struct {
	ConnectTimeoutMS  *int64            `json:"connect_timeout_ms"`
	ReadTimeoutMS     *int64            `json:"read_timeout_ms"`
	WriteTimeoutMS    *int64            `json:"write_timeout_ms"`
	TotalTimeoutMS    *int64            `json:"total_timeout_ms"`
	DeliveryTimeoutMS *int64            `json:"delivery_timeout_ms"`
	MaxRetries        *int64            `json:"max_retries"`
	BackoffMS         *[2]int64         `json:"backoff_ms"`
	RespectRetryAfter *bool             `json:"respect_retry_after"`
	CAPEM             []byte            `json:"ca_pem"`
	ExtraRootsOnly    bool              `json:"extra_roots_only"`
	Proxy             []byte            `json:"proxy"`
	NoProxy           bool              `json:"no_proxy"`
	IdleConnections   *int64            `json:"idle_connections"`
	PayloadLimit      *int64            `json:"payload_limit"`
	QueueMaxEvents    *int64            `json:"queue_max_events"`
	QueueMaxBytes     *int64            `json:"queue_max_bytes"`
	Workers           *int64            `json:"workers"`
	UserAgentSuffix   []byte            `json:"user_agent_suffix"`
	Headers           map[string]string `json:"headers"`
}

// milliseconds converts a number; one that a Duration cannot hold stays out of every range.
func milliseconds(ms int64) time.Duration {
	switch limit := int64(math.MaxInt64 / time.Millisecond); {
	case ms > limit:
		return math.MaxInt64
	case ms < -limit:
		return math.MinInt64
	}
	return time.Duration(ms) * time.Millisecond
}

func (o *clientOptions) options() []hookrail.Option {
	var opts []hookrail.Option
	duration := func(ms *int64, option func(time.Duration) hookrail.Option) {
		if ms != nil {
			opts = append(opts, option(milliseconds(*ms)))
		}
	}
	number := func(n *int64, option func(int) hookrail.Option) {
		if n != nil {
			opts = append(opts, option(int(*n)))
		}
	}
	duration(o.ConnectTimeoutMS, hookrail.WithConnectTimeout)
	duration(o.ReadTimeoutMS, hookrail.WithReadTimeout)
	duration(o.WriteTimeoutMS, hookrail.WithWriteTimeout)
	duration(o.TotalTimeoutMS, hookrail.WithTimeout)
	duration(o.DeliveryTimeoutMS, hookrail.WithDeliveryTimeout)
	number(o.MaxRetries, hookrail.WithMaxRetries)
	number(o.IdleConnections, hookrail.WithIdleConnections)
	number(o.PayloadLimit, hookrail.WithPayloadLimit)
	number(o.QueueMaxEvents, hookrail.WithQueueMaxEvents)
	number(o.QueueMaxBytes, hookrail.WithQueueMaxBytes)
	number(o.Workers, hookrail.WithWorkers)
	if o.BackoffMS != nil {
		opts = append(opts, hookrail.WithBackoff(milliseconds(o.BackoffMS[0]), milliseconds(o.BackoffMS[1])))
	}
	if o.RespectRetryAfter != nil {
		opts = append(opts, hookrail.WithRespectRetryAfter(*o.RespectRetryAfter))
	}
	if o.CAPEM != nil {
		opts = append(opts, hookrail.WithCAPEM(o.CAPEM))
	}
	if o.ExtraRootsOnly {
		opts = append(opts, hookrail.WithExtraRootsOnly())
	}
	if o.Proxy != nil {
		opts = append(opts, hookrail.WithProxy(string(o.Proxy)))
	}
	if o.NoProxy {
		opts = append(opts, hookrail.WithoutProxy())
	}
	if o.UserAgentSuffix != nil {
		opts = append(opts, hookrail.WithUserAgentSuffix(string(o.UserAgentSuffix)))
	}
	for _, name := range sorted(o.Headers) {
		opts = append(opts, hookrail.WithHeader(name, o.Headers[name]))
	}
	return opts
}

// sorted returns the names of headers in the order in which a JSON object has them here.
func sorted(headers map[string]string) []string {
	var names []string
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (d *driver) clientNew(request []byte) (any, error) {
	var a struct {
		Client  string        `json:"client"`
		APIKey  []byte        `json:"api_key"`
		BaseURL []byte        `json:"base_url"`
		Options clientOptions `json:"options"`
	}
	decode(request, &a)
	opts := a.Options.options()
	if a.APIKey != nil {
		opts = append(opts, hookrail.WithAPIKey(string(a.APIKey)))
	}
	if a.BaseURL != nil {
		opts = append(opts, hookrail.WithBaseURL(string(a.BaseURL)))
	}
	made, err := hookrail.New(opts...)
	if err != nil {
		return nil, err
	}
	kept := resultsKept
	if a.Options.QueueMaxEvents != nil {
		// Results that the suite has not collected must count, so nothing may take them from the package.
		kept = 0
	}
	d.clients[a.Client] = &client{
		Client:  made,
		results: make(chan *hookrail.Submission, kept),
		byTag:   make(map[int64]*hookrail.Submission),
	}
	return object{}, nil
}

// named has the argument that most commands have.
type named struct {
	Client string `json:"client"`
}

// client returns the client that a request names.
func (d *driver) client(request []byte) *client {
	var a named
	decode(request, &a)
	found, ok := d.clients[a.Client]
	if !ok {
		panic(fmt.Sprintf("there is no client %q", a.Client))
	}
	return found
}

func (d *driver) clientFree(request []byte) (any, error) {
	var a named
	decode(request, &a)
	return object{}, d.free(a.Client)
}

func (d *driver) free(name string) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := d.clients[name].Shutdown(ctx)
	delete(d.clients, name)
	return unlessTooEarly(ctx, err)
}

// unlessTooEarly returns the error of a Shutdown, but nil if it says that the context ended before every event had its
// result: the suite asks for the number of those events instead.
func unlessTooEarly(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil && errors.Is(err, ended) {
		return nil
	}
	return err
}

func (d *driver) close(request []byte) (any, error) {
	var a struct {
		TimeoutMS int64 `json:"timeout_ms"`
	}
	decode(request, &a)
	ctx, cancel := context.WithTimeout(context.Background(), milliseconds(a.TimeoutMS))
	defer cancel()
	unsent, err := d.client(request).Shutdown(ctx)
	return object{"unsent": unsent}, unlessTooEarly(ctx, err)
}

// event has the arguments of all commands that send.
type event struct {
	Topic          []byte            `json:"topic"`
	Payload        []byte            `json:"payload"`
	Blob           []byte            `json:"blob"`
	IdempotencyKey []byte            `json:"idempotency_key"`
	OrderingKey    []byte            `json:"ordering_key"`
	Headers        map[string]string `json:"headers"`
	TimeoutMS      *int64            `json:"timeout_ms"`
	Cancel         string            `json:"cancel"`
}

func (e *event) options() []hookrail.SendOption {
	var opts []hookrail.SendOption
	if e.IdempotencyKey != nil {
		opts = append(opts, hookrail.WithIdempotencyKey(string(e.IdempotencyKey)))
	}
	if e.OrderingKey != nil {
		opts = append(opts, hookrail.WithOrderingKey(string(e.OrderingKey)))
	}
	if e.TimeoutMS != nil {
		opts = append(opts, hookrail.WithSendTimeout(milliseconds(*e.TimeoutMS)))
	}
	for _, name := range sorted(e.Headers) {
		opts = append(opts, hookrail.WithSendHeader(name, e.Headers[name]))
	}
	return opts
}

func (d *driver) send(request []byte) (any, error) {
	var a event
	decode(request, &a)
	ctx, done := d.signal.context(a.Cancel)
	defer done()
	accepted, err := d.client(request).SendEvent(ctx, string(a.Topic), json.RawMessage(a.Payload), a.options()...)
	return describeAccepted(accepted), err
}

func (d *driver) prepare(request []byte) (any, error) {
	var a event
	decode(request, &a)
	prepared, err := d.client(request).Prepare(string(a.Topic), json.RawMessage(a.Payload), a.options()...)
	if err != nil {
		return nil, err
	}
	return object{"blob": prepared.Blob, "idempotency_key": prepared.IdempotencyKey}, nil
}

func (d *driver) sendPrepared(request []byte) (any, error) {
	var a event
	decode(request, &a)
	ctx, done := d.signal.context(a.Cancel)
	defer done()
	accepted, err := d.client(request).SendPrepared(ctx, a.Blob, a.options()...)
	return describeAccepted(accepted), err
}

func (d *driver) getEvent(request []byte) (any, error) {
	var a struct {
		EventID   []byte `json:"event_id"`
		TimeoutMS *int64 `json:"timeout_ms"`
		Cancel    string `json:"cancel"`
	}
	decode(request, &a)
	ctx, done := d.signal.context(a.Cancel)
	defer done()
	if a.TimeoutMS != nil {
		limited, cancel := context.WithTimeout(ctx, milliseconds(*a.TimeoutMS))
		defer cancel()
		ctx = limited
	}
	status, err := d.client(request).GetEvent(ctx, string(a.EventID))
	if err != nil {
		return nil, err
	}
	return describeEvent(status), nil
}

func (d *driver) stats(request []byte) (any, error) {
	return d.client(request).Stats()
}
