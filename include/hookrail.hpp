/// @file
/// libhookrail for C++17 and later: a producer and a receiver for the Hookrail webhook delivery
/// service. Header-only, over the C ABI of hookrail.h; link with libhookrail.
///
/// SPDX-License-Identifier: Apache-2.0
///
/// Rules that hold for everything here:
///
/// - Each operation that can fail exists twice: `send()` throws a hookrail::error; `try_send()` is noexcept and
///   returns a hookrail::result. With -fno-exceptions only the second exists, and `try_create()` makes the
///   objects. The `try_` function has the documentation of the errors.
/// - Text and bytes are passed as std::string_view, and everything is copied: no call keeps a view. Results
///   are values.
/// - Objects that own something (client, producer, verifier, verification, cancel_token, background_call,
///   async_call) can be moved but not copied. Calls on an object that was moved from fail with status::invalid_argument.
/// - Any number of threads may call `const` member functions at the same time.
/// - If memory runs out in a noexcept function, the process ends, as it does in the library itself.
/// - Any operation may fail with status::internal: a defect of the library was caught.
/// - The loaded library is checked when it is first used: if its ABI differs from this header's, every operation
///   fails with status::configuration.

#ifndef HOOKRAIL_HPP
#define HOOKRAIL_HPP

#include "hookrail.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
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
#if defined(__cpp_lib_coroutine)
#include <atomic>
#include <coroutine>
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

/// The result of an operation. The numbers are those of ::hookrail_status and never change. Later versions may
/// add some, so treat an unknown one by its family: 1xx the caller, 2xx the transport, 4xx and 5xx the
/// service's answers, 6xx retries, 7xx signatures, 9xx the library.
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
  buffer_too_small = HOOKRAIL_BUFFER_TOO_SMALL,    ///< Only the C ABI returns it.
  body_too_large = HOOKRAIL_BODY_TOO_LARGE,        ///< A received body is over its limit.
  damaged_blob = HOOKRAIL_DAMAGED_BLOB,            ///< A prepared event is damaged or of an unknown version.
  out_of_resources = HOOKRAIL_OUT_OF_RESOURCES,    ///< No more threads, descriptors or sockets.
  body_incomplete = HOOKRAIL_BODY_INCOMPLETE,      ///< A received body is shorter than announced.
  connection = HOOKRAIL_CONNECTION,                ///< No usable connection.
  timeout = HOOKRAIL_TIMEOUT,                      ///< A timeout or the call's time ran out.
  tls = HOOKRAIL_TLS,                              ///< The TLS handshake failed.
  protocol = HOOKRAIL_PROTOCOL,                    ///< The answer was not what the protocol promises.
  bad_request = HOOKRAIL_BAD_REQUEST,              ///< HTTP 400.
  authentication = HOOKRAIL_AUTHENTICATION,        ///< HTTP 401; retryable if the key has worked before.
  permission_denied = HOOKRAIL_PERMISSION_DENIED,  ///< HTTP 403.
  not_found = HOOKRAIL_NOT_FOUND,                  ///< HTTP 404: no such event.
  conflict = HOOKRAIL_CONFLICT,  ///< HTTP 409: the idempotency key was used with other bytes.
  payload_too_large = HOOKRAIL_PAYLOAD_TOO_LARGE,  ///< HTTP 413, or over the client's own limit.
  rate_limited = HOOKRAIL_RATE_LIMITED,            ///< HTTP 429; with not_sent the call had no turn in time.
  unexpected_status = HOOKRAIL_UNEXPECTED_STATUS,  ///< Any other final HTTP status.
  server_error = HOOKRAIL_SERVER_ERROR,            ///< HTTP 5xx.
  retries_exhausted = HOOKRAIL_RETRIES_EXHAUSTED,  ///< The retries ran out; the cause is the last error.
  signature_malformed = HOOKRAIL_SIGNATURE_MALFORMED,  ///< Malformed signature header or delivery id.
  timestamp_too_old = HOOKRAIL_TIMESTAMP_TOO_OLD,      ///< The signature is older than the tolerance allows.
  timestamp_too_new = HOOKRAIL_TIMESTAMP_TOO_NEW,      ///< It is further in the future than that.
  signature_mismatch = HOOKRAIL_SIGNATURE_MISMATCH,    ///< No secret matches any candidate signature.
  signature_missing = HOOKRAIL_SIGNATURE_MISSING,      ///< No signature header or no delivery id.
  internal = HOOKRAIL_INTERNAL,                        ///< A defect of the library was caught.
};

/// What is known about an event that was being sent.
enum class outcome : std::int32_t {
  none = HOOKRAIL_OUTCOME_NONE,            ///< The call sends no event.
  delivered = HOOKRAIL_OUTCOME_DELIVERED,  ///< The service recorded the event.
  not_sent = HOOKRAIL_OUTCOME_NOT_SENT,    ///< The service cannot have recorded it.
  rejected = HOOKRAIL_OUTCOME_REJECTED,    ///< The service answered that it recorded nothing.
  /// No answer says whether the service recorded it. Sending it again with the same idempotency key and the
  /// same bytes is safe.
  maybe_sent = HOOKRAIL_OUTCOME_MAYBE_SENT,
};

/// The state of a delivery.
enum class delivery_state : std::int32_t {
  unknown = HOOKRAIL_DELIVERY_UNKNOWN,      ///< Unknown to this version; delivery::state_text has its name.
  pending = HOOKRAIL_DELIVERY_PENDING,      ///< Waiting for its first attempt.
  in_flight = HOOKRAIL_DELIVERY_IN_FLIGHT,  ///< An attempt is running.
  retry_scheduled = HOOKRAIL_DELIVERY_RETRY_SCHEDULED,  ///< Waiting for another attempt.
  succeeded = HOOKRAIL_DELIVERY_SUCCEEDED,              ///< The receiver accepted it.
  dead_lettered = HOOKRAIL_DELIVERY_DEAD_LETTERED,      ///< Given up.
  cancelled = HOOKRAIL_DELIVERY_CANCELLED,              ///< Cancelled.
  skipped = HOOKRAIL_DELIVERY_SKIPPED,                  ///< Skipped.
};

/// The certificate authorities that a client trusts.
enum class tls_roots : std::int32_t {
  platform = HOOKRAIL_TLS_ROOTS_PLATFORM,      ///< The system's and the extra ones.
  extra_only = HOOKRAIL_TLS_ROOTS_EXTRA_ONLY,  ///< The extra ones only.
};

/// Returns the name of a status, for example "rate_limited"; "unknown" for an unknown number.
[[nodiscard]] inline std::string_view name(status value) noexcept {
  return hookrail_status_name(static_cast<std::int32_t>(value));
}

/// Returns the name of an outcome, for example "maybe_sent"; "unknown" for an unknown number.
[[nodiscard]] inline std::string_view name(outcome value) noexcept {
  return hookrail_outcome_name(static_cast<std::int32_t>(value));
}

/// Returns the protocol's name of a delivery state; "unknown" for an unknown number.
[[nodiscard]] inline std::string_view name(delivery_state value) noexcept {
  return hookrail_delivery_state_name(static_cast<std::int32_t>(value));
}

/// Returns the version of the loaded library, for example "0.1.0".
[[nodiscard]] inline std::string_view version() noexcept { return hookrail_version(); }

/// Returns the ABI version of the loaded library.
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

/// Returns the error code of a status. std::error_code finds this function itself.
[[nodiscard]] inline std::error_code make_error_code(status value) noexcept {
  return {static_cast<int>(value), category()};
}

/// One attempt of a call, as this client made it. From these a program makes log lines or the spans of a trace.
struct attempt_record {
  std::uint32_t number = 0;                        ///< The first attempt of the call has 1.
  hookrail::status status = hookrail::status::ok;  ///< Success, or why the attempt failed.
  int http_status = 0;                             ///< The HTTP status of the answer; 0 if there was none.
  bool new_connection = false;                     ///< Whether a connection was opened for it.
  std::chrono::system_clock::time_point started = {};  ///< Its start by the system's clock.
  /// From the start of the call, or from the submit, to the start of the attempt.
  std::chrono::microseconds since_start = {};
  std::chrono::microseconds duration = {};  ///< From its start to its end.
  std::chrono::microseconds lookup = {};    ///< For looking the host name up; 0 if the address was known.
  std::chrono::microseconds connect = {};   ///< For connecting, with a proxy's reply to CONNECT.
  std::chrono::microseconds tls = {};       ///< For the TLS handshake.
  /// From the end of writing the request to the first byte of the answer, or to the end.
  std::chrono::microseconds waiting = {};
  std::uint64_t bytes_sent = 0;                ///< Written bytes of the request, without those of TLS.
  std::uint64_t bytes_received = 0;            ///< Read bytes of the answer, without those of TLS.
  std::string message = {};                    ///< The message of its error; empty if it succeeded.
  std::optional<std::string> request_id = {};  ///< The answer's x-request-id or the like.
};

