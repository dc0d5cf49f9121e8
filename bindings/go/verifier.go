//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"net/http"
	"runtime"
	"strings"
	"time"
)

// The headers of a delivery.
const (
	HeaderSignature  = "Hookrail-Signature"
	HeaderDeliveryID = "Hookrail-Delivery-Id"
	HeaderEventID    = "Hookrail-Event-Id"
	HeaderTopic      = "Hookrail-Topic"
)

// DefaultTolerance is the default of [WithTolerance].
const DefaultTolerance = C.HOOKRAIL_DEFAULT_TOLERANCE * time.Second

// DefaultBodyLimit is the default of [WithBodyLimit]: 16 MiB.
//
// The service accepts payloads of up to 256 KiB, stores them as PostgreSQL's jsonb and delivers the printed form, in
// which numbers are spelled out: 1e300 becomes 301 digits. Payloads grew by up to 50 times in measurements, from 256
// KiB to 13 MB; numbers with still greater exponents grow further. A delivery over the limit is lost: 413 is final
// to the service. The limit itself costs no memory, which grows with the bytes that have arrived.
const DefaultBodyLimit = 16 << 20

// Verifier verifies deliveries. Any number of goroutines may call its methods at the same time. It need not be
// closed: its keys are wiped when it is garbage collected.
type Verifier struct {
	handle *C.hookrail_verifier
	requestRules
}

// requestRules are the settings that only this package uses.
type requestRules struct {
	bodyLimit      int64
	mismatchStatus int
	methods        []string
	onReject       func(*http.Request, error)
}

// Verification is the result of a successful verification.
type Verification struct {
	// SecretIndex is the index of the secret that matched, in the order given to [NewVerifier]. It shows
	// when an old secret is no longer in use.
	SecretIndex int
	// SignedAt is when the service signed the delivery.
	SignedAt time.Time
	// Skew is how long before now that was, in whole seconds; negative if the service's clock is
	// ahead. It is cut to the range of a Duration, 292 years.
	Skew time.Duration
}

// VerifierOption is a setting of a [Verifier].
type VerifierOption func(*verifierConfig) error

type verifierConfig struct {
	toleranceSeconds int64
	requestRules
}

// WithTolerance sets how far the signature's time may be from now, before or after, including the boundary (default
// 5 min). Fractions of a second are dropped; 0 accepts the current second only.
func WithTolerance(d time.Duration) VerifierOption {
	seconds := int64(d / time.Second)
	if d < 0 && d%time.Second != 0 {
		// Not 0, because every negative tolerance must be refused.
		seconds--
	}
	return WithToleranceSeconds(seconds)
}

// WithToleranceSeconds is [WithTolerance] for a number of seconds, as in the other Hookrail packages, which may be
// more than a Duration holds.
func WithToleranceSeconds(seconds int64) VerifierOption {
	return func(c *verifierConfig) error {
		c.toleranceSeconds = seconds
		return nil
	}
}

// WithBodyLimit sets the largest body in bytes that [Verifier.VerifyRequest] and [Verifier.Begin] accept (default
// [DefaultBodyLimit]); 0 for no limit.
func WithBodyLimit(bytes int64) VerifierOption {
	return func(c *verifierConfig) error {
		if bytes < 0 {
			return invalidArgument(OutcomeNone, "the body limit is %d; it must not be negative", bytes)
		}
		c.bodyLimit = bytes
		return nil
	}
}

// WithMismatchStatus sets the status that [Verifier.Middleware] answers if no secret matches or the time is outside
// the tolerance, 400 to 599 (default 401).
//
// After a 401 the service drops the delivery at once, and on an ordered subscription holds back all that follow.
// That is right for a forgery, but wrong while this receiver may be at fault: set 503 before you rotate a secret,
// because the service signs with the new one at once, and while clocks are in doubt. The service then tries again,
// and no delivery is lost.
func WithMismatchStatus(status int) VerifierOption {
	return func(c *verifierConfig) error {
		if status < 400 || status > 599 {
			return invalidArgument(OutcomeNone, "the status for a mismatch is %d; it must be 400 to 599, usually 401 or 503", status)
		}
		c.mismatchStatus = status
		return nil
	}
}

// WithMethods sets the methods that [Verifier.Middleware] accepts, in upper or lower case (default POST only, which
// the service uses). The signature does not cover the method, so with more of them a delivery can be sent again with
// another method.
func WithMethods(methods ...string) VerifierOption {
	return func(c *verifierConfig) error {
		if len(methods) == 0 {
			return invalidArgument(OutcomeNone, "no method was given; give at least %s", http.MethodPost)
		}
		names := make([]string, len(methods))
		for i, method := range methods {
			if method == "" {
				return invalidArgument(OutcomeNone, "a method is empty; give names such as %s", http.MethodPost)
			}
			// Requests have their method in upper case.
			names[i] = strings.ToUpper(method)
		}
		c.methods = names
		return nil
	}
}

