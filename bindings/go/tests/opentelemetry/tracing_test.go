package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

var exporter = tracetest.NewInMemoryExporter()

func TestMain(m *testing.M) {
	otel.SetTracerProvider(sdk.NewTracerProvider(sdk.WithSyncer(exporter)))
	os.Exit(m.Run())
}

func startService(t *testing.T, opts ...hookrail.Option) (*hookrailtest.Server, *hookrail.Client) {
	t.Helper()
	exporter.Reset()
	server := hookrailtest.NewServer()
	t.Cleanup(server.Close)
	client, err := server.NewClient(append([]hookrail.Option{hookrail.WithMaxRetries(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return server, client
}

// root starts the span of the request in which the program sends.
func root() (context.Context, trace.Span) {
	return otel.Tracer("test").Start(context.Background(), "request")
}

// attributesOf returns the attributes of a span as texts.
func attributesOf(span tracetest.SpanStub) map[string]string {
	attributes := make(map[string]string)
	for _, attribute := range span.Attributes {
		attributes[string(attribute.Key)] = attribute.Value.Emit()
	}
	return attributes
}

func expect(t *testing.T, attributes map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if attributes[name] != value {
			t.Errorf("%s is %q, want %q", name, attributes[name], value)
		}
	}
}

func TestSpansOfASend(t *testing.T) {
	server, client := startService(t)
	server.Answer(hookrailtest.Answer{Status: 503, Header: http.Header{"X-Request-Id": {"r1"}}, Delay: 10 * time.Millisecond})
	ctx, request := root()
	accepted, err := SendEvent(ctx, client, "order.paid", 1)
	request.End()
	if err != nil {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 4 {
		t.Fatalf("there are %d spans", len(spans))
	}
	first, second, send := spans[0], spans[1], spans[2]
	if send.Name != "send order.paid" || send.SpanKind != trace.SpanKindProducer || send.Status.Code != codes.Unset ||
		send.Parent.SpanID() != request.SpanContext().SpanID() {
		t.Errorf("got %+v", send)
	}
	expect(t, attributesOf(send), map[string]string{
		"messaging.system": "hookrail", "messaging.destination.name": "order.paid", "messaging.message.id": accepted.EventID,
	})
	for _, attempt := range []tracetest.SpanStub{first, second} {
		if attempt.Name != "attempt" || attempt.SpanKind != trace.SpanKindClient || attempt.Parent.SpanID() != send.SpanContext.SpanID() ||
			// The records have the wall clock, in microseconds.
			attempt.StartTime.Before(send.StartTime.Add(-time.Millisecond)) || attempt.EndTime.After(send.EndTime.Add(time.Millisecond)) {
			t.Errorf("got %+v", attempt)
		}
	}
	expect(t, attributesOf(first), map[string]string{
		"http.request.resend_count": "0", "http.response.status_code": "503", "error.type": "server_error",
		"http.response.header.x-request-id": "r1", "hookrail.new_connection": "true",
	})
	expect(t, attributesOf(second), map[string]string{
		"http.request.resend_count": "1", "http.response.status_code": "202", "error.type": "", "hookrail.new_connection": "false",
	})
	if first.Status.Code != codes.Error || !strings.Contains(first.Status.Description, "503") || second.Status.Code != codes.Unset {
		t.Errorf("the attempts have %+v and %+v", first.Status, second.Status)
	}
	if took := first.EndTime.Sub(first.StartTime); took < 10*time.Millisecond || second.StartTime.Before(first.EndTime) {
		t.Errorf("the first attempt took %v, the second began at %v after %v", took, second.StartTime, first.EndTime)
	}
	parent := fmt.Sprintf("00-%s-%s-01", send.SpanContext.TraceID(), send.SpanContext.SpanID())
	if got := server.Events()[0].Header.Get("Traceparent"); got != parent {
		t.Errorf("the service got the traceparent %q, want %q", got, parent)
	}
}

func TestSpansOfAFailedSend(t *testing.T) {
	server, client := startService(t)
	server.Answer(hookrailtest.Answer{Status: 429, Times: 2})
	ctx, request := root()
	_, err := SendEvent(ctx, client, "order.paid", 1)
	request.End()
	if !errors.Is(err, hookrail.ErrRateLimited) {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 4 || spans[2].Status.Code != codes.Error {
		t.Fatalf("got %+v", spans)
	}
	expect(t, attributesOf(spans[2]), map[string]string{"error.type": "rate_limited", "hookrail.outcome": "rejected"})

	exporter.Reset()
	if _, err := SendEvent(context.Background(), client, "", 1); err == nil {
		t.Error("no error")
	}
	recorder := hookrailtest.NewRecorder()
	recorder.Fail(errors.New("a fake's error"))
	if _, err := SendEvent(context.Background(), recorder, "t", 1); err == nil {
		t.Error("no error")
	}
	if spans := exporter.GetSpans(); len(spans) != 2 || spans[0].Status.Code != codes.Error || spans[1].Status.Code != codes.Error {
		t.Errorf("without an attempt: got %+v", spans)
	}
}

func TestSpansOfSubmittedEvents(t *testing.T) {
	server, client := startService(t)
	server.Answer(hookrailtest.Answer{Status: 403})
	results, ended := make(chan *hookrail.Submission), make(chan struct{})
	go func() {
		EndSpans(results)
		close(ended)
	}()
	ctx, request := root()
	for i := 0; i < 2; i++ {
		if _, err := Submit(ctx, client, "order.paid", i, results, hookrail.WithOrderingKey("k")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Submit(ctx, client, "", 1, results); err == nil {
		t.Error("no error")
	}
	request.End()
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	close(results)
	<-ended
	sends := make(map[codes.Code][]tracetest.SpanStub)
	attempts := 0
	for _, span := range exporter.GetSpans() {
		if span.SpanContext.TraceID() != request.SpanContext().TraceID() {
			t.Errorf("another trace: %+v", span)
		}
		switch span.Name {
		case "attempt":
			attempts++
		case "send order.paid":
			sends[span.Status.Code] = append(sends[span.Status.Code], span)
		}
	}
	if attempts != 2 || len(sends[codes.Error]) != 1 || len(sends[codes.Unset]) != 1 {
		t.Fatalf("there are %d attempts and the sends %+v", attempts, sends)
	}
	recorded := server.Events()[0]
	expect(t, attributesOf(sends[codes.Unset][0]), map[string]string{"messaging.message.id": recorded.ID})
	if got := recorded.Header.Get("Traceparent"); !strings.Contains(got, sends[codes.Unset][0].SpanContext.SpanID().String()) {
		t.Errorf("the service got the traceparent %q", got)
	}
}