/// The details of a failure. They hold no API key and no secret.
struct error_info {
  hookrail::status status = hookrail::status::ok;  ///< The status of the operation.
  /// A sentence for people: what is wrong and, where it helps, what would be right.
  std::string message = {};
  int http_status = 0;  ///< The HTTP status of the service's last answer; 0 if there was none.
  /// The wait that the service asked for (Retry-After).
  std::optional<std::chrono::milliseconds> retry_after = {};
  std::optional<std::string> problem_type = {};    ///< `type` of the service's problem details (RFC 7807).
  std::optional<std::string> problem_title = {};   ///< `title` of the service's problem details.
  std::optional<std::string> problem_detail = {};  ///< `detail` of the service's problem details.
  std::optional<std::string> body = {};            ///< The last answer's body, cut off at 64 KiB.
  bool retryable = false;      ///< Whether the same call can succeed later without a change.
  std::uint32_t attempts = 0;  ///< The number of attempts.
  /// The event's idempotency key, with which it was, or would have been, sent. Sending the same event again
  /// with this key cannot record it twice.
  std::optional<std::string> idempotency_key = {};
  hookrail::outcome outcome = hookrail::outcome::none;  ///< What is known about the event.
  /// The cause: for status::retries_exhausted the last attempt's error; null if there is none.
  std::shared_ptr<const error_info> cause = {};
  /// The last 16 attempts of the call, the oldest first. The causes have none.
  std::vector<attempt_record> attempt_records = {};
  std::optional<std::string> request_id = {};  ///< The last answer's x-request-id or the like.

  /// Returns the status as an error code.
  [[nodiscard]] std::error_code code() const noexcept { return make_error_code(status); }
  /// Returns the last attempt's error: the innermost cause, or this error itself if it has no cause. One
  /// comparison, `last().status == status::rate_limited`, finds the last failure of the service or the network,
  /// whether it was final or the retries ran out. Lives as long as this error.
  [[nodiscard]] const error_info& last() const noexcept {
    const error_info* innermost = this;
    while (innermost->cause != nullptr) {
      innermost = innermost->cause.get();
    }
    return *innermost;
  }
};

#if defined(__cpp_exceptions)
/// The exception of the throwing calls. what() is the message. Copying it does not throw.
class error : public std::runtime_error {
 public:
  /// Makes an error with these details.
  explicit error(error_info info)
      : std::runtime_error(info.message), info_(std::make_shared<const error_info>(std::move(info))) {}

  /// Returns all details.
  [[nodiscard]] const error_info& info() const noexcept { return *info_; }
  /// Returns the status as an error code.
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
  /// error_info::attempt_records
  [[nodiscard]] const std::vector<attempt_record>& attempt_records() const noexcept {
    return info_->attempt_records;
  }
  /// error_info::request_id
  [[nodiscard]] const std::optional<std::string>& request_id() const noexcept { return info_->request_id; }
  /// error_info::cause; the causes form a chain through their own `cause`.
  [[nodiscard]] const error_info* cause() const noexcept { return info_->cause.get(); }
  /// error_info::last(). It lives as long as this error or a copy of it.
  [[nodiscard]] const error_info& last() const noexcept { return info_->last(); }

 private:
  std::shared_ptr<const error_info> info_;
};
#endif

// An inline namespace whose name depends on the type of results, which is std::expected from C++23 on, and on
// -fno-exceptions: translation units that are compiled differently then share no inline function with the same name and
// another meaning. C++17 and C++20 have the same types; C++20 has more functions.
#if defined(__cpp_lib_expected) && defined(__cpp_exceptions)
#define HOOKRAIL_CPP_ABI abi0_expected
#elif defined(__cpp_lib_expected)
#define HOOKRAIL_CPP_ABI abi0_expected_noexcept
#elif defined(__cpp_exceptions)
#define HOOKRAIL_CPP_ABI abi0_result
#else
#define HOOKRAIL_CPP_ABI abi0_result_noexcept
#endif

inline namespace HOOKRAIL_CPP_ABI {

#if defined(__cpp_lib_expected)
/// A value or an error: std::expected if the standard library has it, otherwise a type of this library with the
/// part of its interface that is documented there.
template <class T>
using result = std::expected<T, error_info>;

/// A failed result is made from this.
using unexpected = std::unexpected<error_info>;
#else
/// A failed result is made from this.
class unexpected {
 public:
  /// Wraps the details of a failure.
  explicit unexpected(error_info info) noexcept : info_(std::move(info)) {}
  /// Returns the details.
  [[nodiscard]] const error_info& error() const& noexcept { return info_; }
  /// Returns the details, moved out.
  [[nodiscard]] error_info&& error() && noexcept { return std::move(info_); }

 private:
  error_info info_;
};

/// A value or an error: the part of std::expected<T, error_info> that needs no exceptions. As there, asking for
/// the value of a failure or for the error of a success is undefined behaviour.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;           ///< The type of the value.
  using error_type = error_info;  ///< The type of the error.

  /// Makes a success.
  result(T value) noexcept(std::is_nothrow_move_constructible_v<T>)
      : state_(std::in_place_index<0>, std::move(value)) {}
  /// Makes a failure.
  result(hookrail::unexpected failure) noexcept
      : state_(std::in_place_index<1>, std::move(failure).error()) {}

  /// Returns whether it is a success.
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  /// Returns whether it is a success.
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Returns the value.
  [[nodiscard]] T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  /// Returns the value.
  [[nodiscard]] const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  /// Returns the value, to move it out.
  [[nodiscard]] T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  /// Accesses a member of the value.
  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&state_); }
  /// Accesses a member of the value.
  [[nodiscard]] const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  /// Returns the error.
  [[nodiscard]] const error_info& error() const& noexcept { return *std::get_if<1>(&state_); }
  /// Returns the error.
  [[nodiscard]] error_info& error() & noexcept { return *std::get_if<1>(&state_); }
  /// Returns the error, to move it out.
  [[nodiscard]] error_info&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  /// Returns the value; `fallback` for a failure.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }
  /// Returns the value, moved out; `fallback` for a failure.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, error_info> state_;
};

/// Success or an error.
template <>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;        ///< There is no value.
  using error_type = error_info;  ///< The type of the error.

  /// Makes a success.
  result() noexcept = default;
  /// Makes a failure.
  result(hookrail::unexpected failure) noexcept : error_(std::move(failure).error()) {}

  /// Returns whether it is a success.
  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  /// Returns whether it is a success.
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// Does nothing, as there is no value.
  void operator*() const noexcept {}
  /// Returns the error.
  [[nodiscard]] const error_info& error() const& noexcept { return *error_; }
  /// Returns the error.
  [[nodiscard]] error_info& error() & noexcept { return *error_; }
  /// Returns the error, to move it out.
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

/// The service's promise that it has recorded an event durably.
struct accepted {
  std::string event_id = {};                   ///< The event's id.
  std::vector<std::string> delivery_ids = {};  ///< Its deliveries; empty if no subscription matched.
  /// Whether the service had recorded the same key and bytes before. This is a success, too.
  bool replayed = false;
  std::string idempotency_key = {};  ///< The key with which the event was sent.
  std::uint32_t attempts = 0;        ///< The number of attempts.
  std::string json = {};             ///< The service's answer as it was received.
  /// The last 16 attempts of the call, the oldest first.
  std::vector<attempt_record> attempt_records = {};
  std::optional<std::string> request_id = {};  ///< The answer's x-request-id or the like.
};

/// An attempt of a delivery, as the service reports it.
struct attempt {
  std::int64_t number = 0;                                ///< The service's number of it.
  std::int64_t claim_version = 0;                         ///< Its claim version.
  std::string status = {};                                ///< The service's name of its result.
  std::optional<std::int64_t> http_status = {};           ///< The receiver's answer, if there was one.
  std::optional<std::string> error_class = {};            ///< The service's name of the failure.
  std::optional<std::chrono::milliseconds> latency = {};  ///< Its duration.
};

/// A delivery of an event to one endpoint.
struct delivery {
  std::string id = {};                             ///< Its id.
  delivery_state state = delivery_state::unknown;  ///< Its state.
  std::string state_text = {};                     ///< The service's name of its state.
  bool attempts_truncated = false;                 ///< Whether the service left out attempts.
  std::vector<attempt> attempts = {};              ///< Its attempts.
};

/// The service's answer about an event: its deliveries and their attempts.
struct event_status {
  std::string event_id = {};              ///< The event's id.
  std::string topic = {};                 ///< Its topic.
  std::vector<delivery> deliveries = {};  ///< Its deliveries.
  std::string json = {};                  ///< The service's answer as it was received.
  /// The last 16 attempts of the call, the oldest first.
  std::vector<attempt_record> attempt_records = {};
  std::optional<std::string> request_id = {};  ///< The answer's x-request-id or the like.
};

/// An event with a fixed idempotency key and fixed bytes. Store the blob and send it later, from any process
/// and in any language: the service treats every such send as a retry of the first.
struct prepared_event {
  std::string blob = {};             ///< Binary; docs/prepared-events.md describes its format.
  std::string idempotency_key = {};  ///< The fixed key.
};

/// A time in seconds, as in signatures. The C ABI uses -1 for the system's clock, so the last second of 1969
/// cannot be passed.
using sys_seconds = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

/// A delivery that verified.
struct verified {
  std::size_t secret_index = 0;    ///< The index of the secret that matched.
  sys_seconds signed_at = {};      ///< The time of the signature.
  std::chrono::seconds skew = {};  ///< Now minus signed_at: shows a wrong clock.
};

/// The two headers of a delivery that a verification needs.
struct signature_headers {
  std::string signature = {};    ///< The value of hookrail-signature.
  std::string delivery_id = {};  ///< The value of hookrail-delivery-id.
};

/// The secrets and the tolerance of a verifier. The verifier wipes its copy of the secrets; this structure does
/// not.
struct verifier_options {
  /// 1 to 16 endpoint secrets, of which any may match; each is the text of the secret, with its "whsec_".
  std::vector<std::string> secrets = {};
  /// The largest difference between the signature's time and now, in both directions.
  std::chrono::seconds tolerance{HOOKRAIL_DEFAULT_TOLERANCE};
};

