//go:build cgo

package hookrail

import (
	"context"
	"fmt"
	"log/slog"
)

// WithLogger sets a logger for the client's calls. These are the lines:
//
//   - Debug "hookrail: attempt": an attempt that succeeded, with the members of its [AttemptRecord]
//   - Warn "hookrail: attempt failed": an attempt that failed, also one that was repeated (Info if it was cancelled)
//   - Debug "hookrail: event recorded": a send or a submitted event that succeeded
//   - Error "hookrail: submitted event failed": a submitted event whose result is an error, also one that was cancelled: by
//     the program, or because it was not sent before [Client.Close]
//
// Errors that a method returns have no line of their own: the caller has them. The lines have topic, idempotency key and
// event ID, but neither payloads nor headers, and no API key or secret. Those of SendEvent and GetEvent are written
// before it returns, with its context; those of a submitted event after its Done, by the queue's goroutine, which a logger
// that blocks would hold up.
func WithLogger(logger *slog.Logger) Option {
	return func(c *clientConfig) error {
		c.logger = logger
		return nil
	}
}

// logCall writes the lines of a call that has ended. event has the attributes of the event.
func (c *Client) logCall(ctx context.Context, accepted *Accepted, records []AttemptRecord, event ...slog.Attr) {
	for i := range records {
		level, message := slog.LevelDebug, "hookrail: attempt"
		switch records[i].Status {
		case StatusOK:
		case StatusCancelled:
			level, message = slog.LevelInfo, "hookrail: attempt failed"
		default:
			level, message = slog.LevelWarn, "hookrail: attempt failed"
		}
		if c.logger.Enabled(ctx, level) {
			c.logger.LogAttrs(ctx, level, message, append(event[:len(event):len(event)], slog.Any("attempt", records[i]))...)
		}
	}
	if accepted != nil && c.logger.Enabled(ctx, slog.LevelDebug) {
		c.logger.LogAttrs(ctx, slog.LevelDebug, "hookrail: event recorded",
			append(event[:len(event):len(event)], slog.Any("accepted", accepted))...)
	}
}

// logSend writes the lines of a send.
func (c *Client) logSend(ctx context.Context, topic string, accepted *Accepted, err error) {
	if c.logger == nil {
		return
	}
	var event []slog.Attr
	if topic != "" {
		event = append(event, slog.String("topic", topic))
	}
	if key := idempotencyKeyOf(accepted, err); key != "" {
		event = append(event, slog.String("idempotency_key", key))
	}
	c.logCall(ctx, accepted, attemptRecordsOf(accepted, err), event...)
}

// logGet writes the lines of a call for the status of an event.
func (c *Client) logGet(ctx context.Context, eventID string, status *EventStatus, err error) {
	if c.logger == nil {
		return
	}
	records := attemptRecordsOf(nil, err)
	if status != nil {
		records = status.AttemptRecords
	}
	c.logCall(ctx, nil, records, slog.String("event_id", eventID))
}

// logSubmitted writes the lines of a submitted event that has its result.
func (c *Client) logSubmitted(s *Submission) {
	ctx := context.Background()
	c.logCall(ctx, s.accepted, s.AttemptRecords(), s.attrs()...)
	if s.err != nil {
		c.logger.LogAttrs(ctx, slog.LevelError, "hookrail: submitted event failed", append(s.attrs(), slog.Any("error", s.err))...)
	}
}

func idempotencyKeyOf(accepted *Accepted, err error) string {
	if e, ok := err.(*Error); ok {
		return e.IdempotencyKey
	}
	if accepted == nil {
		return ""
	}
	return accepted.IdempotencyKey
}

// attrs returns the attributes of the event, without the tag, whose content the package does not know.
func (s *Submission) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("topic", s.event.topic), slog.String("idempotency_key", s.event.idempotencyKey)}
	if s.event.orderingKey != "" {
		attrs = append(attrs, slog.String("ordering_key", s.event.orderingKey))
	}
	return attrs
}

// LogValue gives a logger the topic, the keys and, once there is one, the result.
func (s *Submission) LogValue() slog.Value {
	attrs := s.attrs()
	select {
	case <-s.done:
		if s.err != nil {
			attrs = append(attrs, slog.Any("error", s.err))
		} else {
			attrs = append(attrs, slog.Any("accepted", s.accepted))
		}
	default:
	}
	return slog.GroupValue(attrs...)
}

// LogValue gives a logger what tells the error: no body, no API key and no secret.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("status", e.Status.String()), slog.String("message", e.Message), slog.Bool("retryable", e.Retryable),
	}
	if e.HTTPStatus != 0 {
		attrs = append(attrs, slog.Int("http_status", e.HTTPStatus))
	}
	if e.HasRetryAfter {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	if e.Outcome != OutcomeNone {
		attrs = append(attrs, slog.String("outcome", e.Outcome.String()))
	}
	if e.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", e.Attempts))
	}
	attrs = appendText(attrs, "idempotency_key", e.IdempotencyKey)
	attrs = appendText(attrs, "request_id", e.RequestID)
	if e.Cause != nil {
		attrs = append(attrs, slog.String("last_status", e.Last().Status.String()))
	}
	return slog.GroupValue(attrs...)
}

// LogValue gives a logger the event's ID and what tells the send.
func (a *Accepted) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("event_id", a.EventID), slog.String("idempotency_key", a.IdempotencyKey), slog.Bool("replayed", a.Replayed),
		slog.Int("attempts", a.Attempts),
	}
	return slog.GroupValue(appendText(attrs, "request_id", a.RequestID)...)
}

// LogValue gives a logger the key and the size: the bytes have the payload and the headers of the event.
func (p Prepared) LogValue() slog.Value {
	return slog.GroupValue(slog.String("idempotency_key", p.IdempotencyKey), slog.Int("bytes", len(p.Blob)))
}

// String returns the key and the size, as LogValue does.
func (p Prepared) String() string {
	return fmt.Sprintf("prepared event %s (%d bytes)", p.IdempotencyKey, len(p.Blob))
}

// LogValue gives a logger the members that are not empty.
func (r AttemptRecord) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.Int("number", r.Number), slog.String("status", r.Status.String()), slog.Time("started", r.Started),
		slog.Duration("duration", r.Duration), slog.Bool("new_connection", r.NewConnection),
	}
	if r.NewConnection {
		attrs = append(attrs, slog.Duration("lookup", r.Lookup), slog.Duration("connect", r.Connect), slog.Duration("tls", r.TLS))
	}
	attrs = append(attrs, slog.Duration("waiting", r.Waiting), slog.Int64("bytes_sent", r.BytesSent),
		slog.Int64("bytes_received", r.BytesReceived))
	if r.HTTPStatus != 0 {
		attrs = append(attrs, slog.Int("http_status", r.HTTPStatus))
	}
	attrs = appendText(attrs, "message", r.Message)
	return slog.GroupValue(appendText(attrs, "request_id", r.RequestID)...)
}

func appendText(attrs []slog.Attr, name, text string) []slog.Attr {
	if text == "" {
		return attrs
	}
	return append(attrs, slog.String(name, text))
}
