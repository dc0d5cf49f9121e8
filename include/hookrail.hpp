/// @file
/// libhookrail for C++17 and later: a producer and a receiver for the Hookrail webhook delivery
/// service. Header-only, over the C ABI of hookrail.h; link with libhookrail.
///
/// SPDX-License-Identifier: Apache-2.0
///
/// Rules that hold for everything here:
///
/// - Each fallible operation comes twice: `send()` throws a hookrail::error, `try_send()` is noexcept
///   and returns a hookrail::result. With -fno-exceptions only the second kind exists; objects then
///   come from `try_create()`. Only the `try_` call is documented with its errors.
/// - Text and bytes go in as std::string_view, and everything is copied: no call keeps a view. What
///   comes out are values.
/// - Objects that own something (client, producer, verifier, verification, cancel_token) can be moved
///   but not copied. Calls on an object that was moved from fail with status::invalid_argument.
/// - `const` member functions may be called by any number of threads at the same time.
/// - Where memory runs out in a noexcept function the process ends, as it does in the library itself.
/// - status::internal can come from any operation: a defect of the library was caught.
/// - The loaded library is checked when it is first used: one with another ABI than this header's
///   makes every operation fail with status::configuration.

#ifndef HOOKRAIL_HPP
#define HOOKRAIL_HPP

#include "hookrail.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_expected)
#include <expected>
#endif
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif
#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

namespace hookrail {

/// What an operation came to; the numbers are those of ::hookrail_status and never change. Later
/// versions may add some, so treat an unknown one by its family: 1xx the caller, 2xx the transport,
/// 4xx and 5xx the service's answers, 6xx retries, 7xx signatures, 9xx the library.
///
/// Converts to std::error_code, and compares with one.
enum class status : std::int32_t {
  ok = HOOKRAIL_OK,                                ///< Success.
  invalid_argument = HOOKRAIL_INVALID_ARGUMENT,    ///< An argument is not acceptable; nothing was done.
  configuration = HOOKRAIL_CONFIGURATION,          ///< A client cannot be set up as asked.
  closed = HOOKRAIL_CLOSED,                        ///< The client was closed.
  forked = HOOKRAIL_FORKED,                        ///< The handle belongs to the parent of this process.
  queue_full = HOOKRAIL_QUEUE_FULL,                ///< The producer's queue is at its limit.
  interrupted = HOOKRAIL_INTERRUPTED,              ///< A signal or a wake-up ended the wait.
  cancelled = HOOKRAIL_CANCELLED,                  ///< The cancel token was fired, or a stop requested.
  buffer_too_small = HOOKRAIL_BUFFER_TOO_SMALL,    ///< Of the C ABI only.
  body_too_large = HOOKRAIL_BODY_TOO_LARGE,        ///< A received body is over its limit.
  damaged_blob = HOOKRAIL_DAMAGED_BLOB,            ///< A prepared event is damaged or of an unknown version.
  out_of_resources = HOOKRAIL_OUT_OF_RESOURCES,    ///< No more threads, descriptors or sockets to be had.
  body_incomplete = HOOKRAIL_BODY_INCOMPLETE,      ///< A received body is shorter than announced.
  connection = HOOKRAIL_CONNECTION,                ///< No usable connection.
  timeout = HOOKRAIL_TIMEOUT,                      ///< A timeout or the budget of the call ran out.
  tls = HOOKRAIL_TLS,                              ///< The TLS handshake failed.
  protocol = HOOKRAIL_PROTOCOL,                    ///< The answer was not what the protocol promises.
  bad_request = HOOKRAIL_BAD_REQUEST,              ///< HTTP 400.
  authentication = HOOKRAIL_AUTHENTICATION,        ///< HTTP 401; retryable where the key has worked before.
  permission_denied = HOOKRAIL_PERMISSION_DENIED,  ///< HTTP 403.
  not_found = HOOKRAIL_NOT_FOUND,                  ///< HTTP 404: no such event.
  conflict = HOOKRAIL_CONFLICT,  ///< HTTP 409: the idempotency key was used with other bytes.
  payload_too_large = HOOKRAIL_PAYLOAD_TOO_LARGE,      ///< HTTP 413, or over the client's own limit.
  rate_limited = HOOKRAIL_RATE_LIMITED,                ///< HTTP 429; not_sent: no turn in time.
  unexpected_status = HOOKRAIL_UNEXPECTED_STATUS,      ///< Any other final HTTP status.
  server_error = HOOKRAIL_SERVER_ERROR,                ///< HTTP 5xx.
  retries_exhausted = HOOKRAIL_RETRIES_EXHAUSTED,      ///< The retries ran out; the last error is the cause.
  signature_malformed = HOOKRAIL_SIGNATURE_MALFORMED,  ///< Signature header or delivery id out of form.
  timestamp_too_old = HOOKRAIL_TIMESTAMP_TOO_OLD,      ///< Signed longer ago than the tolerance allows.
  timestamp_too_new = HOOKRAIL_TIMESTAMP_TOO_NEW,      ///< Signed further in the future than it allows.
  signature_mismatch = HOOKRAIL_SIGNATURE_MISMATCH,    ///< No secret matches any candidate signature.
  signature_missing = HOOKRAIL_SIGNATURE_MISSING,      ///< No signature header or no delivery id.
  internal = HOOKRAIL_INTERNAL,                        ///< A defect of the library was caught.
};

/// What is known about an event that was being sent.
enum class outcome : std::int32_t {
  none = HOOKRAIL_OUTCOME_NONE,            ///< Nothing was being sent.
  delivered = HOOKRAIL_OUTCOME_DELIVERED,  ///< The service recorded the event.
  not_sent = HOOKRAIL_OUTCOME_NOT_SENT,    ///< The service cannot have recorded it.
  rejected = HOOKRAIL_OUTCOME_REJECTED,    ///< The service answered that it recorded nothing.
  /// No answer settles it. A resend with the same idempotency key and the same bytes is safe.
  maybe_sent = HOOKRAIL_OUTCOME_MAYBE_SENT,
};

/// The state of a delivery.
enum class delivery_state : std::int32_t {
  unknown = HOOKRAIL_DELIVERY_UNKNOWN,  ///< One that this version does not know; delivery::state_text has it.
  pending = HOOKRAIL_DELIVERY_PENDING,  ///< Waiting for its first attempt.
  in_flight = HOOKRAIL_DELIVERY_IN_FLIGHT,              ///< An attempt is under way.
  retry_scheduled = HOOKRAIL_DELIVERY_RETRY_SCHEDULED,  ///< Waiting for another attempt.
  succeeded = HOOKRAIL_DELIVERY_SUCCEEDED,              ///< The receiver accepted it.
  dead_lettered = HOOKRAIL_DELIVERY_DEAD_LETTERED,      ///< Given up.
  cancelled = HOOKRAIL_DELIVERY_CANCELLED,              ///< Cancelled.
  skipped = HOOKRAIL_DELIVERY_SKIPPED,                  ///< Skipped.
};

/// Which certificate authorities a client trusts.
enum class tls_roots : std::int32_t {
  platform = HOOKRAIL_TLS_ROOTS_PLATFORM,      ///< The system's and the extra ones.
  extra_only = HOOKRAIL_TLS_ROOTS_EXTRA_ONLY,  ///< The extra ones only.
};

/// The name of a status, for example "rate_limited"; "unknown" for a number that is none.
[[nodiscard]] inline std::string_view name(status value) noexcept {
  return hookrail_status_name(static_cast<std::int32_t>(value));
}

/// The name of an outcome, for example "maybe_sent"; "unknown" for a number that is none.
[[nodiscard]] inline std::string_view name(outcome value) noexcept {
  return hookrail_outcome_name(static_cast<std::int32_t>(value));
}

/// The protocol's word for a delivery state; "unknown" for a number that is none.
[[nodiscard]] inline std::string_view name(delivery_state value) noexcept {
  return hookrail_delivery_state_name(static_cast<std::int32_t>(value));
}

/// The version of the loaded library, for example "0.1.0".
[[nodiscard]] inline std::string_view version() noexcept { return hookrail_version(); }

/// The ABI version of the loaded library.
[[nodiscard]] inline std::int32_t abi_version() noexcept { return hookrail_abi_version(); }

namespace detail {

class category_type final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "hookrail"; }

  [[nodiscard]] std::string message(int value) const override { return hookrail_status_name(value); }

  [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<status>(value)) {
      case status::invalid_argument:
        return std::errc::invalid_argument;
      case status::queue_full:
      case status::out_of_resources:
        return std::errc::resource_unavailable_try_again;
      case status::interrupted:
        return std::errc::interrupted;
      case status::cancelled:
        return std::errc::operation_canceled;
      case status::timeout:
        return std::errc::timed_out;
      case status::permission_denied:
        return std::errc::permission_denied;
      case status::body_too_large:
      case status::payload_too_large:
        return std::errc::message_size;
      default:
        return {value, *this};
    }
  }
};

}  // namespace detail

/// Returns the category of the error codes that are made from a status. A code compares equal to the same
/// condition of the standard library, if there is one: `std::error_code(status::timeout) == std::errc::timed_out`.
[[nodiscard]] inline const std::error_category& category() noexcept {
  static const detail::category_type instance;
  return instance;
}

/// The error code of a status; found by std::error_code itself.
[[nodiscard]] inline std::error_code make_error_code(status value) noexcept {
  return {static_cast<int>(value), category()};
}

/// What went wrong, in detail. Holds no API key and no secret.
struct error_info {
  hookrail::status status = hookrail::status::ok;  ///< The status of the operation.
  /// A sentence for a person: what was wrong and, where it helps, what would be right.
  std::string message = {};
  int http_status = 0;  ///< The HTTP status of the service's (last) answer; 0 when there was none.
  /// How long the service asked to wait (its Retry-After).
  std::optional<std::chrono::milliseconds> retry_after = {};
  std::optional<std::string> problem_type = {};    ///< `type` of the service's problem details (RFC 7807).
  std::optional<std::string> problem_title = {};   ///< `title` of the service's problem details.
  std::optional<std::string> problem_detail = {};  ///< `detail` of the service's problem details.
  std::optional<std::string> body = {};  ///< The (last) answer's body as it came, cut off at 64 KiB.
  bool retryable = false;                ///< Whether the same call can succeed later without a change.
  std::uint32_t attempts = 0;            ///< How many attempts were made.
  /// The key under which the event was, or would have been, sent: a resend of the same event with it
  /// cannot double it.
  std::optional<std::string> idempotency_key = {};
  hookrail::outcome outcome = hookrail::outcome::none;  ///< What is known about the event.
  /// The error beneath: for status::retries_exhausted the last attempt's; null when there is none.
  std::shared_ptr<const error_info> cause = {};

