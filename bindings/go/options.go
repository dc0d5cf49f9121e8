//go:build cgo

package hookrail

// #include "shim.h"
import "C"

import (
	"log/slog"
	"time"
)

// The library's defaults that this package needs to know.
const (
	defaultTimeout         = 30 * time.Second
	defaultDeliveryTimeout = 2 * time.Minute
	defaultQueueMaxEvents  = 10_000
)

// Option is a setting of a [Client].
type Option func(*clientConfig) error

// clientConfig collects the options.
type clientConfig struct {
	apiKey, baseURL *string
	// timeout is kept to compare it with the deadlines of contexts.
	timeout time.Duration
	// deliveryTimeout and queueMaxEvents are kept for the queue.
	deliveryTimeout time.Duration
	queueMaxEvents  int
	onError         func(*Submission)
	logger          *slog.Logger
	handle          *C.hookrail_client_options
}

// set calls a setter of the library and turns its failure into an error.
func (c *clientConfig) set(setter func(**C.hookrail_error) C.hookrail_status) error {
	var failure *C.hookrail_error
	if status := setter(&failure); status != C.HOOKRAIL_OK {
		return takeError(C.int32_t(status), failure)
	}
	return nil
}

// WithAPIKey sets the producer key. Without it, New takes the environment variable HOOKRAIL_API_KEY.
func WithAPIKey(key string) Option {
	return func(c *clientConfig) error {
		c.apiKey = &key
		return nil
	}
}

// WithBaseURL sets where the service is, for example "https://hooks.example.com/prefix", or "unix:/path" for a unix socket
// (see [WithUnixSocket]). Without it, New takes the environment variable HOOKRAIL_BASE_URL, else http://localhost:8080.
func WithBaseURL(url string) Option {
	return func(c *clientConfig) error {
		c.baseURL = &url
		return nil
	}
}

// WithTimeout sets the time for a whole call, including retries and the waits between them (default
// 30 s). The deadline of a call's context shortens it.
func WithTimeout(d time.Duration) Option {
	return func(c *clientConfig) error {
		c.timeout = d
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_total_timeout_ms(c.handle, milliseconds(d), e)
		})
	}
}

// WithConnectTimeout sets the time for looking up the name, connecting and negotiating TLS (default
// 5 s).
func WithConnectTimeout(d time.Duration) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_connect_timeout_ms(c.handle, milliseconds(d), e)
		})
	}
}

// WithReadTimeout sets the time for each wait for a part of the answer (default 10 s).
func WithReadTimeout(d time.Duration) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_read_timeout_ms(c.handle, milliseconds(d), e)
		})
	}
}

// WithWriteTimeout sets the time for each wait until the service takes more of the request (default
// 10 s).
func WithWriteTimeout(d time.Duration) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_write_timeout_ms(c.handle, milliseconds(d), e)
		})
	}
}

// WithMaxRetries sets how often a failed attempt is repeated (default 3). Three retries are over within 1.4 s, and
// a restart of the service takes up to 1.7 s: 10 outlast one.
func WithMaxRetries(n int) Option {
	return func(c *clientConfig) error {
		retries, err := toInt32("the number of retries", n)
		if err != nil {
			return err
		}
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_max_retries(c.handle, retries, e)
		})
	}
}

// WithBackoff sets the delays between attempts (defaults 200 ms and 10 s): the delay before retry n is
// random between 0 and min(limit, base·2ⁿ).
func WithBackoff(base, limit time.Duration) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_backoff_ms(c.handle, milliseconds(base), milliseconds(limit), e)
		})
	}
}

// WithRequireHTTPS sets whether New refuses plain http, unless the service and its proxy are on this machine
// (default false). Plain http lets others on the network read the API key and the events: set it in production.
func WithRequireHTTPS(require bool) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_require_https(c.handle, C.bool(require), e)
		})
	}
}

// WithRequireBaseURL sets whether New fails if neither [WithBaseURL] nor HOOKRAIL_BASE_URL names the service
// (default false: New then uses http://localhost:8080). Set it in production.
func WithRequireBaseURL(require bool) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_require_base_url(c.handle, C.bool(require), e)
		})
	}
}

// WithRespectRetryAfter sets whether the service's Retry-After is the least wait before a retry
// (default true).
func WithRespectRetryAfter(respect bool) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_respect_retry_after(c.handle, C.bool(respect), e)
		})
	}
}

// WithCAFile adds the certificate authorities in a PEM file to the trusted ones. It may be given repeatedly.
func WithCAFile(path string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			p, n := given(path)
			return C.hookrail_client_options_add_ca_file(c.handle, p, n, e)
		})
	}
}

// WithCAPEM adds the certificate authorities in pem to the trusted ones. It may be given repeatedly.
func WithCAPEM(pem []byte) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			p, n := givenBytes(pem)
			return C.hookrail_client_options_add_ca_pem(c.handle, p, n, e)
		})
	}
}

// WithExtraRootsOnly trusts only the certificate authorities of WithCAFile and WithCAPEM, not those of
// the system.
func WithExtraRootsOnly() Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_tls_roots(c.handle, C.HOOKRAIL_TLS_ROOTS_EXTRA_ONLY, e)
		})
	}
}

