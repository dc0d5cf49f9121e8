//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"fmt"
	"math"
	"time"
	"unsafe"
)

// emptyString is the target of pointers to empty arguments: to the library, NULL with length 0 means that the
// argument is absent.
var emptyString byte

// given passes a string without a copy; its pointer is never NULL. The callee must not keep it.
func given(s string) (*C.char, C.size_t) {
	if len(s) == 0 {
		return (*C.char)(unsafe.Pointer(&emptyString)), 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

// optional is like given, with NULL for a nil pointer.
func optional(s *string) (*C.char, C.size_t) {
	if s == nil {
		return nil, 0
	}
	return given(*s)
}

// givenBytes passes bytes without a copy; its pointer is never NULL. The callee must not keep it.
func givenBytes(b []byte) (*C.char, C.size_t) {
	if len(b) == 0 {
		return (*C.char)(unsafe.Pointer(&emptyString)), 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))), C.size_t(len(b))
}

// milliseconds rounds up, so that a short time does not become 0, which means none. It keeps the sign, so that the
// library can refuse negative times.
func milliseconds(d time.Duration) C.int64_t {
	ms := d / time.Millisecond
	if d%time.Millisecond > 0 {
		ms++
	} else if d < 0 && ms == 0 {
		ms = -1
	}
	return C.int64_t(ms)
}

// duration converts a count of units, and cuts it to the range of a Duration.
func duration(count int64, unit time.Duration) time.Duration {
	switch limit := math.MaxInt64 / int64(unit); {
	case count > limit:
		return math.MaxInt64
	case count < -limit:
		return math.MinInt64
	}
	return time.Duration(count) * unit
}

// copyBytes copies bytes out of the library's memory, of any length.
func copyBytes(p *C.char, n C.size_t) []byte {
	if p == nil {
		return nil
	}
	return append([]byte{}, unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))...)
}

// takeError copies an error of the library and frees it.
func takeError(status C.int32_t, handle *C.hookrail_error) *Error {
	if handle == nil {
		return &Error{Status: Status(status), Message: "the library gave no details"}
	}
	defer C.hookrail_error_free(handle)
	return copyError(handle)
}

func copyError(handle *C.hookrail_error) *Error {
	read := C.hkgo_read_error(handle)
	e := &Error{
		Status:     Status(read.status),
		Message:    string(copyBytes(read.message, read.message_len)),
		HTTPStatus: int(read.http_status),
		Problem: Problem{
			Type:   C.GoString(read.problem_type),
			Title:  C.GoString(read.problem_title),
			Detail: C.GoString(read.problem_detail),
		},
		Body:      copyBytes(read.body, read.body_len),
		Retryable: bool(read.retryable),
		Attempts:  int(read.attempts),
		AttemptRecords: copyRecords(read.records, func(i C.size_t, record *C.hookrail_attempt_record, size C.size_t) C.bool {
			return C.hookrail_error_attempt_record(handle, i, record, size)
		}),
		RequestID:      C.GoString(read.request_id),
		IdempotencyKey: C.GoString(read.idempotency_key),
		Outcome:        Outcome(read.outcome),
	}
	if read.retry_after_ms >= 0 {
		e.RetryAfter = duration(int64(read.retry_after_ms), time.Millisecond)
		e.HasRetryAfter = true
	}
	if read.cause != nil {
		e.Cause = copyError(read.cause)
	}
	return e
}

// abiError says why the loaded library does not fit this package; nil if it does.
var abiError = checkABI()

func checkABI() error {
	if loaded := C.hookrail_abi_version(); loaded != C.HOOKRAIL_ABI_VERSION {
		return &Error{
			Status: StatusConfiguration,
			Message: fmt.Sprintf("the loaded libhookrail %s has ABI %d, but this program was compiled for "+
				"ABI %d: install the matching library", LibraryVersion(), loaded, C.HOOKRAIL_ABI_VERSION),
		}
	}
	return nil
}

// LibraryVersion returns the version of the loaded C library, for example "0.1.0".
func LibraryVersion() string {
	return C.GoString(C.hookrail_version())
}

// readText reads a text from the library, whose length only the library knows.
func readText(
	write func(buffer *C.char, size C.size_t, needed *C.size_t, e **C.hookrail_error) C.hookrail_status,
) (string, error) {
	buffer := make([]byte, 1024)
	for {
		var needed C.size_t
		var failure *C.hookrail_error
		p, n := givenBytes(buffer)
		switch status := write(p, n, &needed, &failure); status {
		case C.HOOKRAIL_OK:
			return string(buffer[:needed-1]), nil
		case C.HOOKRAIL_BUFFER_TOO_SMALL:
			C.hookrail_error_free(failure)
			// Adds room, because counters may grow before the next call.
			buffer = make([]byte, needed+256)
		default:
			return "", takeError(C.int32_t(status), failure)
		}
	}
}
