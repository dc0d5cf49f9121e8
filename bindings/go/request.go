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

// Delivery is a delivery that verified.
type Delivery struct {
	Verification
	// ID is the delivery's ID, which the signature covers: the key to recognise a repeated delivery
	// by, also after days.
	ID string
	// EventID and Topic are headers that the signature does not cover, as little as the request's
	// method, path and query: who sees one delivery can send it again with others. Decide on what
	// the body says, or have a secret of its own for each path; do not dispatch on Topic alone.
	EventID string
	Topic   string
	// Body is the body as received.
	Body []byte
}

// VerifyRequest verifies a delivery as it arrives at an HTTP server. It reads the body, up to the
// verifier's limit, unless the headers alone show that it cannot verify, and puts it back: r.Body can
// be read again afterwards, whatever the verdict. While it reads, memory grows with what has arrived,
// not with what is announced.
//
// The headers are found however their names are spelled in r.Header (canonical, in lower case, with
// underscores), and a signature that arrived as a list, as behind gateways that split headers at
// commas, is joined.
//
// Besides the errors of [Verifier.Verify] there are [ErrSignatureMissing] for a request without the
// headers of a delivery, [ErrBodyTooLarge], and [ErrBodyIncomplete]: the body ended before its
// Content-Length, cannot be read, or something else has read it before. [errors.Is] finds the error
// of reading in it.
//
// A request without Content-Length, as with Transfer-Encoding: chunked, does not say how long its body is. If
// none of the body is left, the error is [ErrBodyIncomplete], since a delivery always has a body. If only a part
// was read before, what is left cannot be told from a forgery: the error is [ErrSignatureMismatch].
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
		// A delivery has a body: of one without, all was read before, or something has dropped it. The mismatch is not
		// below the error: one that matches both would be answered with either's status.
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

// saysLength tells whether the sender said how long the body is. Without Content-Length, net/http sets -1 for
// chunks and 0 for a request without a body.
func saysLength(r *http.Request) bool {
	return r.ContentLength > 0 || r.ContentLength == 0 && r.Header.Get("Content-Length") != ""
}

// readBody reads the body through the verification and leaves it in the request as if it had not.
func (v *Verifier) readBody(r *http.Request, verifier *BodyVerifier) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	limit := v.bodyLimit
	if limit == 0 || limit == math.MaxInt64 {
		// One byte more than the limit is read, which must be a number too.
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

// startLen is the room that a body is given before any of it has arrived. What a sender merely announces
// gets no more: the sender may be anybody.
const startLen = 4 << 10

// readAtMost reads to the end, or one byte more than limit, and hands everything on to the verification.
// announced is how much to expect, negative when unknown.
func readAtMost(r io.Reader, announced, limit int64, verifier *BodyVerifier) ([]byte, error) {
	room := int64(startLen)
	if announced >= 0 && announced < room {
		// One byte more, to notice the end without growing.
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

// restoredBody reads what was read before and closes what it was read from.
type restoredBody struct {
	io.Reader
	io.Closer
}