/// The way to the service: by default the environment (https_proxy, no_proxy, ...) decides. A proxy forwards
/// the requests to an http service, and opens a tunnel (CONNECT) to an https service.
class proxy {
 public:
  /// Obeys the environment.
  proxy() noexcept = default;
  /// Uses no proxy, whatever the environment says.
  [[nodiscard]] static proxy none() noexcept {
    proxy direct;
    direct.direct_ = true;
    return direct;
  }
  /// Uses this proxy, for example "http://user:password@proxy.example.com:3128" or "socks5h://proxy.example.com:1080".
  /// With socks5 the client looks the service's name up, with socks5h the proxy does.
  [[nodiscard]] static proxy at(std::string_view url) {
    proxy explicit_one;
    explicit_one.url_ = std::string(url);
    return explicit_one;
  }
  /// Returns whether the environment decides.
  [[nodiscard]] bool from_environment() const noexcept { return !direct_ && !url_; }
  /// Returns the proxy's URL, if one was given.
  [[nodiscard]] const std::optional<std::string>& url() const noexcept { return url_; }

 private:
  bool direct_ = false;
  std::optional<std::string> url_ = {};
};

/// Headers of one's own: names and values. The names that the protocol or the connection needs are refused:
/// Accept-Encoding, Authorization, Connection, Expect, Host, HTTP2-Settings, Idempotency-Key, Keep-Alive, TE, Trailer,
/// Transfer-Encoding, Upgrade, User-Agent, and those that begin with Content-, Proxy- or X-Hookrail-; an underscore counts
/// as a hyphen. A value is 1 or more visible ASCII characters, and spaces inside. At most 32 headers and 8192 bytes. No
/// error contains a value.
class header_list {
 public:
  using value_type = std::pair<std::string, std::string>;  ///< A name and a value.

  /// Makes an empty list.
  header_list() noexcept = default;
  /// Makes a list, for example `{{"traceparent", parent}}`.
  header_list(std::initializer_list<value_type> headers) : headers_(headers) {}
  /// Makes a list of these headers.
  header_list(std::vector<value_type> headers) : headers_(std::move(headers)) {}

  /// Adds a header. If there is one of this name, the later one counts.
  void add(std::string_view name, std::string_view value) {
    if (!headers_) {
      headers_.emplace();
    }
    headers_->emplace_back(name, value);
  }
  /// Returns whether there is no header.
  [[nodiscard]] bool empty() const noexcept { return begin() == end(); }
  /// Returns the first header.
  [[nodiscard]] const value_type* begin() const noexcept { return headers_ ? headers_->data() : nullptr; }
  /// Returns the end of the headers.
  [[nodiscard]] const value_type* end() const noexcept {
    return headers_ ? headers_->data() + headers_->size() : nullptr;
  }

 private:
  // Without the optional, GCC 12 warns in the users' code that the destructors of the options read uninitialised memory
  // (-Wmaybe-uninitialized).
  std::optional<std::vector<value_type>> headers_ = {};
};

/// A certificate that the client shows to an https server that asks for one (mutual TLS), with its private key. The
/// certificate of the key comes first, then those of its intermediate authorities. The key is PKCS#8, PKCS#1 or SEC1,
/// not encrypted: RSA with 2048 to 4096 bits, P-256, P-384 or Ed25519.
class client_certificate {
 public:
  /// Names PEM files, which are read when a client is made. Without a key file, the key is in the certificate's file.
  [[nodiscard]] static client_certificate from_files(std::string_view certificate,
                                                     std::string_view key = {}) {
    return {true, certificate, key};
  }
  /// Holds PEM texts. Without a key, the key is in the certificate's text.
  [[nodiscard]] static client_certificate from_pem(std::string_view certificate, std::string_view key = {}) {
    return {false, certificate, key};
  }
  /// Returns whether it names files.
  [[nodiscard]] bool is_of_files() const noexcept { return is_of_files_; }
  /// Returns the file or the text of the certificate.
  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
  /// Returns the file or the text of the key; empty if it is with the certificate.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  client_certificate(bool is_of_files, std::string_view certificate, std::string_view key)
      : is_of_files_(is_of_files), certificate_(certificate), key_(key) {}

  bool is_of_files_;
  std::string certificate_;
  std::string key_;
};

/// The delays between attempts. The delay before retry n is random between 0 and min(cap, base * 2^n).
struct backoff {
  std::chrono::milliseconds base{200};    ///< Positive.
  std::chrono::milliseconds cap{10'000};  ///< At least the base.
};

/// The settings of a client. A setting that is not set keeps the library's default, here in parentheses.
struct client_options {
  /// The producer key; unset: the environment variable HOOKRAIL_API_KEY.
  std::optional<std::string> api_key = {};
  /// The service's URL, for example "https://hooks.example.com/prefix"; unset: the environment variable
  /// HOOKRAIL_BASE_URL, or "http://localhost:8080" if that is not set.
  std::optional<std::string> base_url = {};
  /// The time for looking up the name, connecting and negotiating TLS (5 s).
  std::optional<std::chrono::milliseconds> connect_timeout = {};
  /// The time of each wait for a part of the answer (10 s).
  std::optional<std::chrono::milliseconds> read_timeout = {};
  /// The time of each wait until the service takes more of the request (10 s).
  std::optional<std::chrono::milliseconds> write_timeout = {};
  /// The time for a whole call, including retries and the waits between them (30 s).
  std::optional<std::chrono::milliseconds> total_timeout = {};
  /// How often a failed attempt is repeated (3, which is up to 4 attempts). Three retries take up to 1.4 s, but
  /// a restart of the service takes up to 1.7 s: 10 retries outlast one.
  std::optional<std::int32_t> max_retries = {};
  /// The delays between attempts (200 ms to 10 s; if it is not set, a shorter total_timeout lowers the cap).
  std::optional<hookrail::backoff> backoff = {};
  /// Whether the service's Retry-After is the shortest wait before a retry (true).
  std::optional<bool> respect_retry_after = {};
  /// Whether plain http is refused, unless the service and the proxy are on this machine (false). Over plain
  /// http others can read the API key and the events on their way: set it in production.
  std::optional<bool> require_https = {};
  /// Whether a missing base URL is refused (false: the default is http://localhost:8080). Set it in production:
  /// then a missing variable does not send the API key to that address.
  std::optional<bool> require_base_url = {};
  /// PEM files with certificate authorities to trust as well.
  std::vector<std::string> ca_files = {};
  /// PEM texts with certificate authorities to trust as well.
  std::vector<std::string> ca_pems = {};
  /// Which certificate authorities the client trusts (those of the system and the extra ones).
  hookrail::tls_roots tls_roots = hookrail::tls_roots::platform;
  /// The proxy (the environment decides).
  hookrail::proxy proxy = {};
  /// How many idle connections the client keeps for reuse (64).
  std::optional<std::size_t> idle_connections = {};
  /// How long a connection is reused before a new one replaces it (5 min, and up to a fifth less for each
  /// connection), so that the client notices when the service's name leads to another address; 0 for no limit.
  std::optional<std::chrono::milliseconds> max_connection_age = {};
  /// The largest payload that the client sends, in bytes (262144, the service's own limit); 0 for none.
  std::optional<std::size_t> payload_limit = {};
  /// A text that follows the library's own part of the User-Agent, for example "shop/2.1".
  std::optional<std::string> user_agent_suffix = {};
  /// The most events that a producer holds: queued, in flight, or completed and not collected (10000).
  std::optional<std::size_t> queue_max_events = {};
  /// The most bytes of events that a producer holds, queued or in flight (67108864).
  std::optional<std::size_t> queue_max_bytes = {};
  /// The largest number of a producer's events that are being sent at once (64; 1 to 4096).
  std::optional<std::int32_t> workers = {};
  /// The time for sending a submitted event, including its time in the queue and its retries (120 s).
  std::optional<std::chrono::milliseconds> delivery_timeout = {};
  /// Headers of every request, for example one that a gateway before the service wants.
  header_list headers = {};
  /// The certificate for a service that demands one.
  std::optional<hookrail::client_certificate> client_certificate = {};
  /// The path of a unix socket through which the client reaches the service, without a proxy; the base URL still gives
  /// the scheme, the Host header and the path. A base URL "unix:/path" is http://localhost through that socket.
  std::optional<std::string> unix_socket = {};
};

/// The settings of a submitted event.
struct submit_options {
  /// The idempotency key; unset: a random UUID. 1 to 255 characters of visible ASCII and spaces; no space at
  /// the start or the end.
  std::optional<std::string> idempotency_key = {};
  /// The ordering key: events with the same key are sent one at a time in the order of their submission, and
  /// ordered subscriptions deliver them in order. 1 to 256 characters of visible ASCII and spaces; no space at
  /// the start or the end.
  std::optional<std::string> ordering_key = {};
  /// The time for the queue and all attempts. It replaces the client's delivery timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Any number; the completion has it.
  std::uint64_t tag = 0;
  /// Whether the event gets a completion. Without it, its result is not reported.
  bool wants_completion = true;
  /// Headers of the event's requests, for example `traceparent`. They replace the client's of the same names.
  header_list headers = {};
};

/// The result of a submitted event.
struct completion {
  std::uint64_t tag = 0;                                ///< submit_options::tag
  std::uint64_t token = 0;                              ///< The token that the submit returned.
  hookrail::status status = hookrail::status::ok;       ///< The result.
  hookrail::outcome outcome = hookrail::outcome::none;  ///< What is known about the event.
  int http_status = 0;         ///< The HTTP status of the service's last answer; 0 if there was none.
  std::uint32_t attempts = 0;  ///< The number of attempts.
  /// From the submit to the first attempt, or to the end if there was none.
  std::chrono::microseconds queued = {};
  std::chrono::microseconds total = {};             ///< From the submit to the end.
  std::optional<hookrail::accepted> accepted = {};  ///< The service's promise, for status::ok.
  std::optional<error_info> error = {};             ///< The error, for any other status.
  std::string topic = {};                           ///< The event's topic.
  std::string idempotency_key = {};                 ///< The event's idempotency key.
  std::optional<std::string> ordering_key = {};     ///< The event's ordering key, also of its payload.