// WithRejectLog sets a function that [Verifier.Middleware] calls with each refused request and the reason. The
// reason is for logs only: the sender must not learn it. Nil stands for no function.
func WithRejectLog(log func(r *http.Request, reason error)) VerifierOption {
	return func(c *verifierConfig) error {
		if log == nil {
			log = func(*http.Request, error) {}
		}
		c.onReject = log
		return nil
	}
}

// NewVerifier makes a verifier for 1 to 16 secrets. A secret is the unchanged text of the endpoint's secret,
// including "whsec_". During a rotation pass the new and the old one; any may match.
//
// The error matches [ErrInvalidArgument] for secrets that an unset variable may leave (empty, blank, only "whsec_"),
// and for secrets that the service does not make: with white space at an end, as from a file, or with a control
// byte.
func NewVerifier(secrets []string, opts ...VerifierOption) (*Verifier, error) {
	config := verifierConfig{
		toleranceSeconds: C.HOOKRAIL_DEFAULT_TOLERANCE,
		requestRules: requestRules{
			bodyLimit:      DefaultBodyLimit,
			mismatchStatus: http.StatusUnauthorized,
			methods:        []string{http.MethodPost},
			onReject:       func(*http.Request, error) {},
		},
	}
	for _, opt := range opts {
		if err := opt(&config); err != nil {
			return nil, err
		}
	}
	options, err := newVerifierOptions(secrets, config.toleranceSeconds)
	if err != nil {
		return nil, err
	}
	defer C.hookrail_verifier_options_free(options)
	v := &Verifier{requestRules: config.requestRules}
	var failure *C.hookrail_error
	if status := C.hookrail_verifier_new(options, &v.handle, &failure); status != C.HOOKRAIL_OK {
		return nil, takeError(C.int32_t(status), failure)
	}
	runtime.SetFinalizer(v, func(v *Verifier) { C.hookrail_verifier_free(v.handle) })
	return v, nil
}

// newVerifierOptions makes options, which the caller has to free.
func newVerifierOptions(secrets []string, toleranceSeconds int64) (*C.hookrail_verifier_options, error) {
	if abiError != nil {
		return nil, abiError
	}
	options := C.hookrail_verifier_options_new()
	var failure *C.hookrail_error
	status := C.hookrail_verifier_options_set_tolerance(options, C.int64_t(toleranceSeconds), &failure)
	for _, secret := range secrets {
		if status != C.HOOKRAIL_OK {
			break
		}
		p, n := given(secret)
		status = C.hookrail_verifier_options_add_secret(options, p, n, &failure)
	}
	if status != C.HOOKRAIL_OK {
		C.hookrail_verifier_options_free(options)
		return nil, takeError(C.int32_t(status), failure)
	}
	return options, nil
}

// Verify checks whether a delivery is authentic and fresh.
//
// header is the value of Hookrail-Signature, deliveryID that of Hookrail-Delivery-Id, and body the body as received,
// byte for byte: decoding and encoding it again breaks the signature.
//
// The error matches [ErrSignature] and one of [ErrSignatureMalformed], [ErrTimestampTooOld], [ErrTimestampTooNew]
// and [ErrSignatureMismatch]. Answer all of them alike: the sender must not learn the reason.
func (v *Verifier) Verify(header, deliveryID string, body []byte) (Verification, error) {
	return v.verify(header, deliveryID, body, C.HOOKRAIL_NOW)
}

// VerifyAt is like [Verifier.Verify], but judges by the given time: for deliveries that waited in a queue, the time
// at which they were received, and for tests.
func (v *Verifier) VerifyAt(header, deliveryID string, body []byte, now time.Time) (Verification, error) {
	seconds, err := unixSeconds(now)
	if err != nil {
		return Verification{}, err
	}
	return v.verify(header, deliveryID, body, seconds)
}

// unixSeconds converts a time, and refuses the one whose number means the clock to the library.
func unixSeconds(t time.Time) (C.int64_t, error) {
	seconds := C.int64_t(t.Unix())
	if seconds == C.HOOKRAIL_NOW {
		return 0, invalidArgument(OutcomeNone, "the time to verify at is the last second before 1970; it must be another")
	}
	return seconds, nil
}

func (v *Verifier) verify(header, deliveryID string, body []byte, now C.int64_t) (Verification, error) {
	if len(body) > 2*pieceLen {
		return v.verifyInPieces(header, deliveryID, body, now)
	}
	h, hn := given(header)
	d, dn := given(deliveryID)
	b, bn := givenBytes(body)
	verified := C.hkgo_verify(v.handle, h, hn, d, dn, b, bn, now)
	runtime.KeepAlive(v)
	return takeVerification(verified)
}

func takeVerification(verified C.hkgo_verified) (Verification, error) {
	if verified.status != C.HOOKRAIL_OK {
		return Verification{}, takeError(verified.status, verified.error)
	}
	return Verification{
		SecretIndex: int(verified.secret_index),
		SignedAt:    time.Unix(int64(verified.signed_at), 0),
		Skew:        duration(int64(verified.skew_seconds), time.Second),
	}, nil
}
