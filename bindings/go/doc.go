//go:build cgo

// Package hookrail sends events to a Hookrail service and verifies the webhooks it delivers.
//
// It is a Go face on libhookrail, the C library that every Hookrail package shares: retries,
// idempotency, TLS and signature rules are the same in all languages.
//
// # Sending
//
// A [Client] is made once and shared by all goroutines:
//
//	client, err := hookrail.New(hookrail.WithAPIKey(key), hookrail.WithBaseURL(url))
//	…
//	defer client.Close()
//	accepted, err := client.SendEvent(ctx, "order.paid", order)
//
// SendEvent returns once the service has recorded the event durably. It repeats failed attempts with
// the same idempotency key and the same bytes, so that one call is at most one event. When it fails,
// the error is an [*Error] whose Outcome tells whether the event may have been recorded, and whose
// IdempotencyKey makes a later resend safe.
//
// The context is honoured: when it ends, so does the call, within milliseconds, wherever it is.
//
// [Client.Submit] queues an event and returns at once, for programs that must not wait; the result
// comes over a channel.
//
// # Receiving
//
// A [Verifier] tells whether a delivery is authentic and fresh. [Verifier.Middleware] wraps an
// [net/http.Handler] and lets only verified deliveries through:
//
//	verifier, err := hookrail.NewVerifier([]string{secret})
//	…
//	http.Handle("/hooks", verifier.Middleware(handler))
//
// Deliveries come at least once: use [Delivery.ID] to recognise one that was already handled.
//
// # Linking
//
// The package needs cgo and libhookrail. By default it finds the installed shared library by
// pkg-config. The build tag hookrail_static links the installed libhookrail.a into the program; the
// build tag hookrail_intree takes the library from the source tree that holds this package, or from
// where CGO_CFLAGS and CGO_LDFLAGS point.
package hookrail