  /// Returns the last 16 attempts at the event, the oldest first.
  [[nodiscard]] const std::vector<attempt_record>& attempt_records() const& noexcept {
    static const std::vector<attempt_record> none;
    return accepted ? accepted->attempt_records : error ? error->attempt_records : none;
  }
};

/// The numbers of events and completions that a producer holds.
struct pending_counts {
  std::size_t queued = 0;       ///< Events in the queue.
  std::size_t in_flight = 0;    ///< Events that are being sent.
  std::size_t completions = 0;  ///< Completions that were not collected.
};

/// The events that producer::try_purge() gives up.
enum class purge_scope : std::uint32_t {
  queued = HOOKRAIL_PURGE_QUEUED,                          ///< Events in the queue.
  in_flight = HOOKRAIL_PURGE_IN_FLIGHT,                    ///< Events that are being sent.
  all = HOOKRAIL_PURGE_QUEUED | HOOKRAIL_PURGE_IN_FLIGHT,  ///< Both.
};

inline namespace HOOKRAIL_CPP_ABI {

class cancel_token;

/// The settings of a send. With a fixed idempotency key all sends are the same event for the service.
struct send_options {
  /// The idempotency key; unset: a random UUID for each send. 1 to 255 characters of visible ASCII and spaces;
  /// no space at the start or the end.
  std::optional<std::string> idempotency_key = {};
  /// The ordering key: ordered subscriptions deliver events with the same key in order. 1 to 256 characters of
  /// visible ASCII and spaces; no space at the start or the end.
  std::optional<std::string> ordering_key = {};
  /// The time for the whole send. It replaces the client's total timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Ends the send early. It is read when the send begins.
  const cancel_token* cancel = nullptr;
  /// Headers of the send's requests, for example `traceparent`. They replace the client's of the same names.
  header_list headers = {};
};

/// The settings of other calls.
struct call_options {
  /// The time for the whole call. It replaces the client's total timeout.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Ends the call early. It is read when the call begins.
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

// Distinguishes the constructors that take over a handle from those that users call, even with `{}`.
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

// The default argument for options that hold text. With temporaries instead, GCC 12 warns in the users' code that
// their destructors read uninitialised memory (-Wmaybe-uninitialized). Never destroyed, so that the destructors of
// static objects may still send.
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

// Returns the records of a handle.
template <class Handle, class Count, class Get>
[[nodiscard]] std::vector<attempt_record> records_of(const Handle& handle, Count count, Get get) {
  std::vector<attempt_record> records;
  const std::size_t size = count(&handle);
  records.reserve(size);
  for (std::size_t index = 0; index < size; ++index) {
    hookrail_attempt_record native{};
    if (!get(&handle, index, &native, sizeof(native))) {
      break;
    }
    const auto time = [](std::uint64_t microseconds) {
      return std::chrono::microseconds(static_cast<std::int64_t>(microseconds));
    };
    attempt_record record;
    record.number = native.number;
    record.status = static_cast<status>(native.status);
    record.http_status = native.http_status;
    record.new_connection = native.new_connection != 0;
    record.started =
        std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::microseconds(native.started_unix_us)));
    record.since_start = time(native.started_us);
    record.duration = time(native.duration_us);
    record.lookup = time(native.lookup_us);
    record.connect = time(native.connect_us);
    record.tls = time(native.tls_us);
    record.waiting = time(native.waiting_us);
    record.bytes_sent = native.bytes_sent;
    record.bytes_received = native.bytes_received;
    record.message = native.message;
    if (*native.request_id != '\0') {
      record.request_id = native.request_id;
    }
    records.push_back(std::move(record));
  }
  return records;
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
  info.attempt_records =
      records_of(error, hookrail_error_attempt_record_count, hookrail_error_attempt_record);
  info.request_id = optional_text(hookrail_error_request_id(&error));
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
  value.attempt_records =
      records_of(handle, hookrail_accepted_attempt_record_count, hookrail_accepted_attempt_record);
  value.request_id = optional_text(hookrail_accepted_request_id(&handle));
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
  value.attempt_records =
      records_of(handle, hookrail_event_status_attempt_record_count, hookrail_event_status_attempt_record);
  value.request_id = optional_text(hookrail_event_status_request_id(&handle));
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
  value.topic = text_or_empty(collected.topic);
  value.idempotency_key = text_or_empty(collected.idempotency_key);
  value.ordering_key = optional_text(collected.ordering_key);
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

// Returns the text that a C function writes into a buffer, after asking it for the size.
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
    // Counters may get more digits until the next call.
    buffer.resize(needed + 64);
  }
}

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace detail

inline namespace HOOKRAIL_CPP_ABI {

/// A token that ends calls early. A fired token stays fired: a call that begins with it does nothing. Any
/// number of calls may use a token, and it may be destroyed while they use it.
class cancel_token {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  cancel_token() : cancel_token(detail::value(try_create())) {}
#endif

  /// Makes a token. It takes one file descriptor.
  ///
  /// Errors: status::out_of_resources (the process may open no more file descriptors).
  [[nodiscard]] static result<cancel_token> try_create() noexcept {
    detail::invocation call;
    hookrail_cancel* out = nullptr;
    if (!call(hookrail_cancel_new, &out)) {
      return call.failure();
    }
    return cancel_token(detail::adopt(), out);
  }

  /// Fires the token: every call that uses it, now or later, ends with status::cancelled within milliseconds.
  /// Firing it again does nothing. Async-signal-safe.
  void fire() const noexcept { hookrail_cancel_fire(handle_.get()); }

  /// Returns whether it was fired. Async-signal-safe.
  [[nodiscard]] bool fired() const noexcept { return hookrail_cancel_is_fired(handle_.get()); }

  /// Returns the handle, for calls of the C ABI. It still belongs to this object.
  [[nodiscard]] const hookrail_cancel* native_handle() const noexcept { return handle_.get(); }

 private:
  cancel_token(detail::adopt, hookrail_cancel* handle) noexcept : handle_(handle) {}

  detail::cancel_handle handle_;
};

}  // namespace HOOKRAIL_CPP_ABI