  /// The status as an error code.
  [[nodiscard]] std::error_code code() const noexcept { return make_error_code(status); }
  /// The last attempt's error: the innermost cause, and this error itself where it has none. One
  /// comparison, `last().status == status::rate_limited`, finds what the service or the network said
  /// last, whether that was final or the retries ran out over it. Lives as long as this error.
  [[nodiscard]] const error_info& last() const noexcept {
    const error_info* innermost = this;
    while (innermost->cause != nullptr) {
      innermost = innermost->cause.get();
    }
    return *innermost;
  }
};

#if defined(__cpp_exceptions)
/// What the throwing calls throw. what() is the message. Copying it does not throw.
class error : public std::runtime_error {
 public:
  /// An error with these details.
  explicit error(error_info info)
      : std::runtime_error(info.message), info_(std::make_shared<const error_info>(std::move(info))) {}

  /// All that is known.
  [[nodiscard]] const error_info& info() const noexcept { return *info_; }
  /// The status as an error code.
  [[nodiscard]] std::error_code code() const noexcept { return info_->code(); }
  /// error_info::status
  [[nodiscard]] hookrail::status status() const noexcept { return info_->status; }
  /// error_info::http_status
  [[nodiscard]] int http_status() const noexcept { return info_->http_status; }
  /// error_info::retry_after
  [[nodiscard]] std::optional<std::chrono::milliseconds> retry_after() const noexcept {
    return info_->retry_after;
  }
  /// error_info::retryable
  [[nodiscard]] bool retryable() const noexcept { return info_->retryable; }
  /// error_info::attempts
  [[nodiscard]] std::uint32_t attempts() const noexcept { return info_->attempts; }
  /// error_info::outcome
  [[nodiscard]] hookrail::outcome outcome() const noexcept { return info_->outcome; }
  /// error_info::idempotency_key
  [[nodiscard]] const std::optional<std::string>& idempotency_key() const noexcept {
    return info_->idempotency_key;
  }
  /// error_info::cause; the causes form a chain through their own `cause`.
  [[nodiscard]] const error_info* cause() const noexcept { return info_->cause.get(); }
  /// error_info::last(). Lives as long as this error or a copy of it.
  [[nodiscard]] const error_info& last() const noexcept { return info_->last(); }

 private:
  std::shared_ptr<const error_info> info_;
};
#endif

// Names what depends on the language standard and on -fno-exceptions, so that translation units
// compiled differently do not share inline functions of one name and two meanings.
#if defined(__cpp_lib_expected) && defined(__cpp_exceptions)
#define HOOKRAIL_CPP_ABI abi0_expected
#elif defined(__cpp_lib_expected)
#define HOOKRAIL_CPP_ABI abi0_expected_noexcept
#elif defined(__cpp_lib_jthread) && defined(__cpp_exceptions)
#define HOOKRAIL_CPP_ABI abi0_result_stop
#elif defined(__cpp_lib_jthread)
#define HOOKRAIL_CPP_ABI abi0_result_stop_noexcept
#elif defined(__cpp_exceptions)
#define HOOKRAIL_CPP_ABI abi0_result
#else
#define HOOKRAIL_CPP_ABI abi0_result_noexcept
#endif

inline namespace HOOKRAIL_CPP_ABI {

#if defined(__cpp_lib_expected)
/// A value, or what went wrong. Where the standard library has std::expected it is that; else a type of
/// this library with the part of its interface that is documented there.
template <class T>
using result = std::expected<T, error_info>;

/// What a failed result is made from.
using unexpected = std::unexpected<error_info>;
#else
/// What a failed result is made from.
class unexpected {
 public:
  /// Wraps the details of a failure.
  explicit unexpected(error_info info) noexcept : info_(std::move(info)) {}
  /// The details.
  [[nodiscard]] const error_info& error() const& noexcept { return info_; }
  /// The details, moved out.
  [[nodiscard]] error_info&& error() && noexcept { return std::move(info_); }

 private:
  error_info info_;
};

/// A value, or what went wrong: the part of std::expected<T, error_info> that needs no exceptions. As
/// there, asking for the value of a failure or for the error of a success is undefined behaviour.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;           ///< What it holds on success.
  using error_type = error_info;  ///< What it holds on failure.

  /// A success.
  result(T value) noexcept(std::is_nothrow_move_constructible_v<T>)
      : state_(std::in_place_index<0>, std::move(value)) {}
  /// A failure.
  result(hookrail::unexpected failure) noexcept
      : state_(std::in_place_index<1>, std::move(failure).error()) {}

  /// Whether it is a success.
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  /// Whether it is a success.
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// The value.
  [[nodiscard]] T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  /// The value.
  [[nodiscard]] const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  /// The value, to be moved out.
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  /// A member of the value.
  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&state_); }
  /// A member of the value.
  [[nodiscard]] const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  /// What went wrong.
  [[nodiscard]] const error_info& error() const& noexcept { return *std::get_if<1>(&state_); }
  /// What went wrong.
  [[nodiscard]] error_info& error() & noexcept { return *std::get_if<1>(&state_); }
  /// What went wrong, to be moved out.
  [[nodiscard]] error_info&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  /// The value, or `fallback` in place of a failure.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }
  /// The value, moved out, or `fallback` in place of a failure.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, error_info> state_;
};

/// Success, or what went wrong.
template <>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;        ///< There is no value.
  using error_type = error_info;  ///< What it holds on failure.

  /// A success.
  result() noexcept = default;
  /// A failure.
  result(hookrail::unexpected failure) noexcept : error_(std::move(failure).error()) {}

  /// Whether it is a success.
  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  /// Whether it is a success.
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Does nothing, as there is no value.
  void operator*() const noexcept {}
  /// What went wrong.
  [[nodiscard]] const error_info& error() const& noexcept { return *error_; }
  /// What went wrong.
  [[nodiscard]] error_info& error() & noexcept { return *error_; }
  /// What went wrong, to be moved out.
  [[nodiscard]] error_info&& error() && noexcept { return std::move(*error_); }

 private:
  std::optional<error_info> error_;
};
#endif

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace hookrail

// Lets a hookrail::status convert to a std::error_code.
template <>
struct std::is_error_code_enum<hookrail::status> : std::true_type {};

namespace hookrail {

/// The service's promise: it has recorded the event durably.
struct accepted {
  std::string event_id = {};                   ///< The event's id.
  std::vector<std::string> delivery_ids = {};  ///< Its deliveries; none when no subscription matched.
  /// Whether the service had recorded this key and these bytes before. A success all the same.
  bool replayed = false;
  std::string idempotency_key = {};  ///< The key under which the event was sent.
  std::uint32_t attempts = 0;        ///< How many attempts it took.
  std::string json = {};             ///< The service's answer as it came.
};

/// An attempt of a delivery, as the service reports it.
struct attempt {
  std::int64_t number = 0;                                ///< Its number as the service counts.
  std::int64_t claim_version = 0;                         ///< Its claim version.
  std::string status = {};                                ///< What it came to, in the service's own word.
  std::optional<std::int64_t> http_status = {};           ///< What the receiver answered, if it did.
  std::optional<std::string> error_class = {};            ///< The service's word for what went wrong.
  std::optional<std::chrono::milliseconds> latency = {};  ///< How long it took.
};

/// A delivery of an event to one endpoint.
struct delivery {
  std::string id = {};                             ///< Its id.
  delivery_state state = delivery_state::unknown;  ///< Its state.
  std::string state_text = {};                     ///< Its state in the service's own word.
  bool attempts_truncated = false;                 ///< Whether the service left out attempts.
  std::vector<attempt> attempts = {};              ///< Its attempts.
};

/// What became of an event.
struct event_status {
  std::string event_id = {};              ///< The event's id.
  std::string topic = {};                 ///< Its topic.
  std::vector<delivery> deliveries = {};  ///< Its deliveries.
  std::string json = {};                  ///< The service's answer as it came.
};

/// An event whose idempotency key and bytes are fixed. Store the blob and send it later, from any
/// process and in any language: it has the same outcome as a retry.
struct prepared_event {
  std::string blob = {};             ///< Binary; its format is documented in docs/prepared-events.md.
  std::string idempotency_key = {};  ///< The key that it fixes.
};

/// A point in time to the second, as signatures have it. The C ABI takes -1 for the system's clock, so
/// the last second of 1969 cannot be given.
using sys_seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

/// A delivery that verified.
struct verified {
  std::size_t secret_index = 0;    ///< Which secret matched: says when an old one is out of use.
  sys_seconds signed_at = {};      ///< When the delivery was signed.
  std::chrono::seconds skew = {};  ///< Now minus signed_at: drifts where a clock is off.
};

/// The two headers of a delivery that verifying takes.
struct signature_headers {
  std::string signature = {};    ///< The value of hookrail-signature.
  std::string delivery_id = {};  ///< The value of hookrail-delivery-id.
};

/// Secrets and tolerance of a verifier. The secrets are not wiped from this, only from the verifier.
struct verifier_options {
  /// 1 to 16 endpoint secrets, of which any may match; each as it is, "whsec_" included.
  std::vector<std::string> secrets = {};
  /// How far the signature's time may be from now, either way, the boundary included.
  std::chrono::seconds tolerance{HOOKRAIL_DEFAULT_TOLERANCE};
};

/// How a client reaches the service: by default as the environment (https_proxy, no_proxy, ...) says. A proxy
/// forwards the requests to an http service, and opens a tunnel (CONNECT) to an https service.
class proxy {
 public:
  /// As the environment says.
  proxy() noexcept = default;
  /// No proxy, whatever the environment says.
  [[nodiscard]] static proxy none() noexcept {
    proxy direct;
    direct.direct_ = true;
    return direct;
  }
  /// Through this proxy, for example "http://user:password@proxy.example.com:3128".
  [[nodiscard]] static proxy at(std::string_view url) {
    proxy explicit_one;
    explicit_one.url_ = std::string(url);
    return explicit_one;
  }
  /// Whether the environment decides.
  [[nodiscard]] bool from_environment() const noexcept { return !direct_ && !url_; }
  /// The proxy's URL where one was given.
  [[nodiscard]] const std::optional<std::string>& url() const noexcept { return url_; }