// WithProxy sets the proxy, for example "http://user:password@proxy.example.com:3128". An http proxy forwards the
// requests to an http service, and opens a tunnel (CONNECT) to an https service. A SOCKS5 proxy opens a connection:
// with "socks5://" the client looks the service's name up, with "socks5h://" the proxy does. Without it and without
// [WithoutProxy] the environment decides (https_proxy, http_proxy, all_proxy, no_proxy).
func WithProxy(url string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			p, n := given(url)
			return C.hookrail_client_options_set_proxy(c.handle, p, n, e)
		})
	}
}

// WithoutProxy connects directly and ignores the environment's proxy settings.
func WithoutProxy() Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_proxy(c.handle, nil, 0, e)
		})
	}
}

// WithUnixSocket makes the client reach the service through a unix socket, by an absolute path of at most 107 bytes. The
// base URL still gives the scheme, the Host header and the path, and no proxy is used. The base URL "unix:/path" means
// http://localhost through a socket.
func WithUnixSocket(path string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			p, n := given(path)
			return C.hookrail_client_options_set_unix_socket(c.handle, p, n, e)
		})
	}
}

// WithHeader adds a header to every request of the client, for example one that a gateway before the service wants. A
// header of [WithSendHeader] with the same name replaces it for one send.
//
// The name is a header name in any case; the value has visible ASCII characters, and spaces inside. A client can have 32
// headers of 8,192 bytes. Headers of the protocol and of the connection are refused, such as Authorization,
// Idempotency-Key, Host, Content-Type and Connection. Values may be secrets: no error contains one.
func WithHeader(name, value string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			n, nameLen := given(name)
			v, valueLen := given(value)
			return C.hookrail_client_options_add_header(c.handle, n, nameLen, v, valueLen, e)
		})
	}
}

// WithIdleConnections sets how many idle connections the pool keeps for reuse (default 64).
func WithIdleConnections(n int) Option {
	return func(c *clientConfig) error {
		count, err := toSize("the number of idle connections", n)
		if err != nil {
			return err
		}
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_idle_connections(c.handle, count, e)
		})
	}
}

// WithMaxConnectionAge sets how long a connection is used before another replaces it, even if it still works, so
// that the client notices when a name resolves to another address (default 5 min; each connection's age is a random
// amount of up to a fifth less); 0 for no limit. A running request is never cut off.
func WithMaxConnectionAge(d time.Duration) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_max_connection_age_ms(c.handle, milliseconds(d), e)
		})
	}
}

// WithPayloadLimit sets the largest payload that is sent, in bytes (default 262,144, the service's own
// limit); 0 for none.
func WithPayloadLimit(bytes int) Option {
	return func(c *clientConfig) error {
		size, err := toSize("the payload limit", bytes)
		if err != nil {
			return err
		}
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_payload_limit(c.handle, size, e)
		})
	}
}

// WithUserAgentSuffix appends a suffix to the library's own User-Agent, for example "shop/2.1".
func WithUserAgentSuffix(suffix string) Option {
	return func(c *clientConfig) error {
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			p, n := given(suffix)
			return C.hookrail_client_options_set_user_agent_suffix(c.handle, p, n, e)
		})
	}
}

// WithQueueMaxEvents sets how many events the queue of [Client.Submit] holds (default 10,000): queued events, events
// that are being sent, and events whose results were not received yet.
func WithQueueMaxEvents(n int) Option {
	return func(c *clientConfig) error {
		events, err := toSize("the limit of queued events", n)
		if err != nil {
			return err
		}
		c.queueMaxEvents = n
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_queue_max_events(c.handle, events, e)
		})
	}
}

// WithQueueMaxBytes sets how many bytes of events the queue of [Client.Submit] holds (default 64 MiB).
func WithQueueMaxBytes(n int) Option {
	return func(c *clientConfig) error {
		bytes, err := toSize("the limit of queued bytes", n)
		if err != nil {
			return err
		}
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_queue_max_bytes(c.handle, bytes, e)
		})
	}
}

// WithWorkers sets the largest number of submitted events that are being sent at once (default 64, at most 4,096). A
// burst begins with four; the number grows with the answers. One thread of the library sends all of them. It starts
// with the first [Client.Submit].
func WithWorkers(n int) Option {
	return func(c *clientConfig) error {
		workers, err := toInt32("the number of workers", n)
		if err != nil {
			return err
		}
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_workers(c.handle, workers, e)
		})
	}
}

// WithDeliveryTimeout sets the time for a submitted event, including queueing and retries (default
// 2 min). Within it the number of retries is not limited.
func WithDeliveryTimeout(d time.Duration) Option {
	return func(c *clientConfig) error {
		c.deliveryTimeout = d
		return c.set(func(e **C.hookrail_error) C.hookrail_status {
			return C.hookrail_client_options_set_delivery_timeout_ms(c.handle, milliseconds(d), e)
		})
	}
}

func toInt32(what string, n int) (C.int32_t, error) {
	if int(int32(n)) != n {
		return 0, invalidArgument(OutcomeNone, "%s is %d; it must fit into 32 bits", what, n)
	}
	return C.int32_t(n), nil
}

func toSize(what string, n int) (C.size_t, error) {
	if n < 0 {
		return 0, invalidArgument(OutcomeNone, "%s is %d; it must not be negative", what, n)
	}
	return C.size_t(n), nil
}
