//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"time"
	"unsafe"
)

// AttemptRecord describes one attempt of a call. [Accepted], [EventStatus] and [Error] have those of their call, the last
// 16 at most.
type AttemptRecord struct {
	// Number is 1 for the first attempt of the call.
	Number int
	// Status is StatusOK, or why the attempt failed.
	Status Status
	// HTTPStatus is the status of the answer; 0 if there was none.
	HTTPStatus int
	// NewConnection says that a connection was opened for the attempt.
	NewConnection bool
	// Started is when the attempt started, and SinceStart how long after the start of the call: after the Submit of a
	// submitted event.
	Started    time.Time
	SinceStart time.Duration
	// Duration is how long the attempt took. The parts of it are 0 if they did not take place.
	Duration time.Duration
	// Lookup is the time for looking the name up, Connect that for connecting (with a proxy's answer to CONNECT), and TLS
	// that for the handshake.
	Lookup, Connect, TLS time.Duration
	// Waiting is the time from the end of the request to the first byte of the answer, or to the end of the attempt.
	Waiting time.Duration
	// BytesSent and BytesReceived are counted without TLS.
	BytesSent, BytesReceived int64
	// Message is the error's message; "" if the attempt succeeded.
	Message string
	// RequestID is the id that the service, or a gateway before it, gave the request; "" if the answer had none.
	RequestID string
}

// AttemptRecords returns the records of the result; nil until it is available.
func (s *Submission) AttemptRecords() []AttemptRecord {
	select {
	case <-s.done:
		return attemptRecordsOf(s.accepted, s.err)
	default:
		return nil
	}
}

func attemptRecordsOf(accepted *Accepted, err error) []AttemptRecord {
	if e, ok := err.(*Error); ok {
		return e.AttemptRecords
	}
	if accepted == nil {
		return nil
	}
	return accepted.AttemptRecords
}

// copyRecords copies the records of a handle. The first one was read together with their number.
func copyRecords(
	read C.hkgo_records, get func(C.size_t, *C.hookrail_attempt_record, C.size_t) C.bool,
) []AttemptRecord {
	if read.count == 0 {
		return nil
	}
	records := make([]AttemptRecord, read.count)
	records[0] = copyRecord(&read.first)
	for i := 1; i < len(records); i++ {
		var record C.hookrail_attempt_record
		get(C.size_t(i), &record, C.size_t(unsafe.Sizeof(record)))
		records[i] = copyRecord(&record)
	}
	return records
}

func copyRecord(read *C.hookrail_attempt_record) AttemptRecord {
	return AttemptRecord{
		Number:        int(read.number),
		Status:        Status(read.status),
		HTTPStatus:    int(read.http_status),
		NewConnection: read.new_connection != 0,
		Started:       time.UnixMicro(int64(read.started_unix_us)),
		SinceStart:    duration(int64(read.started_us), time.Microsecond),
		Duration:      duration(int64(read.duration_us), time.Microsecond),
		Lookup:        duration(int64(read.lookup_us), time.Microsecond),
		Connect:       duration(int64(read.connect_us), time.Microsecond),
		TLS:           duration(int64(read.tls_us), time.Microsecond),
		Waiting:       duration(int64(read.waiting_us), time.Microsecond),
		BytesSent:     int64(read.bytes_sent),
		BytesReceived: int64(read.bytes_received),
		Message:       C.GoString(read.message),
		RequestID:     C.GoString(read.request_id),
	}
}