 private:
  bool direct_ = false;
  std::optional<std::string> url_ = {};
};

/// The delays between attempts: before retry n random between 0 and min(cap, base * 2^n).
struct backoff {
  std::chrono::milliseconds base{200};    ///< Positive.
  std::chrono::milliseconds cap{10'000};  ///< Not below the base.
};

/// The settings of a client. What is not set keeps the library's default.
struct client_options {
  /// The producer key; unset: the environment variable HOOKRAIL_API_KEY.
  std::optional<std::string> api_key = {};
  /// Where the service is, for example "https://hooks.example.com/prefix"; unset: the environment
  /// variable HOOKRAIL_BASE_URL, else "http://localhost:8080".
  std::optional<std::string> base_url = {};
  /// For looking up the name, connecting and negotiating TLS (5 s).
  std::optional<std::chrono::milliseconds> connect_timeout = {};
  /// For each wait for a part of the answer (10 s).
  std::optional<std::chrono::milliseconds> read_timeout = {};
  /// For each wait until the service takes more of the request (10 s).
  std::optional<std::chrono::milliseconds> write_timeout = {};
  /// For a whole call, retries and the waits between them included (30 s).
  std::optional<std::chrono::milliseconds> total_timeout = {};
  /// How often a failed attempt is repeated (3, that is up to 4 attempts). Three retries are over within
  /// 1.4 s, and a restart of the service takes up to 1.7 s: 10 outlast one.
  std::optional<std::int32_t> max_retries = {};
  /// The delays between attempts (200 ms to 10 s; unset, a shorter total_timeout lowers the cap).
  std::optional<hookrail::backoff> backoff = {};
  /// Whether the service's Retry-After is the least wait before a retry (true).
  std::optional<bool> respect_retry_after = {};
  /// Whether plain http is refused, unless service and proxy are on this machine (false). Over plain http the
  /// API key and the events can be read on their way: set it in production.
  std::optional<bool> require_https = {};
  /// Whether a base URL must be given, here or by HOOKRAIL_BASE_URL (false: http://localhost:8080 is taken).
  /// Set it in production.
  std::optional<bool> require_base_url = {};
  /// PEM files with further certificate authorities to trust.
  std::vector<std::string> ca_files = {};
  /// PEM texts with further certificate authorities to trust.
  std::vector<std::string> ca_pems = {};
  /// Which certificate authorities are trusted.
  hookrail::tls_roots tls_roots = hookrail::tls_roots::platform;
  /// The proxy (as the environment says).
  hookrail::proxy proxy = {};
  /// How many idle connections are kept for reuse (64).
  std::optional<std::size_t> idle_connections = {};
  /// How long a connection is used before another replaces it, so that the client follows a name that leads
  /// to another address (5 min, for each connection up to a fifth less); 0: without end.
  std::optional<std::chrono::milliseconds> max_connection_age = {};
  /// The largest payload that is sent, in bytes (262144, the service's own limit); 0 for none.
  std::optional<std::size_t> payload_limit = {};
  /// What follows the library's own part of the User-Agent, for example "shop/2.1".
  std::optional<std::string> user_agent_suffix = {};
  /// The most events that a producer holds: queued, in flight, or completed and not collected (10000).
  std::optional<std::size_t> queue_max_events = {};
  /// The most bytes of events that a producer holds, queued or in flight (67108864).
  std::optional<std::size_t> queue_max_bytes = {};
  /// How many threads of a producer send at most (4).
  std::optional<std::int32_t> workers = {};
  /// For delivering a submitted event, queueing and retries included (120 s).
  std::optional<std::chrono::milliseconds> delivery_timeout = {};
};

/// What may be said about a submitted event.
struct submit_options {
  /// The key under which the service recognises the event; unset: a random UUID. 1 to 255 visible ASCII
  /// characters, with spaces inside but not at the ends.
  std::optional<std::string> idempotency_key = {};
  /// Events with the same one are sent one at a time in the order of their submission, and delivered in
  /// order by ordered subscriptions. 1 to 256 visible ASCII characters, with spaces inside but not at the
  /// ends.
  std::optional<std::string> ordering_key = {};
  /// For queueing and all attempts, in place of the client's delivery timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Comes back with the completion.
  std::uint64_t tag = 0;
  /// Without, nobody will hear what became of the event.
  bool wants_completion = true;
};

/// What became of a submitted event.
struct completion {
  std::uint64_t tag = 0;                                ///< submit_options::tag
  std::uint64_t token = 0;                              ///< What the submit returned.
  hookrail::status status = hookrail::status::ok;       ///< What happened.
  hookrail::outcome outcome = hookrail::outcome::none;  ///< What is known about the event.
  int http_status = 0;         ///< The HTTP status of the service's last answer; 0 when there was none.
  std::uint32_t attempts = 0;  ///< How many attempts were made.
  /// From the submit to the first attempt, or to the end where there was none.
  std::chrono::microseconds queued = {};
  std::chrono::microseconds total = {};             ///< From the submit to the end.
  std::optional<hookrail::accepted> accepted = {};  ///< The service's promise; there with status::ok.
  std::optional<error_info> error = {};             ///< What went wrong; there with any other status.
};

/// What a producer holds.
struct pending_counts {
  std::size_t queued = 0;       ///< Submitted events that wait.
  std::size_t in_flight = 0;    ///< Submitted events that are being sent.
  std::size_t completions = 0;  ///< Completions that were not collected.
};

/// Which submitted events are given up.
enum class purge_scope : std::uint32_t {
  queued = HOOKRAIL_PURGE_QUEUED,                          ///< Those that wait.
  in_flight = HOOKRAIL_PURGE_IN_FLIGHT,                    ///< Those that are being sent.
  all = HOOKRAIL_PURGE_QUEUED | HOOKRAIL_PURGE_IN_FLIGHT,  ///< Both.
};

inline namespace HOOKRAIL_CPP_ABI {

class cancel_token;

/// What may be said about a send. A fixed idempotency key makes all sends with it the same event.
struct send_options {
  /// The key under which the service recognises the event; unset: a random UUID for each send. 1 to 255
  /// visible ASCII characters, with spaces inside but not at the ends.
  std::optional<std::string> idempotency_key = {};
  /// Events with the same one are delivered in order by ordered subscriptions. 1 to 256 visible ASCII
  /// characters, with spaces inside but not at the ends.
  std::optional<std::string> ordering_key = {};
  /// For the whole send, in place of the client's total timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Ends the send early; looked at when the send begins.
  const cancel_token* cancel = nullptr;
};

/// What may be said about other calls.
struct call_options {
  /// For the whole call, in place of the client's total timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Ends the call early; looked at when the call begins.
  const cancel_token* cancel = nullptr;
};

}  // namespace HOOKRAIL_CPP_ABI

namespace detail {

template <auto Free>
struct deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

template <class T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

// Sets the constructors that take over a handle apart from those that users call, even with `{}`.
struct adopt {};

using call_handle = handle<hookrail_call, hookrail_call_free>;
using accepted_handle = handle<hookrail_accepted, hookrail_accepted_free>;
using cancel_handle = handle<hookrail_cancel, hookrail_cancel_free>;
using client_handle = handle<hookrail_client, hookrail_client_free>;
using client_options_handle = handle<hookrail_client_options, hookrail_client_options_free>;
using error_handle = handle<hookrail_error, hookrail_error_free>;
using event_status_handle = handle<hookrail_event_status, hookrail_event_status_free>;
using prepared_handle = handle<hookrail_prepared, hookrail_prepared_free>;
using send_options_handle = handle<hookrail_send_options, hookrail_send_options_free>;
using verification_handle = handle<hookrail_verification, hookrail_verification_free>;
using verifier_handle = handle<hookrail_verifier, hookrail_verifier_free>;
using verifier_options_handle = handle<hookrail_verifier_options, hookrail_verifier_options_free>;

// The default argument where options hold text. Temporaries in its place make GCC 12 suspect that their
// destructors read what was never set (-Wmaybe-uninitialized, in the users' code). Never destroyed, so that the
// destructors of static objects may still send.
template <class Options>
[[nodiscard]] const Options& defaults() noexcept {
  static const Options& options = *new Options();
  return options;
}

[[nodiscard]] inline std::optional<std::string> optional_text(const char* text) {
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

[[nodiscard]] inline std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

[[nodiscard]] inline std::optional<std::chrono::milliseconds> optional_milliseconds(std::int64_t value) {
  return value < 0 ? std::nullopt : std::optional(std::chrono::milliseconds(value));
}

[[nodiscard]] inline error_info refusal(status reason, std::string message, outcome known = outcome::none) {
  error_info info;
  info.status = reason;
  info.message = std::move(message);
  info.outcome = known;
  return info;
}

[[nodiscard]] inline error_info describe(const hookrail_error& error) {
  error_info info;
  info.status = static_cast<status>(hookrail_error_status(&error));
  info.message.assign(hookrail_error_message(&error), hookrail_error_message_len(&error));
  info.http_status = hookrail_error_http_status(&error);
  info.retry_after = optional_milliseconds(hookrail_error_retry_after_ms(&error));
  info.problem_type = optional_text(hookrail_error_problem_type(&error));
  info.problem_title = optional_text(hookrail_error_problem_title(&error));
  info.problem_detail = optional_text(hookrail_error_problem_detail(&error));
  if (const char* body = hookrail_error_body(&error)) {
    info.body.emplace(body, hookrail_error_body_len(&error));
  }
  info.retryable = hookrail_error_retryable(&error);
  info.attempts = hookrail_error_attempts(&error);
  info.idempotency_key = optional_text(hookrail_error_idempotency_key(&error));
  info.outcome = static_cast<outcome>(hookrail_error_outcome(&error));
  if (const hookrail_error* cause = hookrail_error_cause(&error)) {
    info.cause = std::make_shared<const error_info>(describe(*cause));
  }
  return info;
}

[[nodiscard]] inline bool abi_matches() noexcept {
  static const bool matches = hookrail_abi_version() == HOOKRAIL_ABI_VERSION;
  return matches;
}

[[nodiscard]] inline error_info abi_mismatch() {
  return refusal(status::configuration,
                 "libhookrail " + std::string(version()) + " has ABI " + std::to_string(abi_version()) +
                     ", but this program was compiled for ABI " + std::to_string(HOOKRAIL_ABI_VERSION) +
                     ": install the library that its headers belong to");
}

[[nodiscard]] inline accepted to_value(const hookrail_accepted& handle) {
  accepted value;
  value.event_id = hookrail_accepted_event_id(&handle);
  const std::size_t count = hookrail_accepted_delivery_count(&handle);
  value.delivery_ids.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    value.delivery_ids.push_back(text_or_empty(hookrail_accepted_delivery_id(&handle, index)));
  }
  value.replayed = hookrail_accepted_replayed(&handle);
  value.idempotency_key = hookrail_accepted_idempotency_key(&handle);
  value.attempts = hookrail_accepted_attempts(&handle);
  value.json.assign(hookrail_accepted_json(&handle), hookrail_accepted_json_len(&handle));
  return value;
}

[[nodiscard]] inline attempt to_value(const hookrail_event_status& handle, std::size_t of,
                                      std::size_t index) {
  attempt value;
  value.number = hookrail_event_status_attempt_number(&handle, of, index);
  value.claim_version = hookrail_event_status_attempt_claim_version(&handle, of, index);
  value.status = text_or_empty(hookrail_event_status_attempt_status(&handle, of, index));
  const std::int64_t http_status = hookrail_event_status_attempt_http_status(&handle, of, index);
  if (http_status != 0) {
    value.http_status = http_status;
  }
  value.error_class = optional_text(hookrail_event_status_attempt_error_class(&handle, of, index));
  value.latency = optional_milliseconds(hookrail_event_status_attempt_latency_ms(&handle, of, index));
  return value;
}

[[nodiscard]] inline delivery to_value(const hookrail_event_status& handle, std::size_t index) {
  delivery value;
  value.id = text_or_empty(hookrail_event_status_delivery_id(&handle, index));
  value.state = static_cast<delivery_state>(hookrail_event_status_delivery_state(&handle, index));
  value.state_text = text_or_empty(hookrail_event_status_delivery_state_text(&handle, index));
  value.attempts_truncated = hookrail_event_status_delivery_attempts_truncated(&handle, index);
  const std::size_t count = hookrail_event_status_attempt_count(&handle, index);
  value.attempts.reserve(count);
  for (std::size_t number = 0; number < count; ++number) {
    value.attempts.push_back(to_value(handle, index, number));
  }
  return value;
}

[[nodiscard]] inline event_status to_value(const hookrail_event_status& handle) {
  event_status value;
  value.event_id = hookrail_event_status_event_id(&handle);
  value.topic = hookrail_event_status_topic(&handle);
  const std::size_t count = hookrail_event_status_delivery_count(&handle);
  value.deliveries.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    value.deliveries.push_back(to_value(handle, index));
  }
  value.json.assign(hookrail_event_status_json(&handle), hookrail_event_status_json_len(&handle));
  return value;
}

[[nodiscard]] inline std::int64_t unix_time(const std::optional<sys_seconds>& now) noexcept {
  return now ? static_cast<std::int64_t>(now->time_since_epoch().count()) : std::int64_t{HOOKRAIL_NOW};
}

[[nodiscard]] inline verified to_value(std::size_t secret_index, std::int64_t signed_at, std::int64_t skew) {
  return {secret_index, sys_seconds(std::chrono::seconds(signed_at)), std::chrono::seconds(skew)};
}

// Takes over the handles of the completion.
[[nodiscard]] inline completion to_value(const hookrail_completion& collected) {
  const accepted_handle promise(collected.accepted);
  const error_handle failure(collected.error);
  completion value;
  value.tag = collected.tag;
  value.token = collected.token;
  value.status = static_cast<status>(collected.status);
  value.outcome = static_cast<outcome>(collected.outcome);
  value.http_status = collected.http_status;
  value.attempts = collected.attempts;
  value.queued = std::chrono::microseconds(collected.queued_us);
  value.total = std::chrono::microseconds(collected.total_us);
  if (promise != nullptr) {
    value.accepted = to_value(*promise);
  }
  if (failure != nullptr) {
    value.error = describe(*failure);
  }
  return value;
}

inline namespace HOOKRAIL_CPP_ABI {

// A sequence of calls into the C ABI that ends at the first failure and keeps it.
class invocation {
 public:
  invocation() noexcept : status_(abi_matches() ? HOOKRAIL_OK : HOOKRAIL_CONFIGURATION) {}
  invocation(const invocation&) = delete;
  invocation& operator=(const invocation&) = delete;
  ~invocation() { hookrail_error_free(error_); }

  template <class Function, class... Arguments>
  [[nodiscard]] bool operator()(Function function, Arguments... arguments) noexcept {
    if (status_ == HOOKRAIL_OK) {
      status_ = function(arguments..., &error_);
    }
    return status_ == HOOKRAIL_OK;
  }

  [[nodiscard]] bool ok() const noexcept { return status_ == HOOKRAIL_OK; }
  [[nodiscard]] hookrail_status status() const noexcept { return status_; }

  [[nodiscard]] unexpected failure() const noexcept {
    if (error_ != nullptr) {
      return unexpected(describe(*error_));
    }
    if (!abi_matches()) {
      return unexpected(abi_mismatch());
    }
    const auto reason = static_cast<hookrail::status>(status_);
    return unexpected(refusal(reason, std::string(name(reason))));
  }

 private:
  hookrail_status status_;
  hookrail_error* error_ = nullptr;
};

#if defined(__cpp_exceptions)
template <class T>
T value(result<T>&& attempted) {
  if (!attempted) {
    throw error(std::move(attempted).error());
  }
  return *std::move(attempted);
}

inline void value(result<void>&& attempted) {
  if (!attempted) {
    throw error(std::move(attempted).error());
  }
}
#endif

// Text that a C function writes into a buffer, whose size it is asked to say.
template <class Write>
[[nodiscard]] result<std::string> written(Write write) noexcept {
  std::string buffer(512, '\0');
  for (;;) {
    invocation call;
    std::size_t needed = 0;
    if (call(write, buffer.data(), buffer.size(), &needed)) {
      buffer.resize(needed - 1);
      return buffer;
    }
    if (call.status() != HOOKRAIL_BUFFER_TOO_SMALL) {
      return call.failure();
    }
    // Counters may gain digits until the next call.
    buffer.resize(needed + 64);
  }
}

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace detail

inline namespace HOOKRAIL_CPP_ABI {

/// Ends calls early. Sticky: once fired it stays fired, and a call that begins with a fired token does
/// nothing. Any number of calls may use it. It may be destroyed while calls use it.
class cancel_token {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  cancel_token() : cancel_token(detail::value(try_create())) {}
#endif

  /// Makes a token; it takes a file descriptor.
  ///
  /// Errors: status::out_of_resources (the process is out of file descriptors).
  [[nodiscard]] static result<cancel_token> try_create() noexcept {
    detail::invocation call;
    hookrail_cancel* out = nullptr;
    if (!call(hookrail_cancel_new, &out)) {
      return call.failure();
    }
    return cancel_token(detail::adopt(), out);
  }

  /// Every call that uses it, now or later, ends with status::cancelled, within milliseconds and wherever
  /// it is. A second time does nothing. Async-signal-safe.
  void fire() const noexcept { hookrail_cancel_fire(handle_.get()); }

  /// Whether it was fired. Async-signal-safe.
  [[nodiscard]] bool fired() const noexcept { return hookrail_cancel_is_fired(handle_.get()); }

  /// For calls of the C ABI; still owned by this object.
  [[nodiscard]] const hookrail_cancel* native_handle() const noexcept { return handle_.get(); }

 private:
  cancel_token(detail::adopt, hookrail_cancel* handle) noexcept : handle_(handle) {}

  detail::cancel_handle handle_;
};

}  // namespace HOOKRAIL_CPP_ABI

namespace detail {

inline namespace HOOKRAIL_CPP_ABI {

// The C ABI takes null for "no token": a call that cannot be cancelled must not come of a token that was
// moved elsewhere.
[[nodiscard]] inline result<const hookrail_cancel*> checked_cancel(const cancel_token* token,
                                                                   outcome refused) noexcept {
  if (token == nullptr) {
    return static_cast<const hookrail_cancel*>(nullptr);
  }
  if (token->native_handle() == nullptr) {
    return unexpected(refusal(status::invalid_argument,
                              "the cancel token was moved from: give the one it was moved to", refused));
  }
  return token->native_handle();
}

// The C ABI takes 0 and less for "the client's": a timeout that was computed and came out as that must not
// turn into the longest one.
[[nodiscard]] inline result<std::int64_t> checked_timeout(
    const std::optional<std::chrono::milliseconds>& timeout, outcome refused) noexcept {
  if (!timeout) {
    return std::int64_t{0};
  }
  const auto count = static_cast<std::int64_t>(timeout->count());
  if (count <= 0) {
    return unexpected(refusal(
        status::invalid_argument,
        "the timeout is " + std::to_string(count) + " ms: it must be positive, or unset for the client's own",
        refused));
  }
  return count;
}

// How long to wait, where the C ABI takes less than 0 for "without end": the time left until a deadline that
// has passed must not turn into that.
[[nodiscard]] inline std::int64_t waiting_time(
    const std::optional<std::chrono::milliseconds>& timeout) noexcept {
  return timeout ? std::max(static_cast<std::int64_t>(timeout->count()), std::int64_t{0}) : std::int64_t{-1};
}

// Null where the options say nothing: sends are spared the handle.
template <class Options>
[[nodiscard]] send_options_handle native(invocation& call, const Options& options,
                                         const hookrail_cancel* cancel = nullptr) noexcept {
  if (!call.ok() ||
      (!options.idempotency_key && !options.ordering_key && !options.timeout && cancel == nullptr)) {
    return nullptr;
  }
  send_options_handle handle(hookrail_send_options_new());
  bool ok = true;
  if (const auto& key = options.idempotency_key) {
    ok = call(hookrail_send_options_set_idempotency_key, handle.get(), key->data(), key->size());
  }
  if (const auto& key = options.ordering_key) {
    ok = ok && call(hookrail_send_options_set_ordering_key, handle.get(), key->data(), key->size());
  }
  if (options.timeout) {
    ok = ok && call(hookrail_send_options_set_timeout_ms, handle.get(),
                    static_cast<std::int64_t>(options.timeout->count()));
  }
  if (cancel != nullptr) {
    ok = ok && call(hookrail_send_options_set_cancel, handle.get(), cancel);
  }
  return ok ? std::move(handle) : nullptr;
}

[[nodiscard]] inline client_options_handle native(invocation& call, const client_options& options) noexcept {
  client_options_handle handle(call.ok() ? hookrail_client_options_new() : nullptr);
  hookrail_client_options* const raw = handle.get();
  using namespace std::string_view_literals;
  bool ok = call(hookrail_client_options_set_binding, raw, "cpp", "cpp"sv.size());
  const auto set_time = [&](auto function, const std::optional<std::chrono::milliseconds>& time) {
    ok = ok && (!time || call(function, raw, static_cast<std::int64_t>(time->count())));
  };
  const auto set_text = [&](auto function, std::string_view text) {
    ok = ok && call(function, raw, text.data(), text.size());
  };
  const auto set = [&](auto function, const auto& option) {
    ok = ok && (!option || call(function, raw, *option));
  };
  set_time(hookrail_client_options_set_connect_timeout_ms, options.connect_timeout);
  set_time(hookrail_client_options_set_read_timeout_ms, options.read_timeout);
  set_time(hookrail_client_options_set_write_timeout_ms, options.write_timeout);
  set_time(hookrail_client_options_set_total_timeout_ms, options.total_timeout);
  set(hookrail_client_options_set_max_retries, options.max_retries);
  if (options.backoff) {
    ok = ok && call(hookrail_client_options_set_backoff_ms, raw,
                    static_cast<std::int64_t>(options.backoff->base.count()),
                    static_cast<std::int64_t>(options.backoff->cap.count()));
  }
  set(hookrail_client_options_set_respect_retry_after, options.respect_retry_after);
  set(hookrail_client_options_set_require_https, options.require_https);
  set(hookrail_client_options_set_require_base_url, options.require_base_url);
  for (const std::string& file : options.ca_files) {
    set_text(hookrail_client_options_add_ca_file, file);
  }
  for (const std::string& pem : options.ca_pems) {
    set_text(hookrail_client_options_add_ca_pem, pem);
  }
  ok = ok && call(hookrail_client_options_set_tls_roots, raw, static_cast<std::int32_t>(options.tls_roots));
  if (!options.proxy.from_environment()) {
    set_text(hookrail_client_options_set_proxy,
             options.proxy.url() ? std::string_view(*options.proxy.url()) : std::string_view());
  }
  set(hookrail_client_options_set_idle_connections, options.idle_connections);
  set_time(hookrail_client_options_set_max_connection_age_ms, options.max_connection_age);
  set(hookrail_client_options_set_payload_limit, options.payload_limit);
  set(hookrail_client_options_set_queue_max_events, options.queue_max_events);
  set(hookrail_client_options_set_queue_max_bytes, options.queue_max_bytes);
  set(hookrail_client_options_set_workers, options.workers);
  set_time(hookrail_client_options_set_delivery_timeout_ms, options.delivery_timeout);
  if (options.user_agent_suffix) {
    set_text(hookrail_client_options_set_user_agent_suffix, *options.user_agent_suffix);
  }
  return ok ? std::move(handle) : nullptr;
}

#if defined(__cpp_lib_jthread)
// Makes a call that a requested stop ends, by a cancel token of its own.
template <class Options, class Call>
[[nodiscard]] auto stoppable(const std::stop_token& stop, Options options, outcome refused,
                             Call call) noexcept -> decltype(call(options)) {
  if (options.cancel != nullptr) {
    return unexpected(refusal(status::invalid_argument,
                              "a stop token and a cancel token were given: only one can end a call",
                              refused));
  }
  if (!stop.stop_possible()) {
    return call(options);
  }
  auto token = cancel_token::try_create();
  if (!token) {
    return unexpected(std::move(token).error());
  }
  const std::stop_callback fire(stop, [&token] { token->fire(); });
  options.cancel = &*token;
  return call(options);
}
#endif

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace detail

inline namespace HOOKRAIL_CPP_ABI {

/// A call under way on a thread of the library, begun by client::start_send() and its like, for programs
/// whose own threads must stay free. Destroying it before it is done cancels it. `T`: accepted or
/// event_status.
template <class T>
class pending_call {
 public:
  /// Waits until the call is done; `timeout`: unset to wait without end.
  ///
  /// Errors: status::timeout (not done yet), status::interrupted (a signal was delivered to this thread; the
  /// call goes on), status::forked (the call is the parent process's).
  [[nodiscard]] result<void> try_wait(
      std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    detail::invocation call;
    if (!call(hookrail_call_wait, handle_.get(), detail::waiting_time(timeout))) {
      return call.failure();
    }
    return {};
  }

  /// The descriptor that is readable once the call is done; the call's: neither read nor close it. -1 after
  /// a move.
  [[nodiscard]] int fd() const noexcept { return hookrail_call_fd(handle_.get()); }

  /// Ends the call early: it is done within milliseconds, with status::cancelled and what is known about the
  /// event, unless it was done already. Async-signal-safe.
  void cancel() const noexcept { hookrail_call_cancel(handle_.get()); }

  /// The result, to be asked for once; waits where the call is not done.
  ///
  /// Errors: those of client::try_send() or client::try_get_event(), status::forked,
  /// status::invalid_argument (a second time).
  [[nodiscard]] result<T> try_finish() noexcept {
    detail::invocation call;
    if constexpr (std::is_same_v<T, accepted>) {
      hookrail_accepted* out = nullptr;
      if (!call(hookrail_call_finish_send, handle_.get(), &out)) {
        return call.failure();
      }
      return detail::to_value(*detail::accepted_handle(out));
    } else {
      hookrail_event_status* out = nullptr;
      if (!call(hookrail_call_finish_get_event, handle_.get(), &out)) {
        return call.failure();
      }
      return detail::to_value(*detail::event_status_handle(out));
    }
  }

#if defined(__cpp_exceptions)
  /// try_wait(), throwing for all but time that is over: whether the call is done.
  bool wait(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    auto waited = try_wait(timeout);
    if (!waited && waited.error().status == status::timeout) {
      return false;
    }
    detail::value(std::move(waited));
    return true;
  }

  /// try_finish(), throwing.
  T finish() { return detail::value(try_finish()); }
#endif

 private:
  friend class client;
  pending_call(detail::adopt, hookrail_call* handle) noexcept : handle_(handle) {}

  detail::call_handle handle_;
};

/// A connection to a Hookrail service. Threads may share a client, and should: it keeps the connections.
/// A child made by fork() may use its parent's client; it opens connections of its own.
class client {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  explicit client(const client_options& options = detail::defaults<client_options>())
      : client(detail::value(try_create(options))) {}
#endif

  /// Makes a client. Nothing is connected yet. Reads the environment.
  ///
  /// Errors: status::configuration (no key, an unusable key, base URL, proxy, retry policy or certificate
  /// authority), status::invalid_argument (an option out of range).
  [[nodiscard]] static result<client> try_create(
      const client_options& options = detail::defaults<client_options>()) noexcept {
    detail::invocation call;
    const detail::client_options_handle native = detail::native(call, options);
    const auto text = [](const std::optional<std::string>& option) {
      return option ? std::string_view(*option) : std::string_view();
    };
    const std::string_view key = text(options.api_key);
    const std::string_view url = text(options.base_url);
    hookrail_client* out = nullptr;
    if (!call(hookrail_client_new, key.data(), key.size(), url.data(), url.size(), native.get(), &out)) {
      return call.failure();
    }
    return client(detail::adopt(), out);
  }

  /// Sends one event and waits until the service has recorded it. Failed attempts are repeated with the
  /// same key and the same bytes, within the total timeout. A signal neither ends nor repeats the call.
  ///
  /// `topic`: not empty, at most 256 characters, UTF-8. `payload`: exactly one JSON value in UTF-8; its
  /// bytes go out as they are. Refused with the offset: more than 512 levels of arrays and objects inside
  /// each other, and what the service can never store (`\u0000`, half a surrogate pair, a number of
  /// 10^131072 or more or with more than 16383 decimal places).
  ///
  /// Errors, each with outcome, idempotency key and number of attempts: status::invalid_argument (topic,
  /// payload or an option; nothing was sent), status::payload_too_large, status::bad_request,
  /// status::authentication, status::permission_denied, status::not_found, status::conflict,
  /// status::unexpected_status, status::tls (a certificate that does not fit), status::protocol,
  /// status::rate_limited (nothing was sent: after a 429 the client slows down, and the call's turn would come
  /// after its time), status::cancelled, status::closed, status::retries_exhausted over the last attempt's error.
  [[nodiscard]] result<accepted> try_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    const result<const hookrail_cancel*> cancel = detail::checked_cancel(options.cancel, outcome::not_sent);
    if (!cancel) {
      return unexpected(cancel.error());
    }
    detail::invocation call;
    const detail::send_options_handle native = detail::native(call, options, *cancel);
    hookrail_accepted* out = nullptr;
    if (!call(hookrail_send_event, handle_.get(), topic.data(), topic.size(), payload.data(), payload.size(),
              native.get(), &out)) {
      return call.failure();
    }
    return detail::to_value(*detail::accepted_handle(out));
  }

  /// Checks an event and fixes its key and its bytes, without sending it. Of the options the idempotency
  /// key and the ordering key count. The blob does not hold the API key.
  ///
  /// Errors: status::invalid_argument, status::payload_too_large (the client's limit).
  [[nodiscard]] result<prepared_event> try_prepare(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    const result<const hookrail_cancel*> cancel = detail::checked_cancel(options.cancel, outcome::none);
    if (!cancel) {
      return unexpected(cancel.error());
    }
    detail::invocation call;
    const detail::send_options_handle native = detail::native(call, options, *cancel);
    hookrail_prepared* out = nullptr;
    if (!call(hookrail_event_prepare, handle_.get(), topic.data(), topic.size(), payload.data(),
              payload.size(), native.get(), &out)) {
      return call.failure();
    }
    const detail::prepared_handle prepared(out);
    return prepared_event{std::string(hookrail_prepared_blob(out), hookrail_prepared_blob_len(out)),
                          hookrail_prepared_idempotency_key(out)};
  }

  /// Sends a prepared event. However often and by whomever: with the same producer key the service
  /// records it once, as long as it remembers the idempotency key (a day by default).
  ///
  /// Errors: status::damaged_blob (nothing was sent), and those of try_send().
  [[nodiscard]] result<accepted> try_send_prepared(std::string_view blob,
                                                   const call_options& options = {}) const noexcept {
    const result<std::int64_t> timeout = detail::checked_timeout(options.timeout, outcome::not_sent);
    if (!timeout) {
      return unexpected(timeout.error());
    }
    const result<const hookrail_cancel*> cancel = detail::checked_cancel(options.cancel, outcome::not_sent);
    if (!cancel) {
      return unexpected(cancel.error());
    }
    detail::invocation call;
    hookrail_accepted* out = nullptr;
    if (!call(hookrail_send_prepared, handle_.get(), blob.data(), blob.size(), *cancel, *timeout, &out)) {
      return call.failure();
    }
    return detail::to_value(*detail::accepted_handle(out));
  }

  /// Asks what became of an event.
  ///
  /// Errors: status::invalid_argument (an id that is empty, "." or "..", over 256 bytes or not UTF-8);
  /// status::not_found when there is no such event; a service whose database is away answers with
  /// status::authentication or status::server_error instead; otherwise as try_send(), without key and outcome.
  [[nodiscard]] result<event_status> try_get_event(std::string_view event_id,
                                                   const call_options& options = {}) const noexcept {
    const result<std::int64_t> timeout = detail::checked_timeout(options.timeout, outcome::none);
    if (!timeout) {
      return unexpected(timeout.error());
    }
    const result<const hookrail_cancel*> cancel = detail::checked_cancel(options.cancel, outcome::none);
    if (!cancel) {
      return unexpected(cancel.error());
    }
    detail::invocation call;
    hookrail_event_status* out = nullptr;
    if (!call(hookrail_get_event, handle_.get(), event_id.data(), event_id.size(), *cancel, *timeout, &out)) {
      return call.failure();
    }
    return detail::to_value(*detail::event_status_handle(out));
  }

  /// Starts try_send() on a thread of the library, and returns at once.
  ///
  /// Errors: status::invalid_argument (also for a cancel token in the options: the call has its own),
  /// status::payload_too_large, status::out_of_resources (no thread or descriptor is to be had). The rest comes with
  /// pending_call::try_finish().
  [[nodiscard]] result<pending_call<accepted>> try_start_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    const result<const hookrail_cancel*> cancel = detail::checked_cancel(options.cancel, outcome::not_sent);
    if (!cancel) {
      return unexpected(cancel.error());
    }
    detail::invocation call;
    const detail::send_options_handle native = detail::native(call, options, *cancel);
    hookrail_call* out = nullptr;
    if (!call(hookrail_call_send, handle_.get(), topic.data(), topic.size(), payload.data(), payload.size(),
              native.get(), &out)) {
      return call.failure();
    }
    return pending_call<accepted>(detail::adopt(), out);
  }

  /// Starts try_send_prepared() on a thread of the library, and returns at once. `timeout`: unset for the
  /// client's total timeout.
  ///
  /// Errors: status::damaged_blob, and those of try_start_send().
  [[nodiscard]] result<pending_call<accepted>> try_start_send_prepared(
      std::string_view blob, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    const result<std::int64_t> limit = detail::checked_timeout(timeout, outcome::not_sent);
    if (!limit) {
      return unexpected(limit.error());
    }
    detail::invocation call;
    hookrail_call* out = nullptr;
    if (!call(hookrail_call_send_prepared, handle_.get(), blob.data(), blob.size(), *limit, &out)) {
      return call.failure();
    }
    return pending_call<accepted>(detail::adopt(), out);
  }

  /// Starts try_get_event() on a thread of the library, and returns at once. `timeout`: unset for the
  /// client's total timeout.
  ///
  /// Errors: status::invalid_argument, status::internal; the rest comes with pending_call::try_finish().
  [[nodiscard]] result<pending_call<event_status>> try_start_get_event(
      std::string_view event_id,
      std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    const result<std::int64_t> limit = detail::checked_timeout(timeout, outcome::none);
    if (!limit) {
      return unexpected(limit.error());
    }
    detail::invocation call;
    hookrail_call* out = nullptr;
    if (!call(hookrail_call_get_event, handle_.get(), event_id.data(), event_id.size(), *limit, &out)) {
      return call.failure();
    }
    return pending_call<event_status>(detail::adopt(), out);
  }

  /// The client's counters as a JSON object: "requests" (calls), "attempts", "successes", "replays",
  /// "connections_opened", "connections_reused", "bytes_sent", "bytes_received", and by status name
  /// "retries" and "failures". They only grow; a forked child counts from 0.
  [[nodiscard]] result<std::string> try_stats() const noexcept {
    return detail::written(
        [this](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
          return hookrail_client_stats(handle_.get(), buffer, size, needed, error);
        });
  }

#if defined(__cpp_lib_jthread)
  /// try_send() that a requested stop ends with status::cancelled; the outcome says what is known.
  ///
  /// Errors: as there; status::invalid_argument also where the options hold a cancel token, too.
  [[nodiscard]] result<accepted> try_send(
      std::string_view topic, std::string_view payload, const std::stop_token& stop,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return detail::stoppable(stop, options, outcome::not_sent, [&](const send_options& with_token) {
      return try_send(topic, payload, with_token);
    });
  }

  /// try_send_prepared() that a requested stop ends with status::cancelled.
  [[nodiscard]] result<accepted> try_send_prepared(std::string_view blob, const std::stop_token& stop,
                                                   const call_options& options = {}) const noexcept {
    return detail::stoppable(stop, options, outcome::not_sent, [&](const call_options& with_token) {
      return try_send_prepared(blob, with_token);
    });
  }

  /// try_get_event() that a requested stop ends with status::cancelled.
  [[nodiscard]] result<event_status> try_get_event(std::string_view event_id, const std::stop_token& stop,
                                                   const call_options& options = {}) const noexcept {
    return detail::stoppable(stop, options, outcome::none, [&](const call_options& with_token) {
      return try_get_event(event_id, with_token);
    });
  }
#endif

#if defined(__cpp_exceptions)
  /// try_send(), throwing.
  accepted send(std::string_view topic, std::string_view payload,
                const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(try_send(topic, payload, options));
  }

  /// try_prepare(), throwing.
  [[nodiscard]] prepared_event prepare(std::string_view topic, std::string_view payload,
                                       const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(try_prepare(topic, payload, options));
  }

  /// try_send_prepared(), throwing.
  accepted send_prepared(std::string_view blob, const call_options& options = {}) const {
    return detail::value(try_send_prepared(blob, options));
  }

  /// try_get_event(), throwing.
  [[nodiscard]] event_status get_event(std::string_view event_id, const call_options& options = {}) const {
    return detail::value(try_get_event(event_id, options));
  }

  /// try_start_send(), throwing.
  [[nodiscard]] pending_call<accepted> start_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(try_start_send(topic, payload, options));
  }

  /// try_start_send_prepared(), throwing.
  [[nodiscard]] pending_call<accepted> start_send_prepared(
      std::string_view blob, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_start_send_prepared(blob, timeout));
  }

  /// try_start_get_event(), throwing.
  [[nodiscard]] pending_call<event_status> start_get_event(
      std::string_view event_id, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_start_get_event(event_id, timeout));
  }

