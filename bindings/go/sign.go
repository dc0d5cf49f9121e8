//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import "time"

// Sign returns the value of the Hookrail-Signature header that the service would make: for tests and for fakes of
// the service. Package hookrailtest makes whole requests. Sign refuses the secrets that [NewVerifier] refuses.
func Sign(secret string, at time.Time, deliveryID string, body []byte) (string, error) {
	if abiError != nil {
		return "", abiError
	}
	s, sn := given(secret)
	d, dn := given(deliveryID)
	b, bn := givenBytes(body)
	return readText(func(buffer *C.char, size C.size_t, needed *C.size_t, e **C.hookrail_error) C.hookrail_status {
		return C.hookrail_sign(s, sn, C.int64_t(at.Unix()), d, dn, b, bn, buffer, size, needed, e)
	})
}

// ExplainSignature explains in a text why a verification fails, by trying the usual mistakes: the secret without its
// prefix, a re-serialised body, the event ID instead of the delivery ID, a wrong clock, and more. It is for
// development only: it is slow, and the text contains parts of the request (but neither a secret nor a MAC), so do
// not show it to the request's sender.
//
// eventID is the value of Hookrail-Event-Id; empty if unknown. Only the option [WithTolerance] has an effect.
func ExplainSignature(
	secrets []string, header, deliveryID, eventID string, body []byte, opts ...VerifierOption,
) (string, error) {
	config := verifierConfig{toleranceSeconds: C.HOOKRAIL_DEFAULT_TOLERANCE}
	for _, opt := range opts {
		if err := opt(&config); err != nil {
			return "", err
		}
	}
	options, err := newVerifierOptions(secrets, config.toleranceSeconds)
	if err != nil {
		return "", err
	}
	defer C.hookrail_verifier_options_free(options)
	h, hn := given(header)
	d, dn := given(deliveryID)
	b, bn := givenBytes(body)
	var event *C.char
	var en C.size_t
	if eventID != "" {
		event, en = given(eventID)
	}
	return readText(func(buffer *C.char, size C.size_t, needed *C.size_t, e **C.hookrail_error) C.hookrail_status {
		return C.hookrail_explain_signature(
			options, h, hn, d, dn, event, en, b, bn, C.HOOKRAIL_NOW, buffer, size, needed, e)
	})
}
