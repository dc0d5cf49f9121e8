// Package tracing shows how a program makes OpenTelemetry spans of its sends. docs/go.md has this code.
package tracing

import (
	"context"
	"errors"

	"github.com/hookrail/hookrail-go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

var tracer = otel.Tracer("github.com/hookrail/hookrail-go")

// SendEvent sends an event with a span for the call and one for each attempt.
func SendEvent(
	ctx context.Context, sender hookrail.Sender, topic string, payload any, opts ...hookrail.SendOption,
) (*hookrail.Accepted, error) {
	ctx, span := start(ctx, topic)
	defer span.End()
	accepted, err := sender.SendEvent(ctx, topic, payload, append(headers(ctx), opts...)...)
	describe(ctx, span, accepted, err)
	return accepted, err
}

// Submit submits an event. Its span ends in EndSpans.
func Submit(
	ctx context.Context, submitter hookrail.Submitter, topic string, payload any, results chan<- *hookrail.Submission,
	opts ...hookrail.SendOption,
) (*hookrail.Submission, error) {
	ctx, span := start(ctx, topic)
	opts = append(append(headers(ctx), opts...), hookrail.WithTag(span))
	submission, err := submitter.Submit(topic, payload, results, opts...)
	if err != nil {
		describe(ctx, span, nil, err)
		span.End()
	}
	return submission, err
}

// EndSpans ends the spans of submitted events, until the channel is closed.
func EndSpans(results <-chan *hookrail.Submission) {
	for submission := range results {
		span := submission.Tag().(trace.Span)
		ctx := trace.ContextWithSpan(context.Background(), span)
		accepted, err := submission.Wait(ctx)
		describe(ctx, span, accepted, err)
		span.End()
	}
}

func start(ctx context.Context, topic string) (context.Context, trace.Span) {
	return tracer.Start(ctx, "send "+topic, trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("messaging.system", "hookrail"),
		attribute.String("messaging.operation.type", "publish"),
		attribute.String("messaging.destination.name", topic)))
}

// headers returns traceparent and tracestate. All attempts of an event have the same ones.
func headers(ctx context.Context) (opts []hookrail.SendOption) {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier) // without baggage, which is not for others
	for name, value := range carrier {
		opts = append(opts, hookrail.WithSendHeader(name, value))
	}
	return opts
}

// describe adds the result and the spans of the attempts.
func describe(ctx context.Context, span trace.Span, accepted *hookrail.Accepted, err error) {
	var attempts []hookrail.AttemptRecord
	var failure *hookrail.Error
	switch {
	case err == nil:
		attempts = accepted.AttemptRecords
		span.SetAttributes(attribute.String("messaging.message.id", accepted.EventID))
	case errors.As(err, &failure):
		attempts = failure.AttemptRecords
		span.SetAttributes(
			attribute.String("error.type", failure.Last().Status.String()),
			attribute.String("hookrail.outcome", failure.Outcome.String()))
		span.SetStatus(codes.Error, failure.Message)
	default:
		span.SetStatus(codes.Error, err.Error())
	}
	for _, attempt := range attempts {
		_, child := tracer.Start(ctx, "attempt", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(attempt.Started))
		child.SetAttributes(
			attribute.Int("http.request.resend_count", attempt.Number-1),
			attribute.Bool("hookrail.new_connection", attempt.NewConnection))
		if attempt.HTTPStatus != 0 {
			child.SetAttributes(attribute.Int("http.response.status_code", attempt.HTTPStatus))
		}
		if attempt.RequestID != "" {
			child.SetAttributes(attribute.String("http.response.header.x-request-id", attempt.RequestID))
		}
		if attempt.Status != hookrail.StatusOK {
			child.SetAttributes(attribute.String("error.type", attempt.Status.String()))
			child.SetStatus(codes.Error, attempt.Message)
		}
		child.End(trace.WithTimestamp(attempt.Started.Add(attempt.Duration)))
	}
}