namespace detail {

inline namespace HOOKRAIL_CPP_ABI {

// The bit that distinguishes the tags of coroutines from those of background_call::try_report().
inline constexpr std::uint64_t coroutine_tag = std::uint64_t{1} << 63;

// Refuses a token that was moved from: the C ABI would take its null for "no token", and the call could not be
// cancelled.
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

// Refuses a timeout of 0 or less: the C ABI would take 0 for "the client's timeout", and a computed timeout that is
// already over would become the longest one.
[[nodiscard]] inline result<std::int64_t> checked_timeout(
    const std::optional<std::chrono::milliseconds>& timeout, outcome refused) noexcept {
  if (!timeout) {
    return std::int64_t{HOOKRAIL_DEFAULT_TIMEOUT};
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

// Returns how long to wait. The C ABI waits without end for less than 0; the time until a deadline that has passed
// becomes 0 instead.
[[nodiscard]] inline std::int64_t waiting_time(
    const std::optional<std::chrono::milliseconds>& timeout) noexcept {
  return timeout ? std::max(static_cast<std::int64_t>(timeout->count()), std::int64_t{0})
                 : std::int64_t{HOOKRAIL_INFINITE};
}

// Returns null if no option is set: then a send needs no handle.
template <class Options>
[[nodiscard]] send_options_handle native(invocation& call, const Options& options,
                                         const hookrail_cancel* cancel = nullptr) noexcept {
  if (!call.ok() || (!options.idempotency_key && !options.ordering_key && !options.timeout &&
                     options.headers.empty() && cancel == nullptr)) {
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
  for (const auto& [header, content] : options.headers) {
    ok = ok && call(hookrail_send_options_add_header, handle.get(), header.data(), header.size(),
                    content.data(), content.size());
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
  for (const auto& [header, content] : options.headers) {
    ok = ok && call(hookrail_client_options_add_header, raw, header.data(), header.size(), content.data(),
                    content.size());
  }
  if (const auto& shown = options.client_certificate) {
    const auto set_certificate = shown->is_of_files() ? hookrail_client_options_set_client_certificate_file
                                                      : hookrail_client_options_set_client_certificate_pem;
    const std::string& key = shown->key();
    ok = ok && call(set_certificate, raw, shown->certificate().data(), shown->certificate().size(),
                    key.empty() ? nullptr : key.data(), key.size());
  }
  if (options.unix_socket) {
    set_text(hookrail_client_options_set_unix_socket, *options.unix_socket);
  }
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

template <class R, class Executor>
class async_call;

/// A background call: it runs on a thread of the library, for programs whose own threads must stay free.
/// client::start_send() and the like start one. Destroying it before it is done cancels it.
///
/// @tparam T accepted or event_status
template <class T>
class background_call {
 public:
  /// Waits until the call is done; `timeout`: unset to wait without end.
  ///
  /// Errors: status::timeout (not done yet); status::interrupted (a signal was delivered to this thread; the
  /// call continues); status::forked (the call belongs to the parent process).
  [[nodiscard]] result<void> try_wait(
      std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    detail::invocation call;
    if (!call(hookrail_call_wait, handle_.get(), detail::waiting_time(timeout))) {
      return call.failure();
    }
    return {};
  }

  /// Returns the descriptor that becomes readable when the call is done; -1 after a move, and if the process may
  /// open no more file descriptors: use wait() then. It belongs to the call: neither read nor close it.
  [[nodiscard]] int fd() const noexcept { return hookrail_call_fd(handle_.get()); }

  /// Gives the call a tag, which client::try_collect_calls() returns once when the call is done. If it is done
  /// already, the tag can be collected at once. Tags are less than 2^63: the others are those of coroutines.
  ///
  /// Errors: status::forked; status::invalid_argument (a second time; a tag of 2^63 or more).
  [[nodiscard]] result<void> try_report(std::uint64_t tag) const noexcept {
    if ((tag & detail::coroutine_tag) != 0) {
      return unexpected(detail::refusal(
          status::invalid_argument, "the tag is 2^63 or more, which is for coroutines: give a lower one"));
    }
    return try_report_any(tag);
  }

  /// Ends the call early: within milliseconds it is done, with status::cancelled and the event's outcome. It
  /// has no effect on a call that was done already. Async-signal-safe.
  void cancel() const noexcept { hookrail_call_cancel(handle_.get()); }

  /// Waits until the call is done, and returns its result. May be called once.
  ///
  /// Errors: those of client::try_send() or client::try_get_event(); status::forked; status::invalid_argument
  /// (a second time).
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
  /// try_wait(), which throws, but not when the time is over: returns whether the call is done.
  bool wait(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    auto waited = try_wait(timeout);
    if (!waited && waited.error().status == status::timeout) {
      return false;
    }
    detail::value(std::move(waited));
    return true;
  }

  /// try_report(), throwing.
  void report(std::uint64_t tag) const { detail::value(try_report(tag)); }

  /// try_finish(), throwing.
  T finish() { return detail::value(try_finish()); }
#endif

 private:
  friend class client;
  template <class R, class Executor>
  friend class async_call;
  background_call(detail::adopt, hookrail_call* handle) noexcept : handle_(handle) {}

  [[nodiscard]] result<void> try_report_any(std::uint64_t tag) const noexcept {
    detail::invocation call;
    if (!call(hookrail_call_report, handle_.get(), tag)) {
      return call.failure();
    }
    return {};
  }

  detail::call_handle handle_;
};

#if defined(__cpp_lib_coroutine)
}  // namespace HOOKRAIL_CPP_ABI

namespace detail {

inline namespace HOOKRAIL_CPP_ABI {

// A coroutine that waits for the end of a call. The tag of the call holds the address of this object.
class suspension {
 public:
  using resume_function = void (*)(suspension&);

  [[nodiscard]] static suspension& of(std::uint64_t tag) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the tag is made by tag().
    return *reinterpret_cast<suspension*>(static_cast<std::uintptr_t>(tag << 1U));
  }

  // Resumes the coroutine, here or on its executor. Another thread may have destroyed this object before the function
  // returns.
  void resume() { resume_.load(std::memory_order_acquire)(*this); }

 protected:
  suspension() noexcept = default;
  // An object is moved before a coroutine waits with it, or not at all.
  suspension(suspension&& /*other*/) noexcept {}
  suspension& operator=(suspension&&) = delete;
  ~suspension() = default;

  [[nodiscard]] std::uint64_t tag() noexcept {
    static_assert(alignof(suspension) > 1);
    return coroutine_tag | std::uint64_t{reinterpret_cast<std::uintptr_t>(this)} >> 1U;
  }

  // The thread that resumes the coroutine sees everything that this thread has written before.
  void suspended(std::coroutine_handle<> coroutine, resume_function function) noexcept {
    coroutine_ = coroutine;
    resume_.store(function, std::memory_order_release);
  }

  [[nodiscard]] std::coroutine_handle<> coroutine() const noexcept { return coroutine_; }

 private:
  std::coroutine_handle<> coroutine_;
  std::atomic<resume_function> resume_{nullptr};
};

// The executor of coroutines that are resumed by client::resume_finished() itself.
struct no_executor {};

// A coroutine that an executor is to resume. The executor may keep copies of its function beyond the coroutine.
class claim {
 public:
  explicit claim(std::coroutine_handle<> coroutine) noexcept : coroutine_(coroutine.address()) {}

  // Returns the coroutine to the first caller; null to the others.
  [[nodiscard]] std::coroutine_handle<> take() noexcept {
    return std::coroutine_handle<>::from_address(coroutine_.exchange(nullptr, std::memory_order_acq_rel));
  }

 private:
  std::atomic<void*> coroutine_;
};

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace detail

inline namespace HOOKRAIL_CPP_ABI {

/// The function that an executor gets: calling it resumes a coroutine. It can be copied; the first call counts. After
/// the coroutine was destroyed, it does nothing.
class resumption {
 public:
  /// Resumes the coroutine.
  void operator()() const {
    if (const std::coroutine_handle<> coroutine = claim_->take()) {
      coroutine.resume();
    }
  }

 private:
  template <class R, class Executor>
  friend class async_call;
  explicit resumption(std::shared_ptr<detail::claim> claim) noexcept : claim_(std::move(claim)) {}

  std::shared_ptr<detail::claim> claim_;
};

/// A call that a coroutine awaits, once: `co_await client.async_send(...)`. The call runs since client::async_send() or
/// the like has returned it, and holds a copy of its arguments. Destroying it before its end, for example with the
/// coroutine, cancels the call.
///
/// The coroutine always suspends, unless the call could not start. client::resume_finished() resumes it on its own
/// thread, or hands it to the executor of on(). It is never resumed on a thread of the library.
///
/// A suspended coroutine may be destroyed on the thread that calls client::resume_finished(), on another one only
/// while client::resume_finished() does not run. A coroutine that is suspended when its client is destroyed is not
/// resumed any more: destroy it, before or after the client. In a child made by fork() a coroutine that the parent had
/// suspended is not resumed either; a call of the parent that is awaited there fails with status::forked.
///
/// @tparam R the value of `co_await`: accepted or event_status, and a failure is thrown; or a result of one of them
/// @tparam Executor the type of the executor
template <class R, class Executor = detail::no_executor>
class [[nodiscard]] async_call : private detail::suspension {
  template <class T>
  struct value_of {
    using type = T;
  };
  template <class T>
  struct value_of<result<T>> {
    using type = T;
  };
  using call_type = background_call<typename value_of<R>::type>;
  static constexpr bool has_executor = !std::is_same_v<Executor, detail::no_executor>;

 public:
  /// Has an executor resume the coroutine. An executor has a member `execute(f)`, as those of Asio, or is itself
  /// callable with a function without arguments, as a function that posts to an event loop. It must not throw. If it
  /// drops the function, the coroutine stays suspended.
  template <class E>
  [[nodiscard]] async_call<R, std::decay_t<E>> on(E&& executor) && noexcept {
    return async_call<R, std::decay_t<E>>(std::move(*this), std::forward<E>(executor));
  }

  /// Ends the call early, with status::cancelled. Any thread may call it while this object exists.
  void cancel() const noexcept {
    if (call_) {
      call_->cancel();
    }
  }

  /// For the compiler: returns whether the call could not start.
  [[nodiscard]] bool await_ready() const noexcept { return !call_; }

  /// For the compiler: has the call reported, and returns false if that is not possible. Not inline: compilers may keep
  /// variables of inlined code in the coroutine, which another thread may have resumed or destroyed by then.
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
    if constexpr (has_executor) {
      claim_ = std::make_shared<detail::claim>(coroutine);
    }
    suspended(coroutine, [](suspension& self) { static_cast<async_call&>(self).resume_now(); });
#if defined(__cpp_lib_jthread)
    if (stop_.stop_possible()) {
      stopping_.emplace(stop_, canceller{&*call_});
    }
#endif
    // After a success this object belongs to the thread that resumes the coroutine.
    auto reported = call_->try_report_any(tag());
    if (reported) {
      return true;
    }
    failure_.emplace(std::move(reported).error());
    return false;
  }

  /// For the compiler: returns the result.
  R await_resume() {
#if defined(__cpp_lib_jthread)
    stopping_.reset();
#endif
    result<typename value_of<R>::type> finished = finish();
#if defined(__cpp_exceptions)
    if constexpr (!std::is_same_v<R, decltype(finished)>) {
      return detail::value(std::move(finished));
    } else
#endif
    {
      return finished;
    }
  }

  /// Moves a call that no coroutine awaits yet.
  async_call(async_call&& other) noexcept : async_call(std::move(other), std::move(other.executor_)) {}
  async_call& operator=(async_call&&) = delete;
  /// Cancels the call if it is not done.
  ~async_call() {
    if constexpr (has_executor) {
      if (claim_ != nullptr) {
        static_cast<void>(claim_->take());
      }
    }
  }

 private:
  friend class client;
  template <class OtherR, class OtherExecutor>
  friend class async_call;

  async_call(detail::adopt, result<call_type> call) noexcept : call_(std::move(call)), executor_() {}

  template <class Other, class E>
  async_call(async_call<R, Other>&& other, E&& executor) noexcept
      : call_(std::move(other.call_)),
        executor_(std::forward<E>(executor))
#if defined(__cpp_lib_jthread)
        ,
        stop_(std::move(other.stop_))
#endif
  {
  }

  void resume_now() {
    if constexpr (has_executor) {
      // This object may be destroyed as soon as the executor has the function.
      resumption function(claim_);
      Executor executor = std::move(executor_);
      if constexpr (requires { executor.execute(std::move(function)); }) {
        executor.execute(std::move(function));
      } else {
        executor(std::move(function));
      }
    } else {
      coroutine().resume();
    }
  }

  [[nodiscard]] auto finish() noexcept -> result<typename value_of<R>::type> {
    if (failure_) {
      return unexpected(*std::move(failure_));
    }
    if (!call_) {
      return unexpected(call_.error());
    }
    return call_->try_finish();
  }

  result<call_type> call_;
  std::optional<error_info> failure_;
  [[no_unique_address]] Executor executor_;
  std::shared_ptr<detail::claim> claim_;
#if defined(__cpp_lib_jthread)
  struct canceller {
    const call_type* call;
    void operator()() const noexcept { call->cancel(); }
  };

  async_call(detail::adopt, result<call_type> call, std::stop_token stop) noexcept
      : call_(std::move(call)), executor_(), stop_(std::move(stop)) {}

  std::stop_token stop_;
  // Destroyed before the call.
  std::optional<std::stop_callback<canceller>> stopping_;
#endif
};
#endif

/// A client of a Hookrail service, with its connections. Threads may share a client, and should: it keeps the
/// connections. A child made by fork() may use its parent's client; it opens connections of its own.
class client {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  explicit client(const client_options& options = detail::defaults<client_options>())
      : client(detail::value(try_create(options))) {}
#endif

  /// Makes a client. It connects with the first call. Reads the environment.
  ///
  /// Errors: status::configuration (no key; a key, base URL, proxy, retry policy or certificate authority that
  /// cannot be used); status::invalid_argument (an option out of range).
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

  /// Sends one event and waits until the service has recorded it. Failed attempts are repeated with the same
  /// key and the same bytes, within the total timeout. A signal neither ends nor repeats the call.
  ///
  /// `topic`: 1 to 256 characters, UTF-8. `payload`: exactly one JSON value in UTF-8; the service gets the same
  /// bytes. A payload is refused, and the message tells the offset, if it nests more than 512 arrays and
  /// objects, or holds anything that the service can never store: `\u0000`, half a surrogate pair, or a number
  /// of 10^131072 or more or with more than 16383 decimal places.
  ///
  /// Errors, each with its outcome, the idempotency key and the number of attempts: status::invalid_argument
  /// (topic, payload or an option; nothing was sent); status::payload_too_large; status::bad_request;
  /// status::authentication; status::permission_denied; status::not_found; status::conflict;
  /// status::unexpected_status; status::tls (the certificate is not accepted); status::protocol;
  /// status::rate_limited (nothing was sent: after a 429 the client slows down, and the call's turn would come
  /// after its time); status::cancelled; status::closed; status::retries_exhausted with the last attempt's
  /// error as its cause.
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

  /// Checks an event and fixes its idempotency key and its bytes, without sending it. Of the options, only the
  /// idempotency key, the ordering key and the headers count. The blob does not hold the API key.
  ///
  /// Errors: status::invalid_argument; status::payload_too_large (the client's limit).
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

  /// Sends a prepared event. The service records the event once, however often and from however many processes
  /// it is sent with the same producer key, as long as it remembers the idempotency key (a day by default).
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

  /// Asks the service for an event's deliveries and their attempts.
  ///
  /// Errors: status::invalid_argument (an id that is empty, "." or "..", over 256 bytes or not UTF-8);
  /// status::not_found (there is no such event); status::authentication or status::server_error (also when the
  /// service's database is away); otherwise those of try_send(), without an idempotency key and an outcome.
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

  /// Starts try_send() in the background, and returns at once. The call goes to another thread and back: one at a time
  /// takes twice the CPU time of try_send(), and one of 64 under way 1.6 times. While it is under way it takes about 3 KB
  /// of memory besides the event, and the descriptor of its connection.
  ///
  /// Errors: status::invalid_argument (also for a cancel token in the options: use background_call::cancel());
  /// status::payload_too_large; status::out_of_resources (no thread or descriptor for the call).
  /// background_call::try_finish() returns all others.
  [[nodiscard]] result<background_call<accepted>> try_start_send(
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
    return background_call<accepted>(detail::adopt(), out);
  }

  /// Starts try_send_prepared() in the background, and returns at once. `timeout`: unset for the client's total
  /// timeout.
  ///
  /// Errors: status::damaged_blob, and those of try_start_send().
  [[nodiscard]] result<background_call<accepted>> try_start_send_prepared(
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
    return background_call<accepted>(detail::adopt(), out);
  }

  /// Starts try_get_event() in the background, and returns at once. `timeout`: unset for the client's total
  /// timeout.
  ///
  /// Errors: status::invalid_argument; status::out_of_resources (no thread or descriptor for the call).
  /// background_call::try_finish() returns all others.
  [[nodiscard]] result<background_call<event_status>> try_start_get_event(
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
    return background_call<event_status>(detail::adopt(), out);
  }

#if defined(__cpp_lib_coroutine)
  /// Starts to send an event, for `co_await`, which returns the result of try_send(). The arguments are copied: they
  /// need not outlive this function. A loop of the program's own calls try_resume_finished(), or coroutines that wait
  /// are never resumed:
  ///
  /// @code
  /// task order_created(const hookrail::client& client, std::string id) {
  ///   const auto accepted = co_await client.async_send("orders.created", "{\"order_id\":\"" + id + "\"}");
  ///   std::cout << accepted.event_id << '\n';
  /// }
  ///
  /// pollfd finished{client.calls_fd(), POLLIN, 0};
  /// while (tasks_are_running() && poll(&finished, 1, -1) > 0) {
  ///   client.resume_finished();
  /// }
  /// @endcode
  ///
  /// A call costs what a background call costs (try_start_send()), and no more than the coroutine's own memory.
  ///
  /// Errors: those of try_send() and of try_start_send(). All are results of `co_await`.
  [[nodiscard]] async_call<result<accepted>> try_async_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return {detail::adopt(), try_start_send(topic, payload, options)};
  }

  /// Starts to send a prepared event, for `co_await`, as try_async_send() does.
  ///
  /// Errors: those of try_send_prepared() and of try_start_send_prepared(); status::invalid_argument (also for a cancel
  /// token in the options: use a stop token, or async_call::cancel()).
  [[nodiscard]] async_call<result<accepted>> try_async_send_prepared(
      std::string_view blob, const call_options& options = {}) const noexcept {
    return {detail::adopt(), start_prepared(blob, options)};
  }

  /// Starts to ask for an event's deliveries, for `co_await`, as try_async_send() does.
  ///
  /// Errors: those of try_get_event() and of try_start_get_event(); status::invalid_argument (also for a cancel token
  /// in the options).
  [[nodiscard]] async_call<result<event_status>> try_async_get_event(
      std::string_view event_id, const call_options& options = {}) const noexcept {
    return {detail::adopt(), start_get(event_id, options)};
  }

#if defined(__cpp_lib_jthread)
  /// try_async_send() that a requested stop ends with status::cancelled and the event's outcome. The stop counts before
  /// the call begins and while a coroutine awaits it.
  [[nodiscard]] async_call<result<accepted>> try_async_send(
      std::string_view topic, std::string_view payload, std::stop_token stop,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::not_sent, [&] { return try_start_send(topic, payload, options); }),
            std::move(stop)};
  }

  /// try_async_send_prepared() that a requested stop ends, as try_async_send().
  [[nodiscard]] async_call<result<accepted>> try_async_send_prepared(
      std::string_view blob, std::stop_token stop, const call_options& options = {}) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::not_sent, [&] { return start_prepared(blob, options); }),
            std::move(stop)};
  }

  /// try_async_get_event() that a requested stop ends, as try_async_send().
  [[nodiscard]] async_call<result<event_status>> try_async_get_event(
      std::string_view event_id, std::stop_token stop, const call_options& options = {}) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::none, [&] { return start_get(event_id, options); }),
            std::move(stop)};
  }
