//go:build cgo

package hookrail

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

type deliveryKey struct{}

// DeliveryFromContext returns the delivery that [Verifier.Middleware] verified.
func DeliveryFromContext(ctx context.Context) (*Delivery, bool) {
	delivery, ok := ctx.Value(deliveryKey{}).(*Delivery)
	return delivery, ok
}

// Middleware lets only verified deliveries through to next, with the [Delivery] in the request's
// context (see [DeliveryFromContext]) and the body unread.
//
// What it turns away gets an answer that says nothing of the reason:
//
//   - 405 for another method than POST (see [WithMethods])
//   - 400 for a request that is no delivery
//   - 408 for one that does not arrive in full, upon which the service sends it again
//   - 413 for a body over the limit (see [WithBodyLimit])
//   - 401 for everything that does not verify; for a mismatch and a stale time see [WithMismatchStatus]
//
// The service gives a delivery up at its first 400, 401, 405 or 413, and on an ordered subscription holds
// back those that follow.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	allow := strings.Join(v.methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, err := v.verifyMethodAndRequest(r)
		if err != nil {
			v.onReject(r, err)
			code := v.rejection(err)
			if code == http.StatusMethodNotAllowed {
				w.Header().Set("Allow", allow)
			}
			http.Error(w, http.StatusText(code), code)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deliveryKey{}, delivery)))
	})
}

// errMethod is below the error for a method that is not accepted.
var errMethod = errors.New("method not allowed")

func (v *Verifier) verifyMethodAndRequest(r *http.Request) (*Delivery, error) {
	for _, method := range v.methods {
		if r.Method == method {
			return v.VerifyRequest(r)
		}
	}
	message := fmt.Sprintf("the method is %q; accepted are: %s", r.Method, strings.Join(v.methods, ", "))
	return nil, &Error{Status: StatusInvalidArgument, Message: message, below: errMethod}
}

// rejection is the status of the answer to a request that is turned away.
func (v *Verifier) rejection(err error) int {
	switch {
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrBodyTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBodyIncomplete):
		return http.StatusRequestTimeout
	case errors.Is(err, ErrSignatureMissing), errors.Is(err, ErrInvalidArgument):
		return http.StatusBadRequest
	case errors.Is(err, ErrInternal):
		return http.StatusInternalServerError
	case errors.Is(err, ErrSignatureMismatch), errors.Is(err, ErrTimestampTooOld), errors.Is(err, ErrTimestampTooNew):
		return v.mismatchStatus
	}
	return http.StatusUnauthorized
}
