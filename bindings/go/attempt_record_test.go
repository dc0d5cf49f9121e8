package hookrail_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
)

// fake starts a server with scripted answers and a client that makes three attempts.
func fake(t *testing.T, opts ...hookrail.Option) (*hookrailtest.Server, *hookrail.Client) {
	t.Helper()
	server := hookrailtest.NewServer()
	t.Cleanup(server.Close)
	client, err := server.NewClient(append([]hookrail.Option{hookrail.WithMaxRetries(2)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return server, client
}

func TestRecordsOfARetriedCall(t *testing.T) {
	server, client := fake(t)
	begun := time.Now().Truncate(time.Microsecond)
	server.Answer(
		hookrailtest.Answer{Status: 503, Body: "busy", Header: http.Header{"X-Request-Id": {"r1"}}},
		hookrailtest.Answer{Delay: 20 * time.Millisecond, Fault: hookrailtest.CutOff},
	)
	accepted, err := client.SendEvent(background, "t", 1)
	if err != nil {
		t.Fatal(err)
	}
	records := accepted.AttemptRecords
	if len(records) != 3 || accepted.RequestID != "" {
		t.Fatalf("got %+v, request ID %q", records, accepted.RequestID)
	}
	var got []string
	for i, r := range records {
		got = append(got, fmt.Sprint(r.Number, r.Status, r.HTTPStatus, r.NewConnection, r.RequestID, r.Message != ""))
		if i > 0 && (r.Started.Before(records[i-1].Started) || r.SinceStart < records[i-1].SinceStart+records[i-1].Duration) {
			t.Errorf("attempt %d begins before the end of the one before: %+v", i+1, records)
		}
		if r.Started.Before(begun.Add(-time.Second)) || r.Started.After(time.Now().Add(time.Second)) || r.Duration <= 0 ||
			r.Lookup+r.Connect+r.TLS+r.Waiting > r.Duration || r.BytesSent == 0 || r.BytesReceived == 0 {
			t.Errorf("got %+v", r)
		}
	}
	want := []string{
		fmt.Sprint(1, hookrail.StatusServerError, 503, true, "r1", true),
		// net/http keeps the connection after the 503.
		fmt.Sprint(2, hookrail.StatusConnection, 0, false, "", true),
		fmt.Sprint(3, hookrail.StatusOK, 202, true, "", false),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if waited := records[1].Waiting; waited < 20*time.Millisecond {
		t.Errorf("the delayed attempt waited for %v", waited)
	}
	if records[0].Connect == 0 || records[0].TLS != 0 {
		t.Errorf("got %+v", records[0])
	}
}

func TestRecordsOfErrorsSubmissionsAndStatuses(t *testing.T) {
	server, client := fake(t)
	failing := hookrailtest.Answer{Status: 503, Header: http.Header{"X-Request-Id": {"r2"}}, Times: 3}
	server.Answer(failing)
	_, err := client.SendEvent(background, "t", 1)
	e := asError(t, err)
	if len(e.AttemptRecords) != 3 || e.RequestID != "r2" || e.AttemptRecords[2].RequestID != "r2" ||
		e.AttemptRecords[2].Status != hookrail.StatusServerError || len(e.Last().AttemptRecords) != 0 {
		t.Errorf("got %+v", e)
	}
	server.Answer(hookrailtest.Answer{Status: 403, Header: http.Header{"X-Request-Id": {"r3"}}})
	submission := submit(t, client, 2, nil)
	<-submission.Done()
	if records := submission.AttemptRecords(); len(records) != 1 || records[0].RequestID != "r3" {
		t.Errorf("a failed submission: got %+v", records)
	}
	submission = submit(t, client, 3, nil)
	accepted, err := submission.Wait(background)
	if err != nil {
		t.Fatal(err)
	}
	if records := submission.AttemptRecords(); len(records) != 1 || records[0].HTTPStatus != 202 {
		t.Errorf("a submission: got %+v", records)
	}
	status, err := client.GetEvent(background, accepted.EventID)
	if err != nil || len(status.AttemptRecords) != 1 || status.AttemptRecords[0].HTTPStatus != 200 {
		t.Errorf("a status: got %+v, %v", status, err)
	}
	if _, err := client.SendEvent(background, "", 1); asError(t, err).AttemptRecords != nil {
		t.Errorf("without an attempt: got %+v", asError(t, err))
	}
	if records := hookrail.FinishedSubmission("t", nil, io.EOF).AttemptRecords(); records != nil {
		t.Errorf("a fake submission: got %+v", records)
	}
}

// More attempts than records are kept: the last ones count.
func TestOnlyTheLastRecordsAreKept(t *testing.T) {
	server, client := fake(t, hookrail.WithMaxRetries(19))
	server.Answer(hookrailtest.Answer{Status: 503, Times: 19})
	accepted, err := client.SendEvent(background, "t", 1)
	if err != nil {
		t.Fatal(err)
	}
	records := accepted.AttemptRecords
	if len(records) != 16 || records[0].Number != 5 || records[15].Number != 20 || records[15].Status != hookrail.StatusOK {
		t.Errorf("got %d records: %+v", len(records), records)
	}
}

func TestMetricsForPrometheus(t *testing.T) {
	server, client := fake(t)
	server.Answer(hookrailtest.Answer{Status: 503})
	if _, err := client.SendEvent(background, "t", 1); err != nil {
		t.Fatal(err)
	}
	stats, err := client.Stats()
	if err != nil {
		t.Fatal(err)
	}
	d := stats.AttemptDuration
	if d.Count != 2 || d.Sum <= 0 || len(d.Buckets) < 10 || d.Buckets[0].Limit != time.Millisecond {
		t.Errorf("got %+v", d)
	}
	for i, bucket := range d.Buckets {
		if i > 0 && (bucket.Limit <= d.Buckets[i-1].Limit || bucket.Count < d.Buckets[i-1].Count) || bucket.Count > d.Count {
			t.Errorf("bucket %d of %+v is not cumulative", i, d)
		}
	}
	answer := httptest.NewRecorder()
	client.MetricsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := client.Metrics()
	if err != nil || answer.Body.String() != text {
		t.Errorf("the handler answers %q, the text is %q, %v", answer.Body, text, err)
	}
	if got := answer.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("the type is %q", got)
	}
	for _, line := range []string{
		"hookrail_client_requests_total 1\n", "hookrail_client_attempts_total 2\n",
		"hookrail_client_attempt_duration_seconds_count 2\n", `hookrail_client_attempt_duration_seconds_bucket{le="+Inf"} 2` + "\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing in\n%s", line, text)
		}
	}
	client.Close()
	answer = httptest.NewRecorder()
	client.MetricsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if _, err := client.Metrics(); !errors.Is(err, hookrail.ErrClosed) || answer.Code != http.StatusServiceUnavailable {
		t.Errorf("a closed client: got %v, %d", err, answer.Code)
	}
}

// The counters keep their form when a program passes them on as JSON.
func TestStatsKeepTheirFormInJSON(t *testing.T) {
	counts := hookrail.DurationCounts{
		Buckets: []hookrail.DurationBucket{{Limit: 2500 * time.Microsecond, Count: 1}, {Limit: 30 * time.Second, Count: 2}},
		Sum:     1234567 * time.Microsecond, Count: 3,
	}
	text, err := counts.MarshalJSON()
	if want := `{"buckets":[[0.0025,1],[30,2]],"sum":1.234567,"count":3}`; string(text) != want || err != nil {
		t.Errorf("got %s, %v", text, err)
	}
	var read hookrail.DurationCounts
	if err := read.UnmarshalJSON(text); err != nil || fmt.Sprint(read) != fmt.Sprint(counts) {
		t.Errorf("got %+v, %v", read, err)
	}
	if err := read.UnmarshalJSON([]byte(`{"buckets":1}`)); err == nil {
		t.Error("a wrong form was accepted")
	}
}