#endif

  /// Resumes the coroutines whose calls are done, in the order of the ends, on this thread or on the executors of
  /// async_call::on(). Call it when calls_fd() is readable. Never waits, and goes on until no call is left. Returns the
  /// number of calls.
  ///
  /// `on_tag(tag)`: gets each tag of background_call::try_report(), so that one loop serves both. Without it, these tags
  /// are dropped. try_collect_calls() cannot serve both: it takes the coroutines' calls away.
  ///
  /// Any number of threads may call it; each call goes to one of them. A coroutine that is resumed here may destroy
  /// other coroutines, but not the client. The program ends if a coroutine lets an exception out.
  ///
  /// Errors: status::invalid_argument (a client that was moved from).
  template <class OnTag>
  [[nodiscard]] result<std::size_t> try_resume_finished(OnTag on_tag) const noexcept {
    return resume_each(on_tag);
  }

  /// try_resume_finished(on_tag) without a function.
  [[nodiscard]] result<std::size_t> try_resume_finished() const noexcept {
    return try_resume_finished([](std::uint64_t) {});
  }

#if defined(__cpp_exceptions)
  /// try_async_send(), throwing: `co_await` throws.
  [[nodiscard]] async_call<accepted> async_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return {detail::adopt(), try_start_send(topic, payload, options)};
  }

  /// try_async_send_prepared(), throwing: `co_await` throws.
  [[nodiscard]] async_call<accepted> async_send_prepared(std::string_view blob,
                                                         const call_options& options = {}) const noexcept {
    return {detail::adopt(), start_prepared(blob, options)};
  }

  /// try_async_get_event(), throwing: `co_await` throws.
  [[nodiscard]] async_call<event_status> async_get_event(std::string_view event_id,
                                                         const call_options& options = {}) const noexcept {
    return {detail::adopt(), start_get(event_id, options)};
  }

