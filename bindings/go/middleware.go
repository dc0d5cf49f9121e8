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
// The answer to a refused request does not tell the reason:
//
//   - 405 for a method other than POST (see [WithMethods])
//   - 400 for a request without the headers of a delivery
//   - 408 for a body that does not arrive in full; the service sends the delivery again
//   - 413 for a body over the limit (see [WithBodyLimit])
//   - 401 for a delivery that does not verify; for a mismatch and a stale time see [WithMismatchStatus]
//   - 500 for every other failure, such as one of the library; the service sends the delivery again
//
// After a 400, 401, 405 or 413 the service drops the delivery, and on an ordered subscription holds back those
// that follow. In a request without Content-Length, a body of which something else has read a part is a mismatch
// (see [Verifier.VerifyRequest]).
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

// errMethod is wrapped by the error for a method that is not accepted.
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

// rejection returns the status of the answer to a refused request. The statuses that are final to the service are
// only for known errors: a delivery must not be lost because of a failure that is unrelated to its signature.
func (v *Verifier) rejection(err error) int {
	switch {
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrBodyTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBodyIncomplete):
		return http.StatusRequestTimeout
	case errors.Is(err, ErrSignatureMissing):
		return http.StatusBadRequest
	case errors.Is(err, ErrSignatureMalformed):
		return http.StatusUnauthorized
	case errors.Is(err, ErrSignatureMismatch), errors.Is(err, ErrTimestampTooOld), errors.Is(err, ErrTimestampTooNew):
		return v.mismatchStatus
	}
	return http.StatusInternalServerError
}
