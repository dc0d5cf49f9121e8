//go:build cgo

package hookrailtest

import (
	"fmt"
	"math"
	"time"
)

// ServerOption is a setting of a [Server].
type ServerOption func(*Server)

// WithRateLimit lets the producer key send a number of events per second, and a number at once after a pause; the
// server answers further events with 429 and the title "rate limited". The service has 100 and 200. Without this
// option there is no limit. It panics unless both are over 0.
func WithRateLimit(perSecond float64, burst int) ServerOption {
	if !(perSecond > 0) || math.IsInf(perSecond, 0) || burst < 1 {
		panic(fmt.Sprintf("hookrailtest: a rate limit of %v per second and a burst of %d; both must be over 0", perSecond, burst))
	}
	return func(s *Server) {
		s.bucket = &bucket{perSecond: perSecond, burst: float64(burst), tokens: float64(burst)}
	}
}

// WithBacklogMax limits how many events of an ordering key may wait at an [Ordered] subscription, including the one
// that is being delivered and a dead letter. The server answers further events of the key with 429, the title "backlog
// full" and Retry-After: 30. Without this option there is no limit. It panics unless the number is over 0.
func WithBacklogMax(events int) ServerOption {
	if events < 1 {
		panic(fmt.Sprintf("hookrailtest: a backlog of at most %d events; at least 1 must be allowed", events))
	}
	return func(s *Server) { s.backlogMax = events }
}

// WithDeliveryAttempts sets the number of attempts before a delivery is dead-lettered, and the wait before the first
// retry, which doubles with each further one. The default is 3 attempts and 1 ms. It panics unless the number is over
// 0.
func WithDeliveryAttempts(attempts int, wait time.Duration) ServerOption {
	if attempts < 1 {
		panic(fmt.Sprintf("hookrailtest: %d attempts for each delivery; at least 1 is needed", attempts))
	}
	return func(s *Server) { s.maxAttempts, s.retryWait = attempts, wait }
}

// SubscribeOption is a setting of a subscription.
type SubscribeOption func(*receiver)

// Ordered makes the server deliver events with the same ordering key one after the other. A dead letter blocks its key
// until [Server.ReplayDelivery] or [Server.SkipDelivery].
func Ordered() SubscribeOption {
	return func(r *receiver) { r.ordered = true }
}

// bucket is a token bucket for the producer key.
type bucket struct {
	perSecond, burst, tokens float64
	at                       time.Time
}

// rounding is the largest rounding error of a sum of fractions of a token.
const rounding = 1e-9

// take takes a token, if one is left at this time.
func (b *bucket) take(now time.Time) bool {
	if !b.at.IsZero() && now.After(b.at) {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.at).Seconds()*b.perSecond)
	}
	if b.at.Before(now) {
		b.at = now
	}
	if b.tokens < 1-rounding {
		return false
	}
	b.tokens--
	return true
}
