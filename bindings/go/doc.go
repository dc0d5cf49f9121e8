//go:build cgo

// Package hookrail sends events to a Hookrail service and verifies the webhooks it delivers.
//
// It uses libhookrail, the C library that all Hookrail packages share: retries, idempotency, TLS and signature
// rules are the same in all languages.
//
// # Sending
//
// Make one [Client] and share it between all goroutines:
//
//	client, err := hookrail.New(hookrail.WithAPIKey(key), hookrail.WithBaseURL(url))
//	…
//	defer client.Close()
//	accepted, err := client.SendEvent(ctx, "order.paid", order)
//
// SendEvent returns once the service has recorded the event durably. It repeats failed attempts with
// the same idempotency key and the same bytes, so that one call is at most one event. If it fails,
// the error is an [*Error]. Its Outcome says whether the event may have been recorded, and its
// IdempotencyKey makes a later resend safe.
//
// When the context ends, the call ends within milliseconds, at each stage.
//
// [Client.Submit] queues an event and returns at once, for programs that must not wait; the result
// comes over a channel, and failures to the handler of [WithErrorHandler].
//
// [WithLogger] logs failed attempts, [Client.MetricsHandler] answers Prometheus, and each result has
// an [AttemptRecord] for each of its attempts.
//
// # Receiving
//
// A [Verifier] checks whether a delivery is authentic and fresh. [Verifier.Middleware] wraps an
// [net/http.Handler] and lets only verified deliveries through:
//
//	verifier, err := hookrail.NewVerifier([]string{secret})
//	…
//	http.Handle("/hooks", verifier.Middleware(handler))
//
// Deliveries come at least once: use [Delivery.ID] to recognise those that were already handled.
//
// # Testing
//
// Package hookrailtest has a fake of the service and one of the client. Code that takes a [Sender] or
// a [Submitter] in place of a Client can be tested with either.
//
// # Linking
//
// The package needs cgo and libhookrail. By default it finds the installed shared library by
// pkg-config. The build tag hookrail_static links the installed libhookrail.a into the program. The
// build tag hookrail_intree links the library of the source tree that contains this package, or the
// one that CGO_CFLAGS and CGO_LDFLAGS name.
package hookrail