  /// try_stats(), throwing.
  [[nodiscard]] std::string stats() const { return detail::value(try_stats()); }

#if defined(__cpp_lib_jthread)
  /// try_send(), throwing.
  accepted send(std::string_view topic, std::string_view payload, const std::stop_token& stop,
                const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(try_send(topic, payload, stop, options));
  }

  /// try_send_prepared(), throwing.
  accepted send_prepared(std::string_view blob, const std::stop_token& stop,
                         const call_options& options = {}) const {
    return detail::value(try_send_prepared(blob, stop, options));
  }

  /// try_get_event(), throwing.
  [[nodiscard]] event_status get_event(std::string_view event_id, const std::stop_token& stop,
                                       const call_options& options = {}) const {
    return detail::value(try_get_event(event_id, stop, options));
  }
#endif
#endif

  /// For calls of the C ABI; still owned by this object.
  [[nodiscard]] const hookrail_client* native_handle() const noexcept { return handle_.get(); }

 private:
  client(detail::adopt, hookrail_client* handle) noexcept : handle_(handle) {}

  detail::client_handle handle_;
};

/// A client with a queue: hands events over without waiting, and collects later what became of them. Each
/// accepted submit gets exactly one completion, unless none was wanted. Threads may share a producer.
///
/// Its threads start with the first submit. Destroying it neither waits nor sends what is queued: close() it
/// first. In a child made by fork() it starts with an empty queue.
class producer {
 public:
  /// Submits through this client.
  explicit producer(hookrail::client client) noexcept : client_(std::move(client)) {}

#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  explicit producer(const client_options& options = detail::defaults<client_options>()) : client_(options) {}
#endif

