//go:build cgo

package hookrail

// #include <hookrail.h>
import "C"

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
)

// Delivery is a verified delivery.
type Delivery struct {
	Verification
	// ID is the delivery's ID, which the signature covers. Recognise repeated deliveries by it, even
	// after days.
	ID string
	// EventID and Topic are headers that the signature does not cover; neither does it cover the request's
	// method, path and query. Somebody who has seen one delivery can send it again with others. Decide by
	// the content of the body, or use a different secret for each path; do not dispatch on Topic alone.
	EventID string
	Topic   string
	// Body is the body as received.
	Body []byte
}

// VerifyRequest verifies a delivery that arrives at an HTTP server. It reads the body, up to the verifier's limit,
// unless the headers alone show that it cannot verify. It puts the body back: r.Body can be read again afterwards,
// whether it verifies or not. The memory that it uses grows with the bytes that have arrived, not with the announced
// length.
//
// It finds the headers in any spelling in r.Header (canonical, in lower case, with underscores), and joins a
// signature that arrived as a list, as behind gateways that split headers at commas.
//
// Besides the errors of [Verifier.Verify] there are [ErrSignatureMissing] for a request without the
// headers of a delivery, [ErrBodyTooLarge], and [ErrBodyIncomplete]: the body ended before its
// Content-Length, cannot be read, or something else has read it before. An error of reading is wrapped in it.
//
// A request without Content-Length, as with Transfer-Encoding: chunked, does not announce the length of its body. If
// none of the body is left, the error is [ErrBodyIncomplete], because a delivery always has a body. If only a part
// was read before, the rest looks like a forgery: the error is [ErrSignatureMismatch].
func (v *Verifier) VerifyRequest(r *http.Request) (*Delivery, error) {
	signature, err := signatureHeader(r.Header)
	if err != nil {
		return nil, err
	}
	id, err := soleHeader(r.Header, HeaderDeliveryID)
	if err != nil {
		return nil, err
	}
	handle, err := v.beginNative(signature, id, v.bodyLimit, C.HOOKRAIL_NOW)
	if err != nil {
		return nil, err
	}
	verifier := &BodyVerifier{handle}
	defer verifier.free()
	if err := verifier.SetContentLength(r.ContentLength); err != nil {
		return nil, err
	}
	body, err := v.readBody(r, verifier)
	if err != nil {
		return nil, err
	}
	verification, err := verifier.Finish()
	if len(body) == 0 && !saysLength(r) && errors.Is(err, ErrSignatureMismatch) {
		// Every delivery has a body: if it is empty, something has read or dropped it before. The error does not
		// wrap the mismatch, because the status of its answer must be unambiguous.
		const message = "the request has neither a Content-Length nor a body; something read or dropped the body before it was verified"
		return nil, &Error{Status: StatusBodyIncomplete, Message: message}
	}
	if err != nil {
		return nil, err
	}
	return &Delivery{
		Verification: verification,
		ID:           id,
		EventID:      firstHeader(r.Header, HeaderEventID),
		Topic:        firstHeader(r.Header, HeaderTopic),
		Body:         body,
	}, nil
}

// saysLength reports whether the sender announced the body's length. Without Content-Length, net/http sets -1 for
// chunks and 0 for a request without a body.
func saysLength(r *http.Request) bool {
	return r.ContentLength > 0 || r.ContentLength == 0 && r.Header.Get("Content-Length") != ""
}

// readBody passes the body to the verification and leaves it unread in the request.
func (v *Verifier) readBody(r *http.Request, verifier *BodyVerifier) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	limit := v.bodyLimit
	if limit == 0 || limit == math.MaxInt64 {
		// readAtMost reads one byte more than the limit, which must not overflow.
		limit = math.MaxInt64 - 1
	}
	original := r.Body
	body, err := readAtMost(original, r.ContentLength, limit, verifier)
	r.Body = restoredBody{bytes.NewReader(body), original}
	if errors.Is(err, ErrBodyTooLarge) {
		r.Body = restoredBody{io.MultiReader(bytes.NewReader(body), original), original}
		return nil, err
	}
	var lowerLimit *http.MaxBytesError
	if errors.As(err, &lowerLimit) {
		message := fmt.Sprintf("the body is larger than the limit of %d bytes", lowerLimit.Limit)
		return nil, &Error{Status: StatusBodyTooLarge, Message: message, below: err}
	}
	if err != nil {
		message := fmt.Sprintf("the body cannot be read beyond its first %d bytes: %v", len(body), err)
		return nil, &Error{Status: StatusBodyIncomplete, Message: message, below: err}
	}
	return body, nil
}

// startLen is the largest buffer that is allocated before any of the body has arrived. The announced length cannot
// be trusted: the sender may be an attacker.
const startLen = 4 << 10

// readAtMost reads to the end, or one byte more than limit, and passes everything to the verification. announced is
// the expected length, negative if unknown.
func readAtMost(r io.Reader, announced, limit int64, verifier *BodyVerifier) ([]byte, error) {
	room := int64(startLen)
	if announced >= 0 && announced < room {
		// One byte more, to notice the end without growing the buffer.
		room = announced + 1
	}
	body := make([]byte, 0, room)
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		space := body[len(body):cap(body)]
		if len(space) > pieceLen {
			space = space[:pieceLen]
		}
		if rest := limit + 1 - int64(len(body)); int64(len(space)) > rest {
			space = space[:rest]
		}
		n, err := r.Read(space)
		body = body[:len(body)+n]
		if _, refused := verifier.Write(space[:n]); refused != nil {
			return body, refused
		}
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return body, err
		}
	}
}

// restoredBody reads a copy of the body and closes the original.
type restoredBody struct {
	io.Reader
	io.Closer
}