#if defined(__cpp_lib_jthread)
  /// try_async_send() with a stop token, throwing: `co_await` throws.
  [[nodiscard]] async_call<accepted> async_send(
      std::string_view topic, std::string_view payload, std::stop_token stop,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::not_sent, [&] { return try_start_send(topic, payload, options); }),
            std::move(stop)};
  }

  /// try_async_send_prepared() with a stop token, throwing: `co_await` throws.
  [[nodiscard]] async_call<accepted> async_send_prepared(std::string_view blob, std::stop_token stop,
                                                         const call_options& options = {}) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::not_sent, [&] { return start_prepared(blob, options); }),
            std::move(stop)};
  }

  /// try_async_get_event() with a stop token, throwing: `co_await` throws.
  [[nodiscard]] async_call<event_status> async_get_event(std::string_view event_id, std::stop_token stop,
                                                         const call_options& options = {}) const noexcept {
    return {detail::adopt(),
            unless_stopped(stop, outcome::none, [&] { return start_get(event_id, options); }),
            std::move(stop)};
  }
#endif

  /// try_resume_finished(), throwing. An exception of `on_tag` or of a coroutine leaves it, and the calls that are left
  /// are for the next call of it.
  template <class OnTag>
  std::size_t resume_finished(OnTag on_tag) const {
    return detail::value(resume_each(on_tag));
  }

  /// resume_finished(on_tag) without a function.
  std::size_t resume_finished() const {
    return resume_finished([](std::uint64_t) {});
  }
#endif
#endif

  /// Returns the client's counters as a JSON object: "requests" (calls), "attempts", "successes", "replays",
  /// "connections_opened", "connections_reused", "bytes_sent", "bytes_received", and by status name "retries"
  /// and "failures", and the histogram "attempt_duration". They only grow; in a forked child they start at 0.
  [[nodiscard]] result<std::string> try_stats() const noexcept {
    return detail::written(
        [this](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
          return hookrail_client_stats(handle_.get(), buffer, size, needed, error);
        });
  }

  /// Returns the counters and the state of the queue in the text format of Prometheus (version 0.0.4), with the prefix
  /// `hookrail_client_`. The histogram `hookrail_client_attempt_duration_seconds` has the durations of the attempts.
  [[nodiscard]] result<std::string> try_metrics() const noexcept {
    return detail::written(
        [this](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
          return hookrail_client_metrics(handle_.get(), buffer, size, needed, error);
        });
  }

#if defined(__cpp_lib_jthread)
  /// try_send() that a requested stop ends with status::cancelled and the event's outcome.
  ///
  /// Errors: those of try_send(); status::invalid_argument (also if the options hold a cancel token).
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
  [[nodiscard]] background_call<accepted> start_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(try_start_send(topic, payload, options));
  }

  /// try_start_send_prepared(), throwing.
  [[nodiscard]] background_call<accepted> start_send_prepared(
      std::string_view blob, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_start_send_prepared(blob, timeout));
  }

  /// try_start_get_event(), throwing.
  [[nodiscard]] background_call<event_status> start_get_event(
      std::string_view event_id, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const {
    return detail::value(try_start_get_event(event_id, timeout));
  }

  /// try_stats(), throwing.
  [[nodiscard]] std::string stats() const { return detail::value(try_stats()); }

  /// try_metrics(), throwing.
  [[nodiscard]] std::string metrics() const { return detail::value(try_metrics()); }

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

  /// Returns the descriptor that is readable while there are tags for try_collect_calls(), for poll(2),
  /// epoll and event loops. It belongs to the library: neither read nor close it. After fork() the child gets
  /// its own from this function.
  ///
  /// Errors: status::out_of_resources (the process may open no more file descriptors).
  [[nodiscard]] result<int> try_calls_fd() const noexcept {
    detail::invocation call;
    std::int32_t fd = -1;
    if (!call(hookrail_calls_fd, handle_.get(), &fd)) {
      return call.failure();
    }
    return fd;
  }

  /// Collects the tags of background calls that are done, in the order of their ends: into an array with room for
  /// `capacity`, at least 1. Returns how many there are. Each tag of background_call::try_report() is returned
  /// once. Never waits. A program that awaits calls of this client calls try_resume_finished() instead.
  ///
  /// Errors: status::invalid_argument.
  [[nodiscard]] result<std::size_t> try_collect_calls(std::uint64_t* tags,
                                                      std::size_t capacity) const noexcept {
    detail::invocation call;
    std::size_t count = 0;
    if (!call(hookrail_calls_collect, handle_.get(), tags, capacity, &count)) {
      return call.failure();
    }
    return count;
  }

#if defined(__cpp_exceptions)
  /// try_calls_fd(), throwing.
  [[nodiscard]] int calls_fd() const { return detail::value(try_calls_fd()); }

  /// try_collect_calls(), throwing: returns at most `most` tags.
  [[nodiscard]] std::vector<std::uint64_t> collect_calls(std::size_t most) const {
    std::vector<std::uint64_t> tags(most);
    tags.resize(detail::value(try_collect_calls(tags.data(), most)));
    return tags;
  }
#endif

  /// Returns the handle, for calls of the C ABI. It still belongs to this object.
  [[nodiscard]] const hookrail_client* native_handle() const noexcept { return handle_.get(); }

 private:
  client(detail::adopt, hookrail_client* handle) noexcept : handle_(handle) {}

#if defined(__cpp_lib_coroutine)
  [[nodiscard]] result<background_call<accepted>> start_prepared(std::string_view blob,
                                                                 const call_options& options) const noexcept {
    if (options.cancel != nullptr) {
      return no_cancel_token(outcome::not_sent);
    }
    return try_start_send_prepared(blob, options.timeout);
  }

  [[nodiscard]] result<background_call<event_status>> start_get(std::string_view event_id,
                                                                const call_options& options) const noexcept {
    if (options.cancel != nullptr) {
      return no_cancel_token(outcome::none);
    }
    return try_start_get_event(event_id, options.timeout);
  }

  [[nodiscard]] static unexpected no_cancel_token(outcome refused) {
    return unexpected(detail::refusal(status::invalid_argument,
                                      "a background call takes no cancel token: use a stop token", refused));
  }

#if defined(__cpp_lib_jthread)
  template <class Start>
  [[nodiscard]] static auto unless_stopped(const std::stop_token& stop, outcome refused, Start start) noexcept
      -> decltype(start()) {
    if (stop.stop_requested()) {
      return unexpected(
          detail::refusal(status::cancelled, "a stop was requested before the call began", refused));
    }
    return start();
  }
#endif

  // Collects one call at a time: a coroutine that is resumed may destroy the one whose call comes next.
  template <class OnTag>
  [[nodiscard]] result<std::size_t> resume_each(OnTag& on_tag) const {
    for (std::size_t count = 0;; ++count) {
      std::uint64_t tag = 0;
      const result<std::size_t> collected = try_collect_calls(&tag, 1);
      if (!collected || *collected == 0) {
        return collected ? result<std::size_t>(count) : collected;
      }
      if ((tag & detail::coroutine_tag) != 0) {
        detail::suspension::of(tag).resume();
      } else {
        on_tag(tag);
      }
    }
  }
#endif

  detail::client_handle handle_;
};

/// Sends events. Code that takes a `const sender&` in place of a client can be tested without a service: with a
/// testing::recorder of hookrail_testing.hpp, or with a class of the test's own. A client_sender is a sender that sends.
class sender {
 public:
  virtual ~sender() = default;

  /// As client::try_send(), with its errors.
  [[nodiscard]] result<accepted> try_send(
      std::string_view topic, std::string_view payload,
      const send_options& options = detail::defaults<send_options>()) const noexcept {
    return do_send(topic, payload, options);
  }

#if defined(__cpp_exceptions)
  /// try_send(), throwing.
  accepted send(std::string_view topic, std::string_view payload,
                const send_options& options = detail::defaults<send_options>()) const {
    return detail::value(do_send(topic, payload, options));
  }
#endif

 protected:
  /// For derived classes.
  sender() = default;
  /// For derived classes.
  sender(const sender&) = default;
  /// For derived classes.
  sender& operator=(const sender&) = default;

 private:
  /// Sends an event.
  [[nodiscard]] virtual result<accepted> do_send(std::string_view topic, std::string_view payload,
                                                 const send_options& options) const noexcept = 0;
};

/// A sender that sends with a client.
class client_sender final : public sender {
 public:
  /// Sends with this client, which must outlive the sender.
  explicit client_sender(const hookrail::client& client) noexcept : client_(&client) {}

 private:
  [[nodiscard]] result<accepted> do_send(std::string_view topic, std::string_view payload,
                                         const send_options& options) const noexcept override {
    return client_->try_send(topic, payload, options);
  }

  const hookrail::client* client_;
};