  /// Makes a producer with a client of its own.
  ///
  /// Errors: those of client::try_create().
  [[nodiscard]] static result<producer> try_create(
      const client_options& options = detail::defaults<client_options>()) noexcept {
    auto created = client::try_create(options);
    if (!created) {
      return unexpected(std::move(created).error());
    }
    return producer(*std::move(created));
  }

  /// The client, for calls that wait.
  [[nodiscard]] const hookrail::client& client() const noexcept { return client_; }

  /// Queues an event, and returns at once a token for try_cancel(). Arguments as for client::try_send().
  /// Everything that can be wrong with them is said here; what becomes of the event, by its completion. Within
  /// its timeout the number of retries is not limited.
  ///
  /// Errors: status::queue_full (collect completions, wait, or drop the event), status::closed,
  /// status::invalid_argument, status::payload_too_large, status::out_of_resources (no thread or descriptor is to be had).
  /// Nothing was queued then.
  [[nodiscard]] result<std::uint64_t> try_submit(
      std::string_view topic, std::string_view payload,
      const submit_options& options = detail::defaults<submit_options>()) const noexcept {
    detail::invocation call;
    const detail::send_options_handle native = detail::native(call, options);
    std::uint64_t token = 0;
    if (!call(hookrail_submit_event, handle(), topic.data(), topic.size(), payload.data(), payload.size(),
              native.get(), options.tag, flags(options), &token)) {
      return call.failure();
    }
    return token;
  }

