//go:build cgo

package hookrail

import (
	"bytes"
	"context"
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
	// EventID and Topic are headers that the signature does not cover: do not take decisions on them
	// that the body does not bear out.
	EventID string
	Topic   string
	// Body is the body as received.
	Body []byte
}

// VerifyRequest verifies a delivery as it arrives at an HTTP server. It reads the body, up to the
// verifier's limit, unless the headers alone show that it cannot verify, and puts it back: r.Body can
// be read again afterwards, whatever the verdict.
//
// Besides the errors of [Verifier.Verify] there are [ErrSignatureMissing] for a request without the
// headers of a delivery, [ErrBodyTooLarge], and those of reading the body.
func (v *Verifier) VerifyRequest(r *http.Request) (*Delivery, error) {
	signature, err := soleHeader(r.Header, HeaderSignature)
	if err != nil {
		return nil, err
	}
	id, err := soleHeader(r.Header, HeaderDeliveryID)
	if err != nil {
		return nil, err
	}
	verifier, err := v.Begin(signature, id)
	if err != nil {
		return nil, err
	}
	body, err := v.readBody(r)
	if err != nil {
		return nil, err
	}
	if _, err := verifier.Write(body); err != nil {
		return nil, err
	}
	verification, err := verifier.Finish()
	if err != nil {
		return nil, err
	}
	return &Delivery{
		Verification: verification,
		ID:           id,
		EventID:      r.Header.Get(HeaderEventID),
		Topic:        r.Header.Get(HeaderTopic),
		Body:         body,
	}, nil
}

// soleHeader returns the value of a header that must be there once: of two, which one would count?
func soleHeader(h http.Header, name string) (string, error) {
	switch values := h.Values(name); len(values) {
	case 0:
		return "", &Error{Status: StatusSignatureMissing, Message: "the request has no " + name + " header"}
	case 1:
		return values[0], nil
	default:
		return "", &Error{Status: StatusSignatureMalformed, Message: "the request has more than one " + name + " header"}
	}
}

// readBody reads the body and leaves it in the request as if it had not.
func (v *Verifier) readBody(r *http.Request) ([]byte, error) {
	limit := v.bodyLimit
	if limit == 0 || limit == math.MaxInt64 {
		// One byte more than the limit is read, which must be a number too.
		limit = math.MaxInt64 - 1
	}
	if r.ContentLength > limit {
		return nil, v.tooLarge()
	}
	if r.Body == nil {
		return nil, nil
	}
	original := r.Body
	body, err := readAtMost(original, r.ContentLength, limit)
	r.Body = restoredBody{bytes.NewReader(body), original}
	if errors.Is(err, errLimit) {
		r.Body = restoredBody{io.MultiReader(bytes.NewReader(body), original), original}
		return nil, v.tooLarge()
	}
	var lowerLimit *http.MaxBytesError
	if errors.As(err, &lowerLimit) {
		e := v.tooLarge()
		e.below = err
		return nil, e
	}
	if err != nil {
		return nil, &Error{Status: StatusInvalidArgument, Message: "the body cannot be read: " + err.Error(), below: err}
	}
	return body, nil
}

var errLimit = errors.New("over the limit")

// readAtMost reads to the end, or one byte more than limit and then gives errLimit. announced is how
// much to expect, negative when unknown.
func readAtMost(r io.Reader, announced, limit int64) ([]byte, error) {
	var buffer bytes.Buffer
	if announced > 0 && announced <= DefaultBodyLimit {
		// What a sender merely announces does not get more memory. bytes.Buffer wants room to spare in order to notice the end without growing.
		buffer.Grow(int(announced) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = errLimit
	}
	return buffer.Bytes(), err
}

// restoredBody reads what was read before and closes what it was read from.
type restoredBody struct {
	io.Reader
	io.Closer
}

func (v *Verifier) tooLarge() *Error {
	message := fmt.Sprintf("the body is larger than the limit of %d bytes", v.bodyLimit)
	return &Error{Status: StatusBodyTooLarge, Message: message}
}

type deliveryKey struct{}

// DeliveryFromContext returns the delivery that [Verifier.Middleware] verified.
func DeliveryFromContext(ctx context.Context) (*Delivery, bool) {
	delivery, ok := ctx.Value(deliveryKey{}).(*Delivery)
	return delivery, ok
}

// Middleware lets only verified deliveries through to next, with the [Delivery] in the request's
// context (see [DeliveryFromContext]) and the body unread.
//
// What it turns away gets an answer that says nothing of the reason: 400 for a request that is no
// delivery or does not arrive in full, 413 for a body over the limit, 401 for everything that does not
// verify.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, err := v.VerifyRequest(r)
		if err != nil {
			v.onReject(r, err)
			code := rejection(err)
			http.Error(w, http.StatusText(code), code)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deliveryKey{}, delivery)))
	})
}

func rejection(err error) int {
	switch {
	case errors.Is(err, ErrBodyTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrSignatureMissing), errors.Is(err, ErrInvalidArgument):
		return http.StatusBadRequest
	case errors.Is(err, ErrInternal):
		return http.StatusInternalServerError
	}
	return http.StatusUnauthorized
}