/// A client with a queue: it accepts events without waiting, and reports their results later. Each accepted
/// submit gets exactly one completion, unless none was wanted. Threads may share a producer.
///
/// Its threads start with the first submit. Destroying it neither waits nor sends the queued events: close() it
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

  /// Returns the client, for calls that wait.
  [[nodiscard]] const hookrail::client& client() const noexcept { return client_; }

  /// Queues an event, and returns at once a token for try_cancel(). Arguments as for client::try_send(). The
  /// function checks all arguments; the event's result comes in its completion. Within its timeout the number
  /// of retries is not limited.
  ///
  /// Errors: status::queue_full (collect completions, wait, or drop the event); status::closed;
  /// status::invalid_argument; status::payload_too_large; status::out_of_resources (no thread or descriptor).
  /// After an error nothing was queued.
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

  /// try_submit() that waits up to `patience` for room in the queue; unset to wait without end. If completions
  /// fill the queue, another thread must collect them meanwhile.
  ///
  /// Errors: those of try_submit(); status::interrupted (a signal came before there was room: nothing was
  /// queued).
  [[nodiscard]] result<std::uint64_t> try_submit_wait(
      std::string_view topic, std::string_view payload, std::optional<std::chrono::milliseconds> patience,
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

  /// Queues a prepared event. The blob has its keys and headers, so the options must not hold any.
  ///
  /// Errors: status::damaged_blob, and those of try_submit().
  [[nodiscard]] result<std::uint64_t> try_submit_prepared(
      std::string_view blob,
      const submit_options& options = detail::defaults<submit_options>()) const noexcept {
    if (options.idempotency_key || options.ordering_key || !options.headers.empty()) {
      return unexpected(detail::refusal(
          status::invalid_argument,
          "a prepared event holds its keys and headers: leave them out of the options", outcome::not_sent));
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
  /// to wait for the first one; unset to wait without end. Returns an empty vector when the time is over.
  ///
  /// Errors: status::interrupted (a signal was delivered to this thread, or wakeup() was called: call again);
  /// status::invalid_argument (`most` is 0).
  [[nodiscard]] result<std::vector<completion>> try_poll(
      std::size_t most, std::optional<std::chrono::milliseconds> timeout = std::nullopt) const noexcept {
    // A caller may pass any number to get "all there are"; this bounds the memory.
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

  /// Returns the descriptor that is readable exactly while there are completions to collect, for poll(2), epoll
  /// and event loops. It belongs to the library: neither read nor close it. After fork() the child gets its own
  /// from this function.
  ///
  /// Errors: status::out_of_resources (the process may open no more file descriptors).
  [[nodiscard]] result<int> try_event_fd() const noexcept {
    detail::invocation call;
    std::int32_t fd = -1;
    if (!call(hookrail_event_fd, handle(), &fd)) {
      return call.failure();
    }
    return fd;
  }

  /// Ends a try_poll() with status::interrupted: the one that is waiting, or the next. Async-signal-safe.
  void wakeup() const noexcept { hookrail_wakeup(handle()); }

  /// Gives up a submitted event. An event in the queue gets its completion at once, with status::cancelled. An
  /// event that is being sent is interrupted, and its completion has its outcome. The function has no effect on
  /// a completed event.
  [[nodiscard]] result<void> try_cancel(std::uint64_t token) const noexcept {
    detail::invocation call;
    if (!call(hookrail_cancel_submitted, handle(), token)) {
      return call.failure();
    }
    return {};
  }

  /// Waits until no event is queued or in flight; completions need not be collected. `timeout`: unset to wait
  /// without end. Returns the number of events that are left: 0, unless the time is over.
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

  /// Gives up all submitted events of some kinds, each as try_cancel() does. Returns their number.
  [[nodiscard]] result<std::size_t> try_purge(purge_scope scope = purge_scope::all) const noexcept {
    detail::invocation call;
    std::size_t purged = 0;
    if (!call(hookrail_purge, handle(), static_cast<std::uint32_t>(scope), &purged)) {
      return call.failure();
    }
    return purged;
  }

  /// Returns the numbers of events and completions that the producer holds.
  [[nodiscard]] result<pending_counts> try_pending() const noexcept {
    detail::invocation call;
    pending_counts counts;
    if (!call(hookrail_pending, handle(), &counts.queued, &counts.in_flight, &counts.completions)) {
      return call.failure();
    }
    return counts;
  }

  /// Closes the producer: refuses new events, sends the queued ones for up to `timeout` (unset: until all are
  /// sent), gives up the rest and ends the producer's threads. Returns the number of events that were given up;
  /// each of them has its completion. Later submits, and calls of client(), fail with status::closed;
  /// completions can still be collected.
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
                            std::optional<std::chrono::milliseconds> patience,
                            const submit_options& options = detail::defaults<submit_options>()) const {
    return detail::value(try_submit_wait(topic, payload, patience, options));
  }

  /// try_submit_prepared(), throwing.
  std::uint64_t submit_prepared(std::string_view blob,
                                const submit_options& options = detail::defaults<submit_options>()) const {
    return detail::value(try_submit_prepared(blob, options));
  }

  /// try_poll(), throwing. Returns an empty vector also when it was interrupted, so that a loop can check its
  /// own flags.
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

/// A verification that verifier::begin() has begun. Do not act on any part of the body before finish() has
/// succeeded. Destroying it abandons it. One thread at a time.
class verification {
 public:
  /// Sets the length of the body that the request's Content-Length announces. With it, finish() distinguishes
  /// an incomplete body from a changed one. A body that matches is accepted, whatever was announced.
  ///
  /// Errors: status::body_too_large (the length is over the body's limit: the body need not be read);
  /// status::invalid_argument (after finish()).
  [[nodiscard]] result<void> try_set_content_length(std::uint64_t content_length) noexcept {
    detail::invocation call;
    if (!call(hookrail_verification_set_content_length, handle_.get(), content_length)) {
      return call.failure();
    }
    return {};
  }

  /// Adds the next piece of the body; it may be empty.
  ///
  /// Errors: status::body_too_large (the body is over its limit; also for all further pieces);
  /// status::invalid_argument (after finish()).
  [[nodiscard]] result<void> try_update(std::string_view chunk) noexcept {
    detail::invocation call;
    if (!call(hookrail_verification_update, handle_.get(), chunk.data(), chunk.size())) {
      return call.failure();
    }
    return {};
  }

  /// Ends the verification after the last piece of the body, and returns whether the delivery is genuine.
  ///
  /// Errors: status::signature_mismatch; status::body_incomplete (no match, and fewer bytes than
  /// set_content_length() announced: the connection was cut, or something else had read from the body; answer
  /// 408, and the service sends the delivery again, which it does not after 400 or 401); status::body_too_large
  /// (a piece was refused); status::invalid_argument (a second time).
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

/// A verifier of deliveries. It prepares its secrets once. Threads may share it without a lock.
class verifier {
 public:
#if defined(__cpp_exceptions)
  /// try_create(), throwing.
  explicit verifier(const verifier_options& options) : verifier(detail::value(try_create(options))) {}
#endif

  /// Makes a verifier; it wipes its keys when it is destroyed.
  ///
  /// Errors: status::invalid_argument (no secret, more than 16, a negative tolerance; a secret that is empty,
  /// blank or only "whsec_", such as that of a variable that is not set, that begins or ends with white space,
  /// or that holds a control byte: the message names it by its number, counted from 1).
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
  /// The signature covers the delivery id, the time and the body. It does not cover the method, the path, the
  /// query and the other headers: anyone who has seen a delivery can send it again to another path, or with
  /// another hookrail-topic or hookrail-event-id. So decide by the content of the body, or use a different
  /// secret for each path; do not dispatch on hookrail-topic alone.
  ///
  /// Errors, in this order: status::signature_malformed (header or delivery id); status::timestamp_too_old;
  /// status::timestamp_too_new; status::signature_mismatch. Give the sender the same answer for all of them:
  /// the details are not for it.
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

  /// Begins to verify a delivery whose body arrives in pieces. The function checks the headers and the
  /// timestamp at once: after an error the body need not be read. The verifier may be destroyed before the
  /// verification. `body_limit`: the largest body that is accepted, in bytes; 0 for no limit.
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

/// Verifies one delivery without a verifier, for programs that receive few. Arguments as for
/// verifier::try_verify().
///
/// Errors: those of verifier::try_verify() and of verifier::try_create(); the message is only the status's
/// name.
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

/// Finds the two headers that a verification needs in any range of pairs of text, such as a std::multimap or a
/// vector of pairs. A header with several values has one pair for each. Names match without regard to case,
/// with `_` for `-`, and with HTTP_ in front, as CGI writes them (HTTP_HOOKRAIL_SIGNATURE). A signature that
/// arrived as a list is joined: gateways that split headers at their commas make such lists.
///
/// Errors: status::signature_missing (one of them is absent: answer 400, the request is no webhook);
/// status::signature_malformed (the delivery id is repeated, or the signature is longer than 4096 bytes).
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

/// Signs a delivery as the service does, for tests and for servers that replace the service. Returns the value
/// of the hookrail-signature header.
///
/// Errors: status::invalid_argument (a secret that verifier::try_create() refuses, a time before 1970, a
/// delivery id that is not 1 to 128 of A-Z, a-z, 0-9, _ and -).
[[nodiscard]] inline result<std::string> try_sign(std::string_view secret, sys_seconds timestamp,
                                                  std::string_view delivery_id,
                                                  std::string_view body) noexcept {
  return detail::written([&](char* buffer, std::size_t size, std::size_t* needed, hookrail_error** error) {
    return hookrail_sign(secret.data(), secret.size(), detail::unix_time(timestamp), delivery_id.data(),
                         delivery_id.size(), body.data(), body.size(), buffer, size, needed, error);
  });
}

/// Returns a text that says why a verification fails. For development only. It tries the usual mistakes. The
/// text holds neither a secret nor a MAC, but parts of the request: do not show it to the sender. The function
/// is slow and not constant-time.
///
/// `event_id`: the value of hookrail-event-id, if it is available. The other arguments as for
/// verifier::try_verify().
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