  /// try_submit() that waits up to `patience` for room in the queue. Another thread has to collect
  /// completions meanwhile, where those fill it.
  ///
  /// Errors: those of try_submit(); status::interrupted when a signal came before there was room: nothing was
  /// queued.
  [[nodiscard]] result<std::uint64_t> try_submit_wait(
      std::string_view topic, std::string_view payload, std::chrono::milliseconds patience,
      const submit_options& options = detail::defaults<submit_options>()) const noexcept {
    detail::invocation call;
    const detail::send_options_handle native = detail::native(call, options);
    std::uint64_t token = 0;
    if (!call(hookrail_submit_event_wait, handle(), topic.data(), topic.size(), payload.data(),
              payload.size(), native.get(), options.tag, flags(options), detail::waiting_time(patience),
              &token)) {
      return call.failure();
    }
    return token;
  }

  /// Queues a prepared event; its keys are in the blob, so the options must not hold any.
  ///
  /// Errors: status::damaged_blob, and those of try_submit().
  [[nodiscard]] result<std::uint64_t> try_submit_prepared(
      std::string_view blob,
      const submit_options& options = detail::defaults<submit_options>()) const noexcept {
    if (options.idempotency_key || options.ordering_key) {
      return unexpected(detail::refusal(status::invalid_argument,
                                        "a prepared event holds its keys: leave them out of the options",
                                        outcome::not_sent));
    }
    const result<std::int64_t> timeout = detail::checked_timeout(options.timeout, outcome::not_sent);
    if (!timeout) {
      return unexpected(timeout.error());
    }
    detail::invocation call;
    std::uint64_t token = 0;
    if (!call(hookrail_submit_prepared, handle(), blob.data(), blob.size(), *timeout, options.tag,
              flags(options), &token)) {
      return call.failure();
    }
    return token;
  }

