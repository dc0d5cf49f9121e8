//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"runtime"
	"time"
)

// BodyVerifier is a verification of a body that arrives in pieces, which are written to it as to any [io.Writer].
// Do not act on any part of the body before [BodyVerifier.Finish] has returned no error.
//
// It is for one goroutine at a time.
type BodyVerifier struct {
	handle *C.hookrail_verification
}

// Begin judges header, delivery ID and timestamp at once, so that the body of a delivery that cannot verify need not
// be read. The verification accepts bodies of up to the verifier's limit (see [WithBodyLimit]).
func (v *Verifier) Begin(header, deliveryID string) (*BodyVerifier, error) {
	return v.begin(header, deliveryID, C.HOOKRAIL_NOW)
}

// BeginAt is like [Verifier.Begin], but judges by the given time.
func (v *Verifier) BeginAt(header, deliveryID string, now time.Time) (*BodyVerifier, error) {
	seconds, err := unixSeconds(now)
	if err != nil {
		return nil, err
	}
	return v.begin(header, deliveryID, seconds)
}

func (v *Verifier) begin(header, deliveryID string, now C.int64_t) (*BodyVerifier, error) {
	handle, err := v.beginNative(header, deliveryID, v.bodyLimit, now)
	if err != nil {
		return nil, err
	}
	b := &BodyVerifier{handle}
	runtime.SetFinalizer(b, (*BodyVerifier).free)
	return b, nil
}

// beginNative makes a handle, which the caller has to free.
func (v *Verifier) beginNative(header, deliveryID string, bodyLimit int64, now C.int64_t) (*C.hookrail_verification, error) {
	h, hn := given(header)
	d, dn := given(deliveryID)
	result := C.hkgo_begin(v.handle, h, hn, d, dn, C.uint64_t(bodyLimit), now)
	runtime.KeepAlive(v)
	if result.status != C.HOOKRAIL_OK {
		return nil, takeError(result.status, result.error)
	}
	return (*C.hookrail_verification)(result.value), nil
}

// pieceLen is a length whose MAC takes a few microseconds. If a thread spends more than 20 of them in C, the runtime
// takes its processor away and wakes another thread.
const pieceLen = 16 << 10

// verifyInPieces has the same result as verify, without keeping a thread in C for the whole of a long body.
func (v *Verifier) verifyInPieces(header, deliveryID string, body []byte, now C.int64_t) (Verification, error) {
	handle, err := v.beginNative(header, deliveryID, 0, now)
	if err != nil {
		return Verification{}, err
	}
	b := BodyVerifier{handle}
	defer b.free()
	for len(body) > 0 {
		n := len(body)
		if n > pieceLen {
			n = pieceLen
		}
		if _, err := b.Write(body[:n]); err != nil {
			return Verification{}, err
		}
		body = body[n:]
	}
	return b.Finish()
}

// free frees the handle. Only the owner calls it: the finalizer that begin sets, or the caller of beginNative.
func (b *BodyVerifier) free() {
	C.hookrail_verification_free(b.handle)
}

// SetContentLength sets the body's length by the request's Content-Length; negative for unknown, as in
// [net/http.Request]. If a shorter body does not verify, the error is then [ErrBodyIncomplete] instead of a mismatch.
// If the length is unknown, a partly read body looks like a forgery, and is a mismatch. The error matches
// [ErrBodyTooLarge] if the length is over the limit.
func (b *BodyVerifier) SetContentLength(length int64) error {
	if length < 0 {
		return nil
	}
	result := C.hkgo_set_content_length(b.handle, C.uint64_t(length))
	runtime.KeepAlive(b)
	if result.status != C.HOOKRAIL_OK {
		return takeError(result.status, result.error)
	}
	return nil
}

// Write takes the next piece of the body. Its error matches [ErrBodyTooLarge] as soon as the body is over the limit.
func (b *BodyVerifier) Write(piece []byte) (int, error) {
	p, n := givenBytes(piece)
	result := C.hkgo_update(b.handle, p, n)
	runtime.KeepAlive(b)
	if result.status != C.HOOKRAIL_OK {
		return 0, takeError(result.status, result.error)
	}
	return len(piece), nil
}

// Finish ends the verification after the last piece of the body. It can be called once.
//
// Besides the errors of [Verifier.Verify] there are [ErrBodyIncomplete] (see
// [BodyVerifier.SetContentLength]) and [ErrBodyTooLarge].
func (b *BodyVerifier) Finish() (Verification, error) {
	verified := C.hkgo_finish(b.handle)
	runtime.KeepAlive(b)
	return takeVerification(verified)
}
