//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Stats are the counters of a client since it was made. All of them only grow.
type Stats struct {
	Requests          uint64 `json:"requests"`
	Attempts          uint64 `json:"attempts"`
	Successes         uint64 `json:"successes"`
	Replays           uint64 `json:"replays"`
	ConnectionsOpened uint64 `json:"connections_opened"`
	ConnectionsReused uint64 `json:"connections_reused"`
	BytesSent         uint64 `json:"bytes_sent"`
	BytesReceived     uint64 `json:"bytes_received"`
	// AttemptDuration counts the attempts by their durations.
	AttemptDuration DurationCounts `json:"attempt_duration"`
	// Retries counts repeated attempts by the status of the failure, Failures counts failed calls by
	// their status.
	Retries  map[string]uint64 `json:"retries"`
	Failures map[string]uint64 `json:"failures"`
}

// Stats returns the client's counters.
func (c *Client) Stats() (Stats, error) {
	var stats Stats
	handle, err := c.acquire(OutcomeNone)
	if err != nil {
		return stats, err
	}
	defer c.release()
	text, err := readText(func(buffer *C.char, size C.size_t, needed *C.size_t, e **C.hookrail_error) C.hookrail_status {
		return C.hookrail_client_stats(handle, buffer, size, needed, e)
	})
	if err != nil {
		return stats, err
	}
	if err := json.Unmarshal([]byte(text), &stats); err != nil {
		return stats, &Error{Status: StatusInternal, Message: "the counters are not JSON: " + err.Error(), below: err}
	}
	return stats, nil
}

// DurationCounts is a histogram of durations, as Prometheus has them.
type DurationCounts struct {
	// Buckets are ordered by their limits.
	Buckets []DurationBucket
	// Sum is the sum of all durations, Count their number.
	Sum   time.Duration
	Count uint64
}

// DurationBucket counts the durations that are not over a limit, also those of the buckets before.
type DurationBucket struct {
	Limit time.Duration
	Count uint64
}

// durationCounts is the form of DurationCounts in JSON: pairs of limits and counts, and seconds.
type durationCounts struct {
	Buckets [][2]float64 `json:"buckets"`
	Sum     float64      `json:"sum"`
	Count   uint64       `json:"count"`
}

// UnmarshalJSON reads the library's form.
func (d *DurationCounts) UnmarshalJSON(text []byte) error {
	var read durationCounts
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*d = DurationCounts{Sum: seconds(read.Sum), Count: read.Count}
	for _, bucket := range read.Buckets {
		d.Buckets = append(d.Buckets, DurationBucket{seconds(bucket[0]), uint64(bucket[1])})
	}
	return nil
}

// MarshalJSON writes the library's form.
func (d DurationCounts) MarshalJSON() ([]byte, error) {
	written := durationCounts{Buckets: [][2]float64{}, Sum: d.Sum.Seconds(), Count: d.Count}
	for _, bucket := range d.Buckets {
		written.Buckets = append(written.Buckets, [2]float64{bucket.Limit.Seconds(), float64(bucket.Count)})
	}
	return json.Marshal(written)
}

func seconds(s float64) time.Duration {
	return time.Duration(s*1e6+0.5) * time.Microsecond
}

// Metrics returns the client's counters and the state of its queue in the text format of Prometheus, version 0.0.4.
func (c *Client) Metrics() (string, error) {
	handle, err := c.acquire(OutcomeNone)
	if err != nil {
		return "", err
	}
	defer c.release()
	return readText(func(buffer *C.char, size C.size_t, needed *C.size_t, e **C.hookrail_error) C.hookrail_status {
		return C.hookrail_client_metrics(handle, buffer, size, needed, e)
	})
}

// MetricsHandler returns a handler for Prometheus, which answers with the text of [Client.Metrics], and with 503 once the
// client is closed. Each client needs a path of its own, because their metrics have the same names.
func (c *Client) MetricsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := c.Metrics()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		// An error is that of a client that has gone away.
		_, _ = io.WriteString(w, text)
	})
}