  /// Collects up to `most` completions, at most 1,024 at a time; each goes to one caller. `timeout`: how long
  /// to wait for the first one; unset to wait without end. Empty when the time is over.
  ///
  /// Errors: status::interrupted (a signal was delivered to this thread, or wakeup() was called: call again),
  /// status::invalid_argument (`most` is 0).
  [[nodiscard]] result<std::vector<completion>> try_poll(
      std::size_t most, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    // "All there are" may be any number: what is made room for here must not be.
    std::vector<hookrail_completion> collected(std::min<std::size_t>(most, 1024));
    detail::invocation call;
    std::size_t count = 0;
    if (!call(hookrail_poll, handle(), collected.data(), sizeof(hookrail_completion), collected.size(),
              detail::waiting_time(timeout), &count)) {
      return call.failure();
    }
    std::vector<completion> completions;
    completions.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      completions.push_back(detail::to_value(collected[index]));
    }
    return completions;
  }

  /// The descriptor that is readable exactly while completions wait, for poll(2), epoll and event loops. The
  /// library's: neither read nor close it. After fork() the child asks for its own.
  ///
  /// Errors: status::out_of_resources (the process is out of file descriptors).
  [[nodiscard]] result<int> try_event_fd() const noexcept {
    detail::invocation call;
    std::int32_t fd = -1;
    if (!call(hookrail_event_fd, handle(), &fd)) {
      return call.failure();
    }
    return fd;
  }

  /// Ends a try_poll() with status::interrupted: the one under way, or the next. Async-signal-safe.
  void wakeup() const noexcept { hookrail_wakeup(handle()); }

  /// Gives a submitted event up. One that waits is completed at once with status::cancelled; one that is being
  /// sent is interrupted, and its completion says what is known. Without effect on one that is completed.
  [[nodiscard]] result<void> try_cancel(std::uint64_t token) const noexcept {
    detail::invocation call;
    if (!call(hookrail_cancel_submitted, handle(), token)) {
      return call.failure();
    }
    return {};
  }

  /// Waits until no event is queued or in flight, whether or not completions were collected. `timeout`: unset
  /// to wait without end. Returns how many events are left: 0, unless the time is over.
  ///
  /// Errors: status::interrupted (a signal was delivered to this thread: call again).
  [[nodiscard]] result<std::size_t> try_flush(
      std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    detail::invocation call;
    std::size_t remaining = 0;
    if (!call(hookrail_flush, handle(), detail::waiting_time(timeout), &remaining) &&
        call.status() != HOOKRAIL_TIMEOUT) {
      return call.failure();
    }
    return remaining;
  }

  /// Gives submitted events up, as try_cancel() does with one. Returns how many those were.
  [[nodiscard]] result<std::size_t> try_purge(purge_scope scope = purge_scope::all) const noexcept {
    detail::invocation call;
    std::size_t purged = 0;
    if (!call(hookrail_purge, handle(), static_cast<std::uint32_t>(scope), &purged)) {
      return call.failure();
    }
    return purged;
  }

  /// What the producer holds.
  [[nodiscard]] result<pending_counts> try_pending() const noexcept {
    detail::invocation call;
    pending_counts counts;
    if (!call(hookrail_pending, handle(), &counts.queued, &counts.in_flight, &counts.completions)) {
      return call.failure();
    }
    return counts;
  }

  /// Takes nothing more in, sends what is queued for up to `timeout` (unset: until all is sent), gives up the
  /// rest and ends the producer's threads. Returns how many events were given up; each has its completion.
  /// Afterwards submits, and calls of client(), fail with status::closed; completions can still be collected.
  ///
  /// Errors: status::interrupted (a signal was delivered to this thread: call again to go on).
  [[nodiscard]] result<std::size_t> try_close(
      std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    detail::invocation call;
    std::size_t unsent = 0;
    if (!call(hookrail_client_close, handle(), detail::waiting_time(timeout), &unsent)) {
      return call.failure();
    }
    return unsent;
  }

#if defined(__cpp_exceptions)
  /// try_submit(), throwing.
  std::uint64_t submit(std::string_view topic, std::string_view payload,
                       const submit_options& options = detail::defaults<submit_options>()) const {
    return detail::value(try_submit(topic, payload, options));
  }

  /// try_submit_wait(), throwing.
  std::uint64_t submit_wait(std::string_view topic, std::string_view payload,
                            std::chrono::milliseconds patience,
                            const submit_options& options = detail::defaults<submit_options>()) const {
    return detail::value(try_submit_wait(topic, payload, patience, options));
  }

  /// try_submit_prepared(), throwing.
  std::uint64_t submit_prepared(std::string_view blob,
                                const submit_options& options = detail::defaults<submit_options>()) const {
    return detail::value(try_submit_prepared(blob, options));
  }

  /// try_poll(), throwing. Empty also when it was interrupted: a loop looks at its own flags then.
  [[nodiscard]] std::vector<completion> poll(
      std::size_t most, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    auto polled = try_poll(most, timeout);
    if (!polled && polled.error().status == status::interrupted) {
      return {};
    }
    return detail::value(std::move(polled));
  }

  /// try_event_fd(), throwing.
  [[nodiscard]] int event_fd() const { return detail::value(try_event_fd()); }

  /// try_cancel(), throwing.
  void cancel(std::uint64_t token) const { detail::value(try_cancel(token)); }

  /// try_flush(), throwing.
  std::size_t flush(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_flush(timeout));
  }

  /// try_purge(), throwing.
  std::size_t purge(purge_scope scope = purge_scope::all) const { return detail::value(try_purge(scope)); }

  /// try_pending(), throwing.
  [[nodiscard]] pending_counts pending() const { return detail::value(try_pending()); }

  /// try_close(), throwing.
  std::size_t close(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_close(timeout));
  }
#endif

 private:
  [[nodiscard]] const hookrail_client* handle() const noexcept { return client_.native_handle(); }

  [[nodiscard]] static std::uint32_t flags(const submit_options& options) noexcept {
    return options.wants_completion ? 0U : std::uint32_t{HOOKRAIL_SUBMIT_NO_COMPLETION};
  }

  hookrail::client client_;
};

}  // namespace HOOKRAIL_CPP_ABI

namespace detail {

inline namespace HOOKRAIL_CPP_ABI {

[[nodiscard]] inline verifier_options_handle native(invocation& call,
                                                    const verifier_options& options) noexcept {
  verifier_options_handle handle(call.ok() ? hookrail_verifier_options_new() : nullptr);
  bool ok = call(hookrail_verifier_options_set_tolerance, handle.get(),
                 static_cast<std::int64_t>(options.tolerance.count()));
  for (const std::string& secret : options.secrets) {
    ok = ok && call(hookrail_verifier_options_add_secret, handle.get(), secret.data(), secret.size());
  }
  return ok ? std::move(handle) : nullptr;
}

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace detail

inline namespace HOOKRAIL_CPP_ABI {

class verifier;

/// A verification under way, begun by verifier::begin(). Until finish() has succeeded, nothing of the body
/// may be acted on. Destroying it abandons it. One thread at a time.
class verification {
 public:
  /// Says how long the request's Content-Length says that the body is. finish() then tells a body of which a
  /// part is missing from one that was changed. A body that matches is accepted, whatever was announced.
  ///
  /// Errors: status::body_too_large (that is over the body's limit: it need not be read);
  /// status::invalid_argument (after finish()).
  [[nodiscard]] result<void> try_set_content_length(std::uint64_t content_length) noexcept {
    detail::invocation call;
    if (!call(hookrail_verification_set_content_length, handle_.get(), content_length)) {
      return call.failure();
    }
    return {};
  }

  /// Takes the next piece of the body; empty is fine.
  ///
  /// Errors: status::body_too_large as soon as the body is over its limit, and from then on;
  /// status::invalid_argument (after finish()).
  [[nodiscard]] result<void> try_update(std::string_view chunk) noexcept {
    detail::invocation call;
    if (!call(hookrail_verification_update, handle_.get(), chunk.data(), chunk.size())) {
      return call.failure();
    }
    return {};
  }

  /// The verdict, the body being complete.
  ///
  /// Errors: status::signature_mismatch, status::body_incomplete (no match, and fewer bytes than
  /// set_content_length() was told: the connection was cut, or something else read from the body before;
  /// answer 408, upon which the service sends the delivery again, which it does not after 400 or 401),
  /// status::body_too_large (a piece was refused for that), status::invalid_argument (a second time).
  [[nodiscard]] result<verified> try_finish() noexcept {
    detail::invocation call;
    std::size_t secret_index = 0;
    std::int64_t signed_at = 0;
    std::int64_t skew = 0;
    if (!call(hookrail_verification_finish, handle_.get(), &secret_index, &signed_at, &skew)) {
      return call.failure();
    }
    return detail::to_value(secret_index, signed_at, skew);
  }

#if defined(__cpp_exceptions)
  /// try_set_content_length(), throwing.
  void set_content_length(std::uint64_t content_length) {
    detail::value(try_set_content_length(content_length));
  }

  /// try_update(), throwing.
  void update(std::string_view chunk) { detail::value(try_update(chunk)); }

  /// try_finish(), throwing.
  verified finish() { return detail::value(try_finish()); }
#endif

 private:
  friend class verifier;
  verification(detail::adopt, hookrail_verification* handle) noexcept : handle_(handle) {}

  detail::verification_handle handle_;
};

/// Verifies deliveries with secrets that were prepared once. Threads may share it without a lock.
class verifier {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  explicit verifier(const verifier_options& options) : verifier(detail::value(try_create(options))) {}
#endif

  /// Makes a verifier; it wipes its keys when it is destroyed.
  ///
  /// Errors: status::invalid_argument (no secret, more than 16, a negative tolerance; a secret that is empty,
  /// blank or nothing but "whsec_", as a variable that is not set leaves it, that begins or ends with white
  /// space, or that holds a control byte: the message names it by its number, counted from 1).
  [[nodiscard]] static result<verifier> try_create(const verifier_options& options) noexcept {
    detail::invocation call;
    const detail::verifier_options_handle native = detail::native(call, options);
    hookrail_verifier* out = nullptr;
    if (!call(hookrail_verifier_new, native.get(), &out)) {
      return call.failure();
    }
    return verifier(detail::adopt(), out);
  }

  /// Verifies a delivery. `signature`: the value of hookrail-signature. `delivery_id`: the value of
  /// hookrail-delivery-id. `body`: as received, byte for byte. `now`: unset for the system's clock.
  ///
  /// What verifies is the delivery id, the time and the body. The method, the path, the query and the other
  /// headers are not signed: who sees one delivery can send it again to another path, or with another
  /// hookrail-topic or hookrail-event-id. So decide on what the body says, or have a secret of its own for
  /// each path; do not dispatch on hookrail-topic alone.
  ///
  /// Errors, in this order: status::signature_malformed (header or delivery id), status::timestamp_too_old,
  /// status::timestamp_too_new, status::signature_mismatch. Answer all of them alike: the details are not
  /// for the sender.
  [[nodiscard]] result<verified> try_verify(std::string_view signature, std::string_view delivery_id,
                                            std::string_view body,
                                            std::optional<sys_seconds> now = std::nullopt) const noexcept {
    detail::invocation call;
    std::size_t secret_index = 0;
    std::int64_t signed_at = 0;
    std::int64_t skew = 0;
    if (!call(hookrail_verifier_verify, handle_.get(), signature.data(), signature.size(), delivery_id.data(),
              delivery_id.size(), body.data(), body.size(), detail::unix_time(now), &secret_index, &signed_at,
              &skew)) {
      return call.failure();
    }
    return detail::to_value(secret_index, signed_at, skew);
  }

  /// Begins to verify a delivery whose body arrives in pieces. Headers and timestamp are judged at once, so
  /// that a body need not be read for a delivery that cannot verify. The verification needs the verifier no
  /// more. `body_limit`: the largest body in bytes that is taken; 0 for no limit.
  ///
  /// Errors: those of try_verify() that do not depend on the body.
  [[nodiscard]] result<verification> try_begin(std::string_view signature, std::string_view delivery_id,
                                               std::uint64_t body_limit,
                                               std::optional<sys_seconds> now = std::nullopt) const noexcept {
    detail::invocation call;
    hookrail_verification* out = nullptr;
    if (!call(hookrail_verifier_begin, handle_.get(), signature.data(), signature.size(), delivery_id.data(),
              delivery_id.size(), body_limit, detail::unix_time(now), &out)) {
      return call.failure();
    }
    return verification(detail::adopt(), out);
  }

#if defined(__cpp_exceptions)
  /// try_verify(), throwing.
  verified verify(std::string_view signature, std::string_view delivery_id, std::string_view body,
                  std::optional<sys_seconds> now = std::nullopt) const {
    return detail::value(try_verify(signature, delivery_id, body, now));
  }

  /// try_begin(), throwing.
  [[nodiscard]] verification begin(std::string_view signature, std::string_view delivery_id,
                                   std::uint64_t body_limit,
                                   std::optional<sys_seconds> now = std::nullopt) const {
    return detail::value(try_begin(signature, delivery_id, body_limit, now));
  }
#endif

 private:
  verifier(detail::adopt, hookrail_verifier* handle) noexcept : handle_(handle) {}

  detail::verifier_handle handle_;
};

/// Verifies one delivery without a verifier, for programs that see few; arguments as for
/// verifier::try_verify().
///
/// Errors: as there and as for verifier::try_create(); the message is no more than the status's name.
[[nodiscard]] inline result<void> try_verify_signature(
    const verifier_options& options, std::string_view signature, std::string_view delivery_id,
    std::string_view body, std::optional<sys_seconds> now = std::nullopt) noexcept {
  std::vector<const char*> secrets;
  std::vector<std::size_t> lengths;
  for (const std::string& secret : options.secrets) {
    secrets.push_back(secret.data());
    lengths.push_back(secret.size());
  }
  detail::invocation call;
  const auto verify = [&](hookrail_error**) {
    return hookrail_verify_signature(secrets.data(), lengths.data(), secrets.size(), signature.data(),
                                     signature.size(), delivery_id.data(), delivery_id.size(), body.data(),
                                     body.size(), static_cast<std::int64_t>(options.tolerance.count()),
                                     detail::unix_time(now));
  };
  if (!call(verify)) {
    return call.failure();
  }
  return {};
}

/// Finds the two headers that verifying takes among a request's header fields: any range of pairs of text,
/// such as a std::multimap or a vector of pairs, with a header of several values once for each of them. Names
/// match without regard to case, with `_` for `-`, and with HTTP_ in front, as CGI has them
/// (HTTP_HOOKRAIL_SIGNATURE). A signature that arrived as a list, as it does behind gateways that split
/// headers at their commas, is joined.
///
/// Errors: status::signature_missing (one of them is absent: answer 400, it is no webhook),
/// status::signature_malformed (the delivery id is repeated: which one would count? or the signature is longer
/// than 4096 bytes).
template <class Headers>
[[nodiscard]] result<signature_headers> try_find_headers(const Headers& headers) noexcept {
  std::vector<const char*> names;
  std::vector<std::size_t> name_lengths;
  std::vector<const char*> values;
  std::vector<std::size_t> value_lengths;
  for (auto&& field : headers) {
    static_assert(std::is_lvalue_reference_v<decltype(field)> ||
                      std::is_trivially_destructible_v<std::decay_t<decltype(field)>>,
                  "the range makes its elements as it goes: collect them first");
    const auto& [name, content] = field;
    const std::string_view name_view = name;
    const std::string_view value_view = content;
    names.push_back(name_view.data());
    name_lengths.push_back(name_view.size());
    values.push_back(value_view.data());
    value_lengths.push_back(value_view.size());
  }
  const char* delivery_id = nullptr;
  std::size_t delivery_id_length = 0;
  result<std::string> signature =
      detail::written([&](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
        return hookrail_join_headers(names.data(), name_lengths.data(), values.data(), value_lengths.data(),
                                     names.size(), buffer, size, needed, &delivery_id, &delivery_id_length,
                                     error);
      });
  if (!signature) {
    return unexpected(std::move(signature).error());
  }
  return signature_headers{*std::move(signature), std::string(delivery_id, delivery_id_length)};
}

/// Signs a delivery the way the service does, for tests and servers that stand in for it. Returns the value
/// of the hookrail-signature header.
///
/// Errors: status::invalid_argument (a secret that verifier::try_create() refuses, a time before 1970, a
/// delivery id that is not 1 to 128 of A-Z a-z 0-9 _ -).
[[nodiscard]] inline result<std::string> try_sign(std::string_view secret, sys_seconds timestamp,
                                                  std::string_view delivery_id,
                                                  std::string_view body) noexcept {
  return detail::written([&](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
    return hookrail_sign(secret.data(), secret.size(), detail::unix_time(timestamp), delivery_id.data(),
                         delivery_id.size(), body.data(), body.size(), buffer, size, needed, error);
  });
}

/// For development only: says why a verification fails, by trying what usually goes wrong. The text holds
/// neither a secret nor a MAC, but parts of the request: not for its sender. Slow, and not constant-time.
///
/// `event_id`: the value of hookrail-event-id, if it is at hand. The rest as for verifier::try_verify().
///
/// Errors: status::invalid_argument (a secret that verifier::try_create() refuses, more than 16, a negative
/// tolerance).
[[nodiscard]] inline result<std::string> try_explain(const verifier_options& options,
                                                     std::string_view signature, std::string_view delivery_id,
                                                     std::string_view body, std::string_view event_id = {},
                                                     std::optional<sys_seconds> now = std::nullopt) noexcept {
  detail::invocation call;
  const detail::verifier_options_handle native = detail::native(call, options);
  if (!call.ok()) {
    return call.failure();
  }
  return detail::written([&](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
    return hookrail_explain_signature(native.get(), signature.data(), signature.size(), delivery_id.data(),
                                      delivery_id.size(), event_id.data(), event_id.size(), body.data(),
                                      body.size(), detail::unix_time(now), buffer, size, needed, error);
  });
}

#if defined(__cpp_exceptions)
/// try_verify_signature(), throwing.
inline void verify_signature(const verifier_options& options, std::string_view signature,
                             std::string_view delivery_id, std::string_view body,
                             std::optional<sys_seconds> now = std::nullopt) {
  detail::value(try_verify_signature(options, signature, delivery_id, body, now));
}

/// try_find_headers(), throwing.
template <class Headers>
[[nodiscard]] signature_headers find_headers(const Headers& headers) {
  return detail::value(try_find_headers(headers));
}

/// try_sign(), throwing.
[[nodiscard]] inline std::string sign(std::string_view secret, sys_seconds timestamp,
                                      std::string_view delivery_id, std::string_view body) {
  return detail::value(try_sign(secret, timestamp, delivery_id, body));
}

/// try_explain(), throwing.
[[nodiscard]] inline std::string explain(const verifier_options& options, std::string_view signature,
                                         std::string_view delivery_id, std::string_view body,
                                         std::string_view event_id = {},
                                         std::optional<sys_seconds> now = std::nullopt) {
  return detail::value(try_explain(options, signature, delivery_id, body, event_id, now));
}
#endif

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace hookrail

#endif  // HOOKRAIL_HPP
