/**
 * @file hookrail.h
 * libhookrail: a producer and a receiver for the Hookrail webhook delivery service.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rules that hold for every function unless it says otherwise:
 *
 * - A function that can fail returns a hookrail_status and takes, last, a place for a hookrail_error, which
 *   may be NULL. It sets the error only when it fails, and its other outputs only when it succeeds.
 * - Bytes are passed as a pointer and a length. NULL with 0 is empty; NULL with more is
 *   HOOKRAIL_INVALID_ARGUMENT. No function reads beyond the length or looks for a NUL. Everything is
 *   copied: no function keeps a pointer that it was given.
 * - The caller frees the handles that it has made, with the function named after their type; that function
 *   accepts NULL. No function takes ownership of an argument.
 * - Strings that a function returns end with a NUL, belong to their handle and live as long as it.
 * - Handles are opaque. Using a pointer that is no handle, a freed handle or a string of a freed handle is
 *   undefined behaviour.
 * - Any function may return HOOKRAIL_INTERNAL: it has caught a defect of the library. Please report it.
 * - "protocol section N" is docs/protocol.md of the library.
 * - Memory: if the operating system has no memory left, the process is aborted, as any Rust program is.
 *   Inputs that are too long or too large are refused before memory is allocated for them (docs/abi.md).
 * - Stack: 64 KiB are enough for every call.
 * - pthread_cancel() of a thread that is in a function takes effect after the function has returned. It does
 *   not end a wait; a cancel token, a wake-up or a timeout does. This holds for deferred cancellation, the
 *   default; no function may be called under PTHREAD_CANCEL_ASYNCHRONOUS.
 */

#ifndef HOOKRAIL_H
#define HOOKRAIL_H

/* Written by cbindgen from src/ffi. Do not edit: run `make header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The major version of this header; hookrail_version() returns that of the loaded library.
 * @ingroup versions
 */
#define HOOKRAIL_VERSION_MAJOR 0
/**
 * The minor version of this header.
 * @ingroup versions
 */
#define HOOKRAIL_VERSION_MINOR 1
/**
 * The patch version of this header.
 * @ingroup versions
 */
#define HOOKRAIL_VERSION_PATCH 0

/**
 * The ABI version of this header; hookrail_abi_version() of the loaded library must equal it.
 * @ingroup versions
 */
#define HOOKRAIL_ABI_VERSION 0

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup versions Versions
 *
 * Compares the loaded library with the header.
 * @{
 */

/**
 * Returns the version of the loaded library, for example "0.1.0".
 *
 * Ownership: the string is static.
 *
 * Thread-safety: any thread, at any time.
 */
const char *hookrail_version(void);

/**
 * Returns the ABI version of the loaded library. It must equal HOOKRAIL_ABI_VERSION.
 *
 * Thread-safety: any thread, at any time.
 */
int32_t hookrail_abi_version(void);

/** @} */

/**
 * @defgroup errors Statuses and errors
 *
 * Says whether a call succeeded, why it failed, and what is known about the event.
 * @{
 */

/**
 * The result of a call. The numbers never change. Later versions may add some, so treat an unknown one by
 * its family: 1xx the caller, 2xx the transport, 4xx and 5xx the service's answers, 6xx retries,
 * 7xx signatures, 9xx the library.
 */
typedef enum hookrail_status {
    /**
     * Success.
     */
    HOOKRAIL_OK = 0,
    /**
     * An argument is not acceptable; nothing was done.
     */
    HOOKRAIL_INVALID_ARGUMENT = 100,
    /**
     * The client cannot be set up as asked: API key, base URL, proxy, certificates, limits.
     */
    HOOKRAIL_CONFIGURATION = 101,
    /**
     * The client was closed.
     */
    HOOKRAIL_CLOSED = 102,
    /**
     * The handle belongs to the parent of this process.
     */
    HOOKRAIL_FORKED = 103,
    /**
     * The producer's queue is at its limit.
     */
    HOOKRAIL_QUEUE_FULL = 104,
    /**
     * A signal or a wake-up ended the wait.
     */
    HOOKRAIL_INTERRUPTED = 105,
    /**
     * The cancel token was fired.
     */
    HOOKRAIL_CANCELLED = 106,
    /**
     * The caller's buffer is too small for the output.
     */
    HOOKRAIL_BUFFER_TOO_SMALL = 107,
    /**
     * A received body is larger than its limit.
     */
    HOOKRAIL_BODY_TOO_LARGE = 108,
    /**
     * A prepared event is damaged or of an unknown version.
     */
    HOOKRAIL_DAMAGED_BLOB = 109,
    /**
     * A system resource is missing: the process may make no more threads, descriptors or sockets.
     */
    HOOKRAIL_OUT_OF_RESOURCES = 110,
    /**
     * A received body is shorter than announced, or something else had read from it before.
     */
    HOOKRAIL_BODY_INCOMPLETE = 111,
    /**
     * No usable connection: refused, reset, closed early, name not found.
     */
    HOOKRAIL_CONNECTION = 200,
    /**
     * A timeout or the call's time ran out.
     */
    HOOKRAIL_TIMEOUT = 201,
    /**
     * The TLS handshake failed. It is final if the certificate is the reason.
     */
    HOOKRAIL_TLS = 202,
    /**
     * The answer was not HTTP, or not what the protocol promises.
     */
    HOOKRAIL_PROTOCOL = 203,
    /**
     * HTTP 400.
     */
    HOOKRAIL_BAD_REQUEST = 400,
    /**
     * HTTP 401: the API key is missing, unknown or revoked. If this client has had a success with the key in
     * this process, the service's database may be away instead: then the error is retryable.
     */
    HOOKRAIL_AUTHENTICATION = 401,
    /**
     * HTTP 403.
     */
    HOOKRAIL_PERMISSION_DENIED = 403,
    /**
     * HTTP 404: there is no such event.
     */
    HOOKRAIL_NOT_FOUND = 404,
    /**
     * HTTP 409: the idempotency key was used with other bytes.
     */
    HOOKRAIL_CONFLICT = 409,
    /**
     * HTTP 413, or a payload over the client's own limit.
     */
    HOOKRAIL_PAYLOAD_TOO_LARGE = 413,
    /**
     * HTTP 429. With the outcome NOT_SENT nothing was sent: under the service's limit, the call's turn would
     * have come after its time.
     */
    HOOKRAIL_RATE_LIMITED = 429,
    /**
     * Any other final HTTP status, including redirects.
     */
    HOOKRAIL_UNEXPECTED_STATUS = 499,
    /**
     * HTTP 5xx.
     */
    HOOKRAIL_SERVER_ERROR = 500,
    /**
     * The retries ran out. The cause is the last attempt's error.
     */
    HOOKRAIL_RETRIES_EXHAUSTED = 600,
    /**
     * The signature header or the delivery id does not have the required form.
     */
    HOOKRAIL_SIGNATURE_MALFORMED = 700,
    /**
     * The signature is older than the tolerance allows.
     */
    HOOKRAIL_TIMESTAMP_TOO_OLD = 701,
    /**
     * The signature is further in the future than the tolerance allows.
     */
    HOOKRAIL_TIMESTAMP_TOO_NEW = 702,
    /**
     * No secret matches any candidate signature.
     */
    HOOKRAIL_SIGNATURE_MISMATCH = 703,
    /**
     * The request carries no signature header or no delivery id.
     */
    HOOKRAIL_SIGNATURE_MISSING = 704,
    /**
     * A defect of the library: a panic was caught.
     */
    HOOKRAIL_INTERNAL = 900,
} hookrail_status;

/**
 * What is known about an event that was being sent.
 */
typedef enum hookrail_outcome {
    /**
     * The call sends no event.
     */
    HOOKRAIL_OUTCOME_NONE = 0,
    /**
     * The service recorded the event.
     */
    HOOKRAIL_OUTCOME_DELIVERED = 1,
    /**
     * No complete request left this process: the service cannot have recorded the event.
     */
    HOOKRAIL_OUTCOME_NOT_SENT = 2,
    /**
     * The service answered, and its answer says that it recorded nothing.
     */
    HOOKRAIL_OUTCOME_REJECTED = 3,
    /**
     * A complete request left this process, and no answer says whether the service recorded the event.
     * Sending it again with the same idempotency key and the same bytes is safe.
     */
    HOOKRAIL_OUTCOME_MAYBE_SENT = 4,
} hookrail_outcome;

/**
 * The state of a delivery (protocol section 2).
 */
typedef enum hookrail_delivery_state {
    /**
     * A state that this version does not know. Its text is there.
     */
    HOOKRAIL_DELIVERY_UNKNOWN = 0,
    /**
     * Waiting for its first attempt.
     */
    HOOKRAIL_DELIVERY_PENDING = 1,
    /**
     * An attempt is running.
     */
    HOOKRAIL_DELIVERY_IN_FLIGHT = 2,
    /**
     * Waiting for another attempt.
     */
    HOOKRAIL_DELIVERY_RETRY_SCHEDULED = 3,
    /**
     * The receiver accepted it.
     */
    HOOKRAIL_DELIVERY_SUCCEEDED = 4,
    /**
     * Given up.
     */
    HOOKRAIL_DELIVERY_DEAD_LETTERED = 5,
    /**
     * Cancelled before it succeeded.
     */
    HOOKRAIL_DELIVERY_CANCELLED = 6,
    /**
     * Skipped.
     */
    HOOKRAIL_DELIVERY_SKIPPED = 7,
} hookrail_delivery_state;

/**
 * The details of a failure. Immutable; threads may share it.
 *
 * A function that takes a `hookrail_error **` sets it only when it fails; pass NULL if the status is
 * enough. Free it with hookrail_error_free(). All getters accept NULL.
 */
typedef struct hookrail_error hookrail_error;

/**
 * One attempt of a call: its time, its connection and its result.
 *
 * Later versions may add members at the end: therefore the functions that write a record take the size of the
 * structure.
 */
typedef struct hookrail_attempt_record {
    /**
     * The attempt's number; the first attempt of the call has 1.
     */
    uint32_t number;
    /**
     * HOOKRAIL_OK, or why the attempt failed: a hookrail_status.
     */
    int32_t status;
    /**
     * The HTTP status of the answer; 0 if there was none.
     */
    int32_t http_status;
    /**
     * 1 if a connection was opened for the attempt; 0 if it ran on a pooled one, or none could be opened.
     */
    int32_t new_connection;
    /**
     * The start: microseconds since 1970 by the wall clock.
     */
    int64_t started_unix_us;
    /**
     * Microseconds from the start of the call to the start of the attempt. The call of a submitted event starts
     * with the submit.
     */
    uint64_t started_us;
    /**
     * Microseconds from the start of the attempt to its end.
     */
    uint64_t duration_us;
    /**
     * Microseconds for looking the host name up; 0 if the address was known, or no connection had to be opened.
     */
    uint64_t lookup_us;
    /**
     * Microseconds for connecting, with a proxy's reply to CONNECT; 0 if no connection had to be opened.
     */
    uint64_t connect_us;
    /**
     * Microseconds for the TLS handshake; 0 if there was none.
     */
    uint64_t tls_us;
    /**
     * Microseconds from the end of writing the request to the first byte of the answer, or to the end of the
     * attempt.
     */
    uint64_t waiting_us;
    /**
     * Bytes of the request that were written, without those of TLS.
     */
    uint64_t bytes_sent;
    /**
     * Bytes of the answer that were read, without those of TLS.
     */
    uint64_t bytes_received;
    /**
     * The message of the attempt's error, cut off at 500 characters; "" if it succeeded. It belongs to the handle.
     */
    const char *message;
    /**
     * The id that the answer gives the request, as of hookrail_accepted_request_id(); "" if there is none. It
     * belongs to the handle.
     */
    const char *request_id;
} hookrail_attempt_record;

/**
 * Returns the name of a status, for example "rate_limited"; "unknown" for an unknown number.
 *
 * @param status A hookrail_status as a number: it may come from a newer library.
 *
 * Ownership: the string is static.
 *
 * Thread-safety: any thread, at any time.
 */
const char *hookrail_status_name(int64_t status);

/**
 * Returns the protocol's name of a delivery state, for example "in_flight"; "unknown" for an unknown number.
 *
 * @param state A hookrail_delivery_state as a number.
 *
 * Ownership: the string is static.
 *
 * Thread-safety: any thread, at any time.
 */
const char *hookrail_delivery_state_name(int64_t state);

/**
 * Returns the name of an outcome, for example "maybe_sent"; "unknown" for an unknown number.
 *
 * @param outcome A hookrail_outcome as a number.
 *
 * Ownership: the string is static.
 *
 * Thread-safety: any thread, at any time.
 */
const char *hookrail_outcome_name(int64_t outcome);

/**
 * Frees an error. NULL is allowed. Do not free the results of hookrail_error_cause() and
 * hookrail_error_last().
 *
 * Thread-safety: no other thread may still use the error.
 */
void hookrail_error_free(hookrail_error *error);

/**
 * Returns the status that the function returned; HOOKRAIL_OK for NULL.
 */
hookrail_status hookrail_error_status(const hookrail_error *error);

/**
 * Returns a sentence for people: what is wrong and, where it helps, what would be right. "" for NULL.
 *
 * The message never holds an API key or a secret. It is one line: control characters, line separators and
 * marks of direction are escaped (`\n`, `\u{1b}`), also in text that came from a peer.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_message(const hookrail_error *error);

/**
 * Returns the length of the message in bytes.
 */
size_t hookrail_error_message_len(const hookrail_error *error);

/**
 * Returns the HTTP status of the service's last answer; 0 if there was none.
 */
int32_t hookrail_error_http_status(const hookrail_error *error);

/**
 * Returns the wait that the service asked for (Retry-After), in milliseconds; -1 if it asked for none.
 */
int64_t hookrail_error_retry_after_ms(const hookrail_error *error);

/**
 * Returns the `type` of the service's problem details (RFC 7807); NULL if it gave none.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_problem_type(const hookrail_error *error);

/**
 * Returns the `title` of the service's problem details; NULL if it gave none.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_problem_title(const hookrail_error *error);

/**
 * Returns the `detail` of the service's problem details; NULL if it gave none.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_problem_detail(const hookrail_error *error);

/**
 * Returns the body of the service's last answer as it was received, JSON or not, cut off at 64 KiB; NULL
 * if there was none. It may hold NUL: use hookrail_error_body_len().
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_body(const hookrail_error *error);

/**
 * Returns the length of hookrail_error_body() in bytes.
 */
size_t hookrail_error_body_len(const hookrail_error *error);

/**
 * Returns whether the same call can succeed later without a change.
 */
bool hookrail_error_retryable(const hookrail_error *error);

/**
 * Returns the number of attempts; 0 if the call ended before the first.
 */
uint32_t hookrail_error_attempts(const hookrail_error *error);

/**
 * Returns the event's idempotency key, with which it was, or would have been, sent. NULL if the call sends no
 * event, or failed before the key was fixed.
 *
 * Sending the same event again with this key cannot record it twice.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_idempotency_key(const hookrail_error *error);

/**
 * Returns what is known about the event that the call was sending.
 */
hookrail_outcome hookrail_error_outcome(const hookrail_error *error);

/**
 * Returns the cause of an error: for HOOKRAIL_RETRIES_EXHAUSTED the last attempt's error. NULL if there is
 * none.
 *
 * Ownership: the cause belongs to the error; do not free it.
 */
const hookrail_error *hookrail_error_cause(const hookrail_error *error);

/**
 * Returns the last attempt's error: the innermost cause, or the error itself if it has no cause. NULL for
 * NULL.
 *
 * One comparison finds the last failure of the service or the network, whether it was final or the
 * retries ran out: `hookrail_error_status(hookrail_error_last(error)) == HOOKRAIL_RATE_LIMITED`.
 *
 * For HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED and a HOOKRAIL_TIMEOUT of the producer it is the last failed
 * attempt's error, too, if there was one. The outcome and the number of attempts of the whole call are those
 * of the error itself.
 *
 * Ownership: the result belongs to the error; do not free it.
 */
const hookrail_error *hookrail_error_last(const hookrail_error *error);

/**
 * Returns the number of records of the call's attempts: at most 16, those of the last attempts. They belong to the error
 * that the call returned; its cause has none. 0 for NULL.
 */
size_t hookrail_error_attempt_record_count(const hookrail_error *error);

/**
 * Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
 * another size.
 *
 * @param index From 0, the oldest attempt that is kept, to hookrail_error_attempt_record_count() - 1.
 * @param record Set to the record. Its strings belong to the handle.
 * @param record_size sizeof(hookrail_attempt_record).
 */
bool hookrail_error_attempt_record(const hookrail_error *error,
                                   size_t index,
                                   hookrail_attempt_record *record,
                                   size_t record_size);

/**
 * Returns the id that the service, or a gateway before it, gave the request of the last attempt, as
 * hookrail_accepted_request_id(); NULL if that attempt had no answer, or the answer no id.
 *
 * Ownership: the string belongs to the error.
 */
const char *hookrail_error_request_id(const hookrail_error *error);

/** @} */

/**
 * @defgroup client_options Client options
 *
 * Sets timeouts, retries, TLS, the proxy and limits before a client is made.
 * @{
 */

/**
 * Constants for `timeout_ms`. There are three kinds of them, each with one meaning of 0 and less:
 *
 * - How long to wait, as in hookrail_poll(), hookrail_flush(), hookrail_client_close(), hookrail_call_wait() and
 *   hookrail_submit_event_wait(): 0 does not wait, less than 0 waits without end.
 * - The time for a call or an event, as in hookrail_get_event(), hookrail_send_prepared() and
 *   hookrail_submit_prepared(): 0 is the client's own time, less than 0 is refused.
 * - A setting, as in hookrail_send_options_set_timeout_ms(): 0 and less are refused.
 */
typedef enum hookrail_timeout_constants {
    /**
     * For a wait: without end.
     */
    HOOKRAIL_INFINITE = -1,
    /**
     * For a call the client's total timeout, for an event its delivery timeout.
     */
    HOOKRAIL_DEFAULT_TIMEOUT = 0,
} hookrail_timeout_constants;

/**
 * The certificate authorities that a client trusts: values for hookrail_client_options_set_tls_roots().
 */
typedef enum hookrail_tls_roots {
    /**
     * Trust the certificate authorities of the system and the extra ones.
     */
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    /**
     * Trust the extra certificate authorities only.
     */
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
} hookrail_tls_roots;

/**
 * The settings of a client. hookrail_client_new() copies them.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct hookrail_client_options hookrail_client_options;

/**
 * Makes options with the defaults. Free them with hookrail_client_options_free().
 *
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
hookrail_client_options *hookrail_client_options_new(void);

/**
 * Frees options. NULL is allowed. Clients that were made with them are not affected.
 */
void hookrail_client_options_free(hookrail_client_options *options);

/**
 * Sets the time for looking up the name, connecting and negotiating TLS (default 5000 milliseconds).
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_connect_timeout_ms(hookrail_client_options *options,
                                                               int64_t timeout_ms,
                                                               hookrail_error **error);

/**
 * Sets the time of each wait for a part of the answer (default 10000 milliseconds).
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_read_timeout_ms(hookrail_client_options *options,
                                                            int64_t timeout_ms,
                                                            hookrail_error **error);

/**
 * Sets the time of each wait until the service takes more of the request (default 10000 milliseconds).
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_write_timeout_ms(hookrail_client_options *options,
                                                             int64_t timeout_ms,
                                                             hookrail_error **error);

/**
 * Sets the time for a whole call, including retries and the waits between them (default 30000 milliseconds).
 * It is the max_elapsed of protocol section 3.
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_total_timeout_ms(hookrail_client_options *options,
                                                             int64_t timeout_ms,
                                                             hookrail_error **error);

/**
 * Sets how often a failed attempt is repeated (default 3, which is up to 4 attempts).
 *
 * Protocol section 3 says which failures are repeated. Three retries take up to 1.4 seconds, but a restart of
 * the service takes up to 1.7 seconds: 10 retries outlast one.
 *
 * @param max_retries 0 or more.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_max_retries(hookrail_client_options *options,
                                                        int32_t max_retries,
                                                        hookrail_error **error);

/**
 * Sets the base and the cap of the delays between attempts (defaults 200 and 10000 milliseconds).
 *
 * The delay before retry n is random between 0 and min(cap, base * 2^n). If this function is not called, a total
 * timeout below 10 seconds lowers the cap to itself.
 *
 * @param base_ms 1 millisecond to a day.
 * @param cap_ms `base_ms` to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a cap over the total timeout with
 * HOOKRAIL_CONFIGURATION.
 */
hookrail_status hookrail_client_options_set_backoff_ms(hookrail_client_options *options,
                                                       int64_t base_ms,
                                                       int64_t cap_ms,
                                                       hookrail_error **error);

/**
 * Sets whether the service's Retry-After is the shortest wait before a retry (default true).
 *
 * @param respect The new value.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_client_options_set_respect_retry_after(hookrail_client_options *options,
                                                                bool respect,
                                                                hookrail_error **error);

/**
 * Sets the largest payload that the client sends, in bytes (default 262144, the service's own limit).
 *
 * @param bytes The limit; 0 for none.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_client_options_set_payload_limit(hookrail_client_options *options,
                                                          size_t bytes,
                                                          hookrail_error **error);

/**
 * Adds a header to every request of the client, for example one that a gateway before the service wants.
 *
 * A send's headers (hookrail_send_options_add_header()) replace those of the same names. A name that was added before
 * gets the new value. Values may be secrets: no error contains one.
 *
 * These names are refused, because the protocol or the connection needs them: Accept-Encoding, Authorization, Connection,
 * Expect, Host, HTTP2-Settings, Idempotency-Key, Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade, User-Agent, and
 * names that begin with Content-, Proxy- or X-Hookrail-. An underscore counts as a hyphen, because many servers see no
 * difference.
 *
 * @param name,name_len A header name: letters, digits, hyphens and the other characters that HTTP allows. It is sent in
 *   lower case.
 * @param value,value_len 1 or more visible ASCII characters, and spaces inside. At most 32 headers and 8192 bytes (names
 *   and values, and 4 for each header) can be added.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_add_header(hookrail_client_options *options,
                                                   const char *name,
                                                   size_t name_len,
                                                   const char *value,
                                                   size_t value_len,
                                                   hookrail_error **error);

/**
 * Sets a text that follows the library's own part of the User-Agent, for example "shop/2.1".
 *
 * @param suffix,suffix_len 1 to 256 bytes of printable ASCII.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_user_agent_suffix(hookrail_client_options *options,
                                                              const char *suffix,
                                                              size_t suffix_len,
                                                              hookrail_error **error);

/**
 * Sets the language that the User-Agent names (default "c"), as in "hookrail-go/0.1.0". For language bindings.
 *
 * @param language,language_len 1 to 32 lower-case letters and digits. A package with a version of its own adds a slash and
 * the version, which are digits and dots: "python/0.2.0".
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_binding(hookrail_client_options *options,
                                                    const char *language,
                                                    size_t language_len,
                                                    hookrail_error **error);

/**
 * Sets whether hookrail_client_new() refuses plain http with HOOKRAIL_CONFIGURATION (default false).
 *
 * A service and a proxy on this machine (localhost, 127.0.0.0/8, ::1) are still accepted. Others can read the API
 * key and the events on their way over plain http: set it in production.
 *
 * @param require The new value.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_client_options_set_require_https(hookrail_client_options *options,
                                                          bool require,
                                                          hookrail_error **error);

/**
 * Sets whether hookrail_client_new() refuses a missing base URL with HOOKRAIL_CONFIGURATION (default false).
 *
 * The URL comes from the argument or from HOOKRAIL_BASE_URL; without one, the default is
 * http://localhost:8080. Set it in production: then a missing variable does not send the API key to that address.
 *
 * @param require The new value.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_client_options_set_require_base_url(hookrail_client_options *options,
                                                             bool require,
                                                             hookrail_error **error);

/**
 * Trusts the certificate authorities in a PEM file as well. May be called repeatedly.
 *
 * The file is read now.
 *
 * @param path,path_len The path, not empty.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_CONFIGURATION (the file cannot be read, holds no certificate, or
 * one that cannot be used).
 */
hookrail_status hookrail_client_options_add_ca_file(hookrail_client_options *options,
                                                    const char *path,
                                                    size_t path_len,
                                                    hookrail_error **error);

/**
 * Trusts the certificate authorities in a PEM text as well. May be called repeatedly.
 *
 * @param pem,pem_len The text.
 *
 * Errors: HOOKRAIL_CONFIGURATION (the text holds no certificate, or one that cannot be used);
 * HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_add_ca_pem(hookrail_client_options *options,
                                                   const char *pem,
                                                   size_t pem_len,
                                                   hookrail_error **error);

/**
 * Sets which certificate authorities the client trusts (default HOOKRAIL_TLS_ROOTS_PLATFORM).
 *
 * @param roots A hookrail_tls_roots.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_tls_roots(hookrail_client_options *options,
                                                      int64_t roots,
                                                      hookrail_error **error);

/**
 * Sets the proxy, for example "http://user:password@proxy.example.com:3128".
 *
 * An http proxy forwards the requests to an http service, and opens a tunnel to an https service (CONNECT). The URL of a
 * SOCKS5 proxy begins with socks5:// (the host name is looked up here) or socks5h:// (the proxy looks it up).
 * If this function is not called, the environment decides: https_proxy or HTTPS_PROXY for https, http_proxy
 * for http, then all_proxy or ALL_PROXY. Hosts in no_proxy or NO_PROXY are excepted: names, which include the names
 * below them, *.names for the names below only, addresses, CIDR blocks, *.
 *
 * @param url,url_len The proxy's URL; NULL with 0 for no proxy, whatever the environment says.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a URL that cannot be used with
 * HOOKRAIL_CONFIGURATION.
 */
hookrail_status hookrail_client_options_set_proxy(hookrail_client_options *options,
                                                  const char *url,
                                                  size_t url_len,
                                                  hookrail_error **error);

/**
 * Sets the unix socket through which the client reaches the service.
 *
 * The base URL still gives the scheme, the Host header and the path. No proxy is used, whatever the environment says.
 * Plain http through a socket stays on this machine, as hookrail_client_options_set_require_https() demands. A base URL
 * "unix:/path" (in HOOKRAIL_BASE_URL, too) means http://localhost through this socket.
 *
 * @param path,path_len An absolute path of at most 107 bytes; NULL with 0 for no socket (default).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a socket together with the URL of a proxy, or with a
 * second socket, with HOOKRAIL_CONFIGURATION.
 */
hookrail_status hookrail_client_options_set_unix_socket(hookrail_client_options *options,
                                                        const char *path,
                                                        size_t path_len,
                                                        hookrail_error **error);

/**
 * Sets how many idle connections the client keeps for reuse (default 64). During a burst of calls and shortly after it,
 * the client keeps more, for a second or two each.
 *
 * @param connections The number.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_client_options_set_idle_connections(hookrail_client_options *options,
                                                             size_t connections,
                                                             hookrail_error **error);

/**
 * Sets how long a connection is reused before a new one replaces it (default 300000 milliseconds, 5 minutes).
 *
 * So the client notices when the service's name leads to another address. The limit of each connection is shorter by a
 * random part of up to a fifth. A running request is never cut off.
 *
 * @param age_ms 1 millisecond to a day; 0 for no limit.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_max_connection_age_ms(hookrail_client_options *options,
                                                                  int64_t age_ms,
                                                                  hookrail_error **error);

/**
 * Sets the certificate that the client shows to an https server that asks for one (mutual TLS), from PEM files.
 *
 * The files are read now: a new client is needed after the certificate was renewed. The certificate of the key comes first
 * in its file, then those of its intermediate authorities, if there are any. The key is PKCS#8, PKCS#1 or SEC1, not
 * encrypted: RSA with 2048 to 4096 bits, P-256, P-384 or Ed25519. A second call replaces the certificate.
 *
 * @param certificate_path,certificate_path_len The path of the certificate, not empty.
 * @param key_path,key_path_len The path of the private key; NULL with 0 if the key is in the same file.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_CONFIGURATION (a file cannot be read, it holds no certificate or no key, one
 * of them cannot be used, or they do not belong together: the message says which, and what to do);
 * HOOKRAIL_OUT_OF_RESOURCES.
 */
hookrail_status hookrail_client_options_set_client_certificate_file(hookrail_client_options *options,
                                                                    const char *certificate_path,
                                                                    size_t certificate_path_len,
                                                                    const char *key_path,
                                                                    size_t key_path_len,
                                                                    hookrail_error **error);

/**
 * Sets the certificate that the client shows to an https server that asks for one (mutual TLS), from texts in PEM form.
 * Otherwise it is like hookrail_client_options_set_client_certificate_file().
 *
 * @param certificate_pem,certificate_pem_len The certificate, and those of its intermediate authorities.
 * @param key_pem,key_pem_len The private key; NULL with 0 if the key is in the same text.
 *
 * Errors: HOOKRAIL_CONFIGURATION; HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_client_certificate_pem(hookrail_client_options *options,
                                                                   const char *certificate_pem,
                                                                   size_t certificate_pem_len,
                                                                   const char *key_pem,
                                                                   size_t key_pem_len,
                                                                   hookrail_error **error);

/**
 * Sets the most events that the producer holds: queued, in flight, or completed and not collected (default
 * 10000).
 *
 * @param events 1 or more.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_queue_max_events(hookrail_client_options *options,
                                                             size_t events,
                                                             hookrail_error **error);

/**
 * Sets the most bytes of events that the producer holds, queued or in flight (default 67108864).
 *
 * A single larger event is accepted when the queue is empty.
 *
 * @param bytes 1 or more.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_queue_max_bytes(hookrail_client_options *options,
                                                            size_t bytes,
                                                            hookrail_error **error);

/**
 * Sets the largest number of submitted events that are being sent at once (default 64). A burst begins with four; the
 * number grows with the answers while events wait. One thread of the library sends all of them.
 *
 * @param workers 1 to 4096.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_workers(hookrail_client_options *options,
                                                    int32_t workers,
                                                    hookrail_error **error);

/**
 * Sets the time for sending a submitted event, including its time in the queue and its retries (default 120000
 * milliseconds).
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_options_set_delivery_timeout_ms(hookrail_client_options *options,
                                                                int64_t timeout_ms,
                                                                hookrail_error **error);

/** @} */

/**
 * @defgroup clients Clients
 *
 * Makes, shares, closes and frees clients, and reads their counters.
 * @{
 */

/**
 * A client of a Hookrail service, with its connections and its queue.
 *
 * Thread-safety: threads may share a client, and should: it keeps the connections. A child made by
 * fork() may use its parent's client; it opens connections of its own.
 */
typedef struct hookrail_client hookrail_client;

/**
 * Makes a client. It connects with the first call.
 *
 * @param api_key,api_key_len The producer key; NULL with 0 for the environment variable HOOKRAIL_API_KEY.
 * @param base_url,base_url_len The service's URL, for example "https://hooks.example.com/prefix"; NULL with 0
 *   for the environment variable HOOKRAIL_BASE_URL, or "http://localhost:8080" if that is not set.
 * @param options NULL for the defaults.
 * @param out Set to the client; free it with hookrail_client_free().
 *
 * A program with privileges of its own (setuid, setgid, file capabilities) ignores these variables, those of
 * proxies, SSL_CERT_FILE and SSL_CERT_DIR.
 *
 * Thread-safety: any thread. The function reads the environment.
 *
 * Errors: HOOKRAIL_CONFIGURATION (no key; a key, base URL, proxy, retry policy or certificate authority that
 * cannot be used; protocol section 4); HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_new(const char *api_key,
                                    size_t api_key_len,
                                    const char *base_url,
                                    size_t base_url_len,
                                    const hookrail_client_options *options,
                                    hookrail_client **out,
                                    hookrail_error **error);

/**
 * Closes a client: refuses new calls, sends the queued events, gives up those that are left after
 * `timeout_ms`, ends the producer's threads and closes the idle connections.
 *
 * Later calls return HOOKRAIL_CLOSED. Completions can still be collected, and the client must still be freed
 * with hookrail_client_free(). Closing a closed client is allowed.
 *
 * @param timeout_ms How long to send, in milliseconds; 0 does not wait, less than 0 waits without end.
 * @param unsent NULL, or set to the number of events that were given up. Each of them has its completion.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again to go on);
 * HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_client_close(const hookrail_client *client,
                                      int64_t timeout_ms,
                                      size_t *unsent,
                                      hookrail_error **error);

/**
 * Frees a client and closes its connections. NULL is allowed. Never waits.
 *
 * Events that are still queued are lost, and so are completions that were not collected:
 * hookrail_client_close() first sends and counts them. A child made by fork() leaves its parent's connections
 * alone.
 *
 * Thread-safety: no other thread may still use the client.
 */
void hookrail_client_free(hookrail_client *client);

/**
 * Makes a client that the library keeps beyond its handles, or returns the kept one.
 *
 * A call with the same `key`, certificates and added headers returns the same client. This is for hosts
 * that forget their variables between requests, such as PHP, and would otherwise connect again for each of
 * them.
 *
 * The content of the files and texts with certificate authorities, and with the client's certificate and key, counts as
 * part of the key: after a file was replaced, the next call makes a new client. So do the headers of
 * hookrail_client_options_add_header(), and the unix socket. If the client exists, the other arguments are ignored. A
 * forked child starts without clients.
 *
 * The library keeps 32 clients. It gives up a client that was not asked for in 5 minutes, and, if there are
 * more than 32, those that were not asked for the longest; their connections are closed, and completions that
 * were not collected are lost. A client that has a handle, or events queued or in flight, always stays. So use
 * one key per set of settings, for example per tenant, and not one per request.
 *
 * @param key,key_len The caller's name for exactly these settings, best a hash of all of them; not empty.
 * @param api_key,api_key_len As for hookrail_client_new().
 * @param base_url,base_url_len As for hookrail_client_new().
 * @param options NULL for the defaults.
 * @param out Set to a handle; free it with hookrail_client_free(). The client and its connections stay.
 *   hookrail_client_close() closes the client for all of its handles; the next call makes a new client.
 *
 * Thread-safety: any thread.
 *
 * Errors: those of hookrail_client_new(); HOOKRAIL_INVALID_ARGUMENT (an empty key).
 */
hookrail_status hookrail_client_shared(const char *key,
                                       size_t key_len,
                                       const char *api_key,
                                       size_t api_key_len,
                                       const char *base_url,
                                       size_t base_url_len,
                                       const hookrail_client_options *options,
                                       hookrail_client **out,
                                       hookrail_error **error);

/**
 * Writes the client's counters as a JSON object. The counters only grow; in a forked child they start at 0.
 *
 * The members are "requests" (calls), "attempts", "successes", "replays", "connections_opened",
 * "connections_reused", "bytes_sent", "bytes_received", and two objects by status name: "retries" (why
 * attempts were repeated) and "failures" (how calls ended). "attempt_duration" is a histogram in seconds: "count" and
 * "sum" of all attempts, and "buckets", a list of pairs of a bound and the number of attempts that took at most so
 * long. Later versions may add members.
 *
 * @param buffer,buffer_size Take the object and a NUL. NULL with 0 only asks for the size.
 * @param needed NULL, or set to the size of the object with the NUL, also when the buffer is too small. The
 *   counters may grow before the next call, so add some room.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
 */
hookrail_status hookrail_client_stats(const hookrail_client *client,
                                      char *buffer,
                                      size_t buffer_size,
                                      size_t *needed,
                                      hookrail_error **error);

/**
 * Writes the client's counters and the state of its queue in the text format of Prometheus (version 0.0.4).
 *
 * The metrics are those of hookrail_client_stats(), with the prefix `hookrail_client_` and the suffix of a counter
 * (`_total`); the histogram `hookrail_client_attempt_duration_seconds`; the gauge `hookrail_client_queue_events` with
 * the label `state` ("queued", "in_flight", "completed"), as of hookrail_pending(); and
 * `hookrail_client_info` with the library's version. A program with several clients adds a label of its own to tell
 * them apart. Later versions may add metrics.
 *
 * @param buffer,buffer_size Take the text and a NUL. NULL with 0 only asks for the size.
 * @param needed NULL, or set to the size of the text with the NUL, also when the buffer is too small. The counters
 *   may grow before the next call, so add some room.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
 */
hookrail_status hookrail_client_metrics(const hookrail_client *client,
                                        char *buffer,
                                        size_t buffer_size,
                                        size_t *needed,
                                        hookrail_error **error);

/** @} */

/**
 * @defgroup cancel_tokens Cancel tokens
 *
 * Ends calls early, from any thread or from a signal handler.
 * @{
 */

/**
 * A token that ends calls early.
 *
 * A fired token stays fired: a call that starts with it does nothing. Any number of calls may use a token at
 * the same time.
 */
typedef struct hookrail_cancel hookrail_cancel;

/**
 * Makes a token. It takes one file descriptor.
 *
 * @param out Set to the token; free it with hookrail_cancel_free().
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`out` is NULL); HOOKRAIL_OUT_OF_RESOURCES (the process may open no more
 * file descriptors).
 */
hookrail_status hookrail_cancel_new(hookrail_cancel **out,
                                    hookrail_error **error);

/**
 * Fires a token: every call that uses it, now or later, ends with HOOKRAIL_CANCELLED within milliseconds. NULL
 * is allowed, and so is firing it again.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_cancel_fire(const hookrail_cancel *cancel);

/**
 * Returns whether the token was fired; false for NULL.
 *
 * Thread-safety: any thread. Async-signal-safe.
 */
bool hookrail_cancel_is_fired(const hookrail_cancel *cancel);

/**
 * Frees a token. NULL is allowed. Calls and options may still use the token: they keep what they need.
 *
 * Thread-safety: no other thread may still use this handle.
 */
void hookrail_cancel_free(hookrail_cancel *cancel);

/** @} */

/**
 * @defgroup sending Sending
 *
 * Sends one event and waits for the service's answer.
 * @{
 */

/**
 * The service's promise that it has recorded an event durably (protocol section 1, 202).
 *
 * Immutable; threads may share it. Free it with hookrail_accepted_free(). All getters accept NULL. The
 * strings that they return belong to the handle.
 */
typedef struct hookrail_accepted hookrail_accepted;

/**
 * The settings of a send. Any number of sends may use one handle; but with a fixed idempotency key all of
 * them are the same event for the service.
 *
 * Thread-safety: no other thread may use the handle during a setter; sends in several threads may share it.
 */
typedef struct hookrail_send_options hookrail_send_options;

/**
 * Makes options with the defaults. Free them with hookrail_send_options_free().
 *
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
hookrail_send_options *hookrail_send_options_new(void);

/**
 * Frees options. NULL is allowed. A send that another thread has started with them may still be running.
 */
void hookrail_send_options_free(hookrail_send_options *options);

/**
 * Sets the idempotency key (default: a random UUID for each send).
 *
 * The service records an event once, however often it is sent with the same key and the same bytes
 * (protocol section 1).
 *
 * @param key,key_len 1 to 255 bytes of visible ASCII and spaces; no space at the start or the end.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_send_options_set_idempotency_key(hookrail_send_options *options,
                                                          const char *key,
                                                          size_t key_len,
                                                          hookrail_error **error);

/**
 * Sets the ordering key: ordered subscriptions deliver events with the same key in order (protocol
 * section 1).
 *
 * @param key,key_len 1 to 256 bytes of visible ASCII and spaces; no space at the start or the end.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_send_options_set_ordering_key(hookrail_send_options *options,
                                                       const char *key,
                                                       size_t key_len,
                                                       hookrail_error **error);

/**
 * Adds a header to the requests of the send, for example "traceparent". It replaces the client's header of the same name
 * (hookrail_client_options_add_header(), which has the rules).
 *
 * The headers are no part of the event: two sends with the same idempotency key and different headers are the same
 * event. A prepared event and a queued event keep them.
 *
 * @param name,name_len As for hookrail_client_options_add_header().
 * @param value,value_len As for hookrail_client_options_add_header().
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_send_options_add_header(hookrail_send_options *options,
                                                 const char *name,
                                                 size_t name_len,
                                                 const char *value,
                                                 size_t value_len,
                                                 hookrail_error **error);

/**
 * Sets the time for the whole send, including retries and waits. It replaces the client's total timeout.
 *
 * @param timeout_ms 1 millisecond to a day.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_send_options_set_timeout_ms(hookrail_send_options *options,
                                                     int64_t timeout_ms,
                                                     hookrail_error **error);

/**
 * Sets the token that ends the send early.
 *
 * @param cancel The token, or NULL for none. It may be freed at any time: the options keep what they need.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
hookrail_status hookrail_send_options_set_cancel(hookrail_send_options *options,
                                                 const hookrail_cancel *cancel,
                                                 hookrail_error **error);

/**
 * Frees the handle. NULL is allowed.
 *
 * Thread-safety: no other thread may still use the handle.
 */
void hookrail_accepted_free(hookrail_accepted *accepted);

/**
 * Returns the event's id; "" for NULL.
 */
const char *hookrail_accepted_event_id(const hookrail_accepted *accepted);

/**
 * Returns the number of the event's deliveries; 0 if no subscription matched.
 */
size_t hookrail_accepted_delivery_count(const hookrail_accepted *accepted);

/**
 * Returns the id of a delivery; NULL if the index is out of range.
 *
 * @param index From 0 to hookrail_accepted_delivery_count() - 1.
 */
const char *hookrail_accepted_delivery_id(const hookrail_accepted *accepted, size_t index);

/**
 * Returns whether the service had recorded the same key and bytes before. This is a success, too.
 */
bool hookrail_accepted_replayed(const hookrail_accepted *accepted);

/**
 * Returns the idempotency key with which the event was sent; "" for NULL.
 */
const char *hookrail_accepted_idempotency_key(const hookrail_accepted *accepted);

/**
 * Returns the number of attempts that the call made.
 */
uint32_t hookrail_accepted_attempts(const hookrail_accepted *accepted);

/**
 * Returns the service's answer as it was received, including members that this version does not know; ""
 * for NULL.
 */
const char *hookrail_accepted_json(const hookrail_accepted *accepted);

/**
 * Returns the length of hookrail_accepted_json() in bytes.
 */
size_t hookrail_accepted_json_len(const hookrail_accepted *accepted);

/**
 * Returns the number of records of the call's attempts: at most 16, those of the last attempts. 0 for NULL.
 */
size_t hookrail_accepted_attempt_record_count(const hookrail_accepted *accepted);

/**
 * Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
 * another size.
 *
 * @param index From 0, the oldest attempt that is kept, to hookrail_accepted_attempt_record_count() - 1.
 * @param record Set to the record. Its strings belong to the handle.
 * @param record_size sizeof(hookrail_attempt_record).
 */
bool hookrail_accepted_attempt_record(const hookrail_accepted *accepted,
                                      size_t index,
                                      hookrail_attempt_record *record,
                                      size_t record_size);

/**
 * Returns the id that the service, or a gateway before it, gave the request; NULL if it gave none.
 *
 * It is the value of the first of these headers that is there and not empty: x-request-id, request-id,
 * x-correlation-id, x-amzn-requestid, x-kong-request-id, x-amzn-trace-id, x-azure-ref, cf-ray. It has at most 200
 * characters; invisible characters are escaped (`\n`, `\u{1b}`).
 */
const char *hookrail_accepted_request_id(const hookrail_accepted *accepted);

/**
 * Sends one event and waits until the service has recorded it (protocol section 1).
 *
 * Failed attempts are repeated with the same key and the same bytes (protocol section 3), within the
 * total timeout. A signal neither ends nor repeats the call. After a 429 for the API key the whole client
 * slows down: then the call waits for its turn, within the same time.
 *
 * @param topic,topic_len 1 to 256 characters, UTF-8.
 * @param payload,payload_len Exactly one JSON value in UTF-8; the service gets the same bytes. A payload is
 *   refused, and the message tells the offset, if it nests more than 512 arrays and objects, or holds anything
 *   that the service can never store: `\u0000`, half a surrogate pair, or a number of 10^131072 or more
 *   or with more than 16383 decimal places.
 * @param options NULL for the defaults.
 * @param out Set to the service's promise; free it with hookrail_accepted_free().
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: each has its outcome, the idempotency key and the number of attempts.
 *
 * - Nothing was sent: HOOKRAIL_INVALID_ARGUMENT (topic, payload or key), HOOKRAIL_PAYLOAD_TOO_LARGE (the
 *   client's limit), HOOKRAIL_RATE_LIMITED (the call's turn would come after its time:
 *   hookrail_error_retry_after_ms() tells the wait), HOOKRAIL_CLOSED.
 * - The service's final answer: HOOKRAIL_BAD_REQUEST (400), HOOKRAIL_AUTHENTICATION (401),
 *   HOOKRAIL_PERMISSION_DENIED (403), HOOKRAIL_NOT_FOUND (404), HOOKRAIL_CONFLICT (409),
 *   HOOKRAIL_PAYLOAD_TOO_LARGE (413), HOOKRAIL_UNEXPECTED_STATUS (any other, also a redirect),
 *   HOOKRAIL_PROTOCOL (a success that is not what the protocol promises).
 * - HOOKRAIL_TLS: the certificate is not accepted, which is final.
 * - HOOKRAIL_CANCELLED, and HOOKRAIL_CLOSED during the call.
 * - HOOKRAIL_RETRIES_EXHAUSTED with the last attempt's error as its cause: HOOKRAIL_CONNECTION,
 *   HOOKRAIL_TIMEOUT, HOOKRAIL_TLS, HOOKRAIL_PROTOCOL, HOOKRAIL_RATE_LIMITED, HOOKRAIL_SERVER_ERROR,
 *   HOOKRAIL_OUT_OF_RESOURCES (no socket, descriptor or thread for the attempt), or
 *   HOOKRAIL_UNEXPECTED_STATUS (408 and 425).
 *
 * hookrail_error_last() finds the last attempt's error in each case.
 */
hookrail_status hookrail_send_event(const hookrail_client *client,
                                    const char *topic,
                                    size_t topic_len,
                                    const char *payload,
                                    size_t payload_len,
                                    const hookrail_send_options *options,
                                    hookrail_accepted **out,
                                    hookrail_error **error);

/** @} */

/**
 * @defgroup prepared_events Prepared events
 *
 * Fixes an event's key and bytes, so that it can be stored now and sent later.
 * @{
 */

/**
 * An event with a fixed idempotency key and fixed bytes, as a blob to store and to send later.
 *
 * Immutable; threads may share it. Free it with hookrail_prepared_free(). The getters accept NULL.
 */
typedef struct hookrail_prepared hookrail_prepared;

/**
 * Checks an event and fixes its idempotency key and its bytes, without sending it.
 *
 * Store the blob in a file, or in a table of your database in the same transaction as the change that
 * the event reports. Send it with hookrail_send_prepared(), from any process and in any language: the service
 * treats every such send as a retry of the first. The blob holds neither the API key nor the client's own headers, but
 * it holds the headers of `options`.
 *
 * @param topic,topic_len As for hookrail_send_event().
 * @param payload,payload_len As for hookrail_send_event().
 * @param options NULL for the defaults. Only the idempotency key, the ordering key and the headers count.
 * @param out Set to the prepared event; free it with hookrail_prepared_free().
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE (the client's limit).
 */
hookrail_status hookrail_event_prepare(const hookrail_client *client,
                                       const char *topic,
                                       size_t topic_len,
                                       const char *payload,
                                       size_t payload_len,
                                       const hookrail_send_options *options,
                                       hookrail_prepared **out,
                                       hookrail_error **error);

/**
 * Returns the blob: hookrail_prepared_blob_len() binary bytes without a NUL behind them; NULL for NULL.
 * docs/prepared-events.md describes the format.
 *
 * Ownership: the bytes belong to the handle.
 */
const char *hookrail_prepared_blob(const hookrail_prepared *prepared);

/**
 * Returns the length of the blob in bytes.
 */
size_t hookrail_prepared_blob_len(const hookrail_prepared *prepared);

/**
 * Returns the idempotency key of the event; "" for NULL.
 *
 * Ownership: the string belongs to the handle.
 */
const char *hookrail_prepared_idempotency_key(const hookrail_prepared *prepared);

/**
 * Frees the handle. NULL is allowed.
 */
void hookrail_prepared_free(hookrail_prepared *prepared);

/**
 * Sends a prepared event, and waits until the service has recorded it.
 *
 * The service records the event once, however often and from however many processes it is sent with the same
 * producer key, as long as it remembers the idempotency key (a day by default).
 *
 * @param blob,blob_len The blob of hookrail_prepared_blob().
 * @param cancel NULL, or a token that ends the call early.
 * @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
 * @param out Set to the service's promise; free it with hookrail_accepted_free().
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB (nothing was sent), and those of hookrail_send_event().
 */
hookrail_status hookrail_send_prepared(const hookrail_client *client,
                                       const char *blob,
                                       size_t blob_len,
                                       const hookrail_cancel *cancel,
                                       int64_t timeout_ms,
                                       hookrail_accepted **out,
                                       hookrail_error **error);

/** @} */

/**
 * @defgroup event_status Event status
 *
 * Asks the service for an event's deliveries and their attempts.
 * @{
 */

/**
 * The service's answer about an event: its deliveries and their attempts (protocol section 2).
 *
 * Immutable; threads may share it. Free it with hookrail_event_status_free(). All getters accept NULL and
 * indices out of range. The strings that they return belong to the handle.
 */
typedef struct hookrail_event_status hookrail_event_status;

/**
 * Asks the service for an event's deliveries and their attempts (protocol section 2).
 *
 * @param event_id,event_id_len The event's id: at most 256 bytes, UTF-8, not empty, not "." or "..".
 * @param cancel NULL, or a token that ends the call early.
 * @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
 * @param out Set to the answer; free it with hookrail_event_status_free().
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_NOT_FOUND (there is no such event); HOOKRAIL_AUTHENTICATION or
 * HOOKRAIL_SERVER_ERROR (also when the service's database is away); otherwise those of hookrail_send_event(),
 * without an idempotency key and an outcome.
 */
hookrail_status hookrail_get_event(const hookrail_client *client,
                                   const char *event_id,
                                   size_t event_id_len,
                                   const hookrail_cancel *cancel,
                                   int64_t timeout_ms,
                                   hookrail_event_status **out,
                                   hookrail_error **error);

/**
 * Frees the handle. NULL is allowed.
 *
 * Thread-safety: no other thread may still use the handle.
 */
void hookrail_event_status_free(hookrail_event_status *status);

/**
 * Returns the event's id; "" for NULL.
 */
const char *hookrail_event_status_event_id(const hookrail_event_status *status);

/**
 * Returns the event's topic; "" for NULL.
 */
const char *hookrail_event_status_topic(const hookrail_event_status *status);

/**
 * Returns the service's answer as it was received, including members that this version does not know; ""
 * for NULL.
 */
const char *hookrail_event_status_json(const hookrail_event_status *status);

/**
 * Returns the length of hookrail_event_status_json() in bytes.
 */
size_t hookrail_event_status_json_len(const hookrail_event_status *status);

/**
 * Returns the number of the event's deliveries.
 */
size_t hookrail_event_status_delivery_count(const hookrail_event_status *status);

/**
 * Returns the id of a delivery; NULL if the index is out of range.
 *
 * @param index From 0 to hookrail_event_status_delivery_count() - 1.
 */
const char *hookrail_event_status_delivery_id(const hookrail_event_status *status,
                                              size_t index);

/**
 * Returns the state of a delivery; HOOKRAIL_DELIVERY_UNKNOWN if this version does not know it.
 *
 * @param index From 0 to hookrail_event_status_delivery_count() - 1.
 */
hookrail_delivery_state hookrail_event_status_delivery_state(const hookrail_event_status *status,
                                                             size_t index);

/**
 * Returns the service's name of a delivery's state; NULL if the index is out of range.
 *
 * @param index From 0 to hookrail_event_status_delivery_count() - 1.
 */
const char *hookrail_event_status_delivery_state_text(const hookrail_event_status *status,
                                                      size_t index);

/**
 * Returns whether the service left out attempts of a delivery.
 *
 * @param index From 0 to hookrail_event_status_delivery_count() - 1.
 */
bool hookrail_event_status_delivery_attempts_truncated(const hookrail_event_status *status,
                                                       size_t index);

/**
 * Returns the number of a delivery's attempts in the answer.
 *
 * @param index From 0 to hookrail_event_status_delivery_count() - 1.
 */
size_t hookrail_event_status_attempt_count(const hookrail_event_status *status,
                                           size_t index);

/**
 * Returns the service's number of an attempt; 0 if an index is out of range.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
int64_t hookrail_event_status_attempt_number(const hookrail_event_status *status,
                                             size_t delivery_index,
                                             size_t index);

/**
 * Returns the claim version of an attempt; 0 if an index is out of range.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
int64_t hookrail_event_status_attempt_claim_version(const hookrail_event_status *status,
                                                    size_t delivery_index,
                                                    size_t index);

/**
 * Returns the service's name of an attempt's result; NULL if an index is out of range.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
const char *hookrail_event_status_attempt_status(const hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

/**
 * Returns the HTTP status of the receiver's answer; 0 if it did not answer.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
int64_t hookrail_event_status_attempt_http_status(const hookrail_event_status *status,
                                                  size_t delivery_index,
                                                  size_t index);

/**
 * Returns the service's name of the failure; NULL if there was none.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
const char *hookrail_event_status_attempt_error_class(const hookrail_event_status *status,
                                                      size_t delivery_index,
                                                      size_t index);

/**
 * Returns the duration of an attempt in milliseconds; -1 if the service does not tell it.
 *
 * @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
 * @param index From 0 to hookrail_event_status_attempt_count() - 1.
 */
int64_t hookrail_event_status_attempt_latency_ms(const hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

/**
 * Returns the number of records of the call's attempts: at most 16, those of the last attempts. The attempts of a delivery are
 * others: those of the service at the endpoint. 0 for NULL.
 */
size_t hookrail_event_status_attempt_record_count(const hookrail_event_status *status);

/**
 * Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
 * another size.
 *
 * @param index From 0, the oldest attempt that is kept, to hookrail_event_status_attempt_record_count() - 1.
 * @param record Set to the record. Its strings belong to the handle.
 * @param record_size sizeof(hookrail_attempt_record).
 */
bool hookrail_event_status_attempt_record(const hookrail_event_status *status,
                                          size_t index,
                                          hookrail_attempt_record *record,
                                          size_t record_size);

/**
 * Returns the id that the service, or a gateway before it, gave the request, as hookrail_accepted_request_id(); NULL if it
 * gave none.
 */
const char *hookrail_event_status_request_id(const hookrail_event_status *status);

/** @} */

/**
 * @defgroup background_calls Background calls
 *
 * Runs a call on a thread of the library, while the caller's thread does something else.
 * @{
 */

/**
 * A background call: a thread of the library drives it, while the caller's thread waits on a descriptor,
 * handles signals or does something else. One thread drives all calls of a client.
 *
 * This is for hosts such as Ruby and PHP, whose interpreters must keep running, and for event loops. A call has a
 * descriptor of its own only if hookrail_call_fd() or hookrail_call_wait() needs one. A loop with many calls gives
 * each a tag (hookrail_call_report()), watches the client's one descriptor for all calls (hookrail_calls_fd()), and
 * collects the tags of those that are done (hookrail_calls_collect()).
 *
 * Thread-safety: hookrail_call_wait(), hookrail_call_fd(), hookrail_call_report() and hookrail_call_cancel() may be
 * called from any thread, the other functions from one thread at a time.
 */
typedef struct hookrail_call hookrail_call;

/**
 * Starts to send an event in the background, and returns at once.
 *
 * The call goes to another thread and back: one at a time takes twice the CPU time of hookrail_send_event(), and one of
 * 64 under way 1.6 times. While it is under way it takes about 3 KB of memory besides the event, and the descriptor of
 * its connection.
 *
 * @param topic,topic_len As for hookrail_send_event().
 * @param payload,payload_len As for hookrail_send_event().
 * @param options NULL for the defaults. They must not hold a cancel token: use hookrail_call_cancel().
 * @param out Set to the call; free it with hookrail_call_free().
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE; HOOKRAIL_OUT_OF_RESOURCES (no thread or
 * descriptor for the call). hookrail_call_finish_send() returns all others.
 */
hookrail_status hookrail_call_send(const hookrail_client *client,
                                   const char *topic,
                                   size_t topic_len,
                                   const char *payload,
                                   size_t payload_len,
                                   const hookrail_send_options *options,
                                   hookrail_call **out,
                                   hookrail_error **error);

/**
 * Starts to send a prepared event in the background, and returns at once.
 *
 * @param blob,blob_len The blob of hookrail_prepared_blob().
 * @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
 * @param out Set to the call; free it with hookrail_call_free().
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_call_send().
 */
hookrail_status hookrail_call_send_prepared(const hookrail_client *client,
                                            const char *blob,
                                            size_t blob_len,
                                            int64_t timeout_ms,
                                            hookrail_call **out,
                                            hookrail_error **error);

/**
 * Starts to ask for an event's status in the background, and returns at once.
 *
 * @param event_id,event_id_len As for hookrail_get_event().
 * @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
 * @param out Set to the call; free it with hookrail_call_free().
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor for the call).
 * hookrail_call_finish_get_event() returns all others.
 */
hookrail_status hookrail_call_get_event(const hookrail_client *client,
                                        const char *event_id,
                                        size_t event_id_len,
                                        int64_t timeout_ms,
                                        hookrail_call **out,
                                        hookrail_error **error);

/**
 * Waits until a background call is done.
 *
 * @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
 *
 * Errors: HOOKRAIL_TIMEOUT (not done yet); HOOKRAIL_INTERRUPTED (a signal was delivered to this thread; the
 * call continues); HOOKRAIL_FORKED (the call belongs to the parent process); HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_call_wait(const hookrail_call *call,
                                   int64_t timeout_ms,
                                   hookrail_error **error);

/**
 * Returns the descriptor that becomes readable when a background call is done; -1 for NULL, and if the process may
 * open no more file descriptors.
 *
 * The first call of the function makes the descriptor.
 *
 * Ownership: the descriptor belongs to the background call: neither read nor close it.
 */
int32_t hookrail_call_fd(const hookrail_call *call);

/**
 * Gives a background call a tag, which hookrail_calls_collect() returns once when the call is done.
 *
 * If the call is done already, its tag can be collected at once: another thread may collect it, and free the call,
 * before this function has returned. After hookrail_call_free() the tag is not returned any more.
 *
 * @param tag Any number: an index, or a pointer of the host.
 *
 * Errors: HOOKRAIL_FORKED (the call belongs to the parent process); HOOKRAIL_INVALID_ARGUMENT (also if the call has
 * a tag already).
 */
hookrail_status hookrail_call_report(const hookrail_call *call,
                                     uint64_t tag,
                                     hookrail_error **error);

/**
 * Gets the descriptor that is readable while there are tags for hookrail_calls_collect(), for poll(2), epoll
 * and event loops. One descriptor tells of all background calls of a client.
 *
 * @param fd Set to the descriptor. It belongs to the library: neither read nor close it. It lives as long as
 *   the client. After fork() the child gets its own from this function.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_OUT_OF_RESOURCES (the process may open no more file descriptors);
 * HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_calls_fd(const hookrail_client *client,
                                  int32_t *fd,
                                  hookrail_error **error);

/**
 * Collects the tags of background calls that are done, in the order of their ends. Never waits.
 *
 * Each tag of hookrail_call_report() is returned once. hookrail_call_finish_send() and
 * hookrail_call_finish_get_event() return the result of such a call without a wait.
 *
 * @param tags An array, filled from its start.
 * @param capacity The length of the array, at least 1.
 * @param count Set to the number of tags in the array; 0 if there are none.
 *
 * Thread-safety: any thread. Each tag goes to one caller.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_calls_collect(const hookrail_client *client,
                                       uint64_t *tags,
                                       size_t capacity,
                                       size_t *count,
                                       hookrail_error **error);

/**
 * Ends a background call early: within milliseconds it is done, with HOOKRAIL_CANCELLED and the event's
 * outcome. It has no effect on a call that was done already. NULL is allowed.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_call_cancel(const hookrail_call *call);

/**
 * Waits until a send in the background is done, and returns its result. May be called once per call.
 *
 * The call must still be freed.
 *
 * @param out Set to the service's promise; free it with hookrail_accepted_free().
 *
 * Errors: those of hookrail_send_event(); HOOKRAIL_FORKED; HOOKRAIL_INVALID_ARGUMENT (also for a second time
 * and for a call that hookrail_call_get_event() started).
 */
hookrail_status hookrail_call_finish_send(hookrail_call *call,
                                          hookrail_accepted **out,
                                          hookrail_error **error);

/**
 * Waits until a hookrail_call_get_event() is done, and returns its result. May be called once per call.
 *
 * The call must still be freed.
 *
 * @param out Set to the service's answer; free it with hookrail_event_status_free().
 *
 * Errors: those of hookrail_get_event(); HOOKRAIL_FORKED; HOOKRAIL_INVALID_ARGUMENT (also for a second time
 * and for a call that sends).
 */
hookrail_status hookrail_call_finish_get_event(hookrail_call *call,
                                               hookrail_event_status **out,
                                               hookrail_error **error);

/**
 * Frees a background call. NULL is allowed. A call that is not done is cancelled; the function does not wait
 * for its end.
 */
void hookrail_call_free(hookrail_call *call);

/**
 * Sends one event as hookrail_send_event() does, until a signal is delivered to this thread: then the send goes on
 * in the background, and the function returns HOOKRAIL_INTERRUPTED.
 *
 * This is for hosts such as Ruby, whose signal handlers run between calls. A send without a signal passes through no
 * other thread, so it takes less time than hookrail_call_send() and a wait. After a signal the host handles it, and
 * waits for the call or frees it. A signal that comes while the function does not wait has no effect.
 *
 * @param topic,topic_len As for hookrail_send_event().
 * @param payload,payload_len As for hookrail_send_event().
 * @param options NULL for the defaults. They must not hold a cancel token: use hookrail_call_cancel().
 * @param out Set to the service's promise; free it with hookrail_accepted_free().
 * @param call Set to the call that goes on if the function returns HOOKRAIL_INTERRUPTED; free it with
 *   hookrail_call_free().
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: HOOKRAIL_INTERRUPTED, and those of hookrail_send_event(). If the process may make no thread or descriptor
 * for the background, a signal has no effect.
 */
hookrail_status hookrail_send_event_interruptible(const hookrail_client *client,
                                                  const char *topic,
                                                  size_t topic_len,
                                                  const char *payload,
                                                  size_t payload_len,
                                                  const hookrail_send_options *options,
                                                  hookrail_accepted **out,
                                                  hookrail_call **call,
                                                  hookrail_error **error);

/**
 * Sends a prepared event as hookrail_send_prepared() does, until a signal is delivered to this thread: then the send
 * goes on in the background, and the function returns HOOKRAIL_INTERRUPTED.
 *
 * @param blob,blob_len The blob of hookrail_prepared_blob().
 * @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
 * @param out Set to the service's promise; free it with hookrail_accepted_free().
 * @param call As for hookrail_send_event_interruptible().
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_send_event_interruptible().
 */
hookrail_status hookrail_send_prepared_interruptible(const hookrail_client *client,
                                                     const char *blob,
                                                     size_t blob_len,
                                                     int64_t timeout_ms,
                                                     hookrail_accepted **out,
                                                     hookrail_call **call,
                                                     hookrail_error **error);

/** @} */

/**
 * @defgroup producer Producer
 *
 * Queues events for the client's own threads to send, and collects the results.
 * @{
 */

/**
 * Flags of hookrail_submit_event(), hookrail_submit_event_wait() and hookrail_submit_prepared().
 */
typedef enum hookrail_submit_flags {
    /**
     * The event gets no completion: its result is not reported.
     */
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
} hookrail_submit_flags;

/**
 * Flags of hookrail_purge().
 */
typedef enum hookrail_purge_flags {
    /**
     * Events that wait in the queue.
     */
    HOOKRAIL_PURGE_QUEUED = 1,
    /**
     * Events that are being sent.
     */
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
} hookrail_purge_flags;

/**
 * The result of a submitted event, as hookrail_poll() writes it.
 *
 * Later versions may add members at the end: therefore hookrail_poll() takes the size of the structure.
 */
typedef struct hookrail_completion {
    /**
     * The tag that was passed to the submit.
     */
    uint64_t tag;
    /**
     * The token that the submit returned.
     */
    uint64_t token;
    /**
     * The result: a hookrail_status.
     */
    int32_t status;
    /**
     * What is known about the event: a hookrail_outcome.
     */
    int32_t outcome;
    /**
     * The HTTP status of the service's last answer; 0 if there was none.
     */
    int32_t http_status;
    /**
     * The number of attempts.
     */
    uint32_t attempts;
    /**
     * Microseconds from the submit to the first attempt, or to the end if there was none.
     */
    uint64_t queued_us;
    /**
     * Microseconds from the submit to the end.
     */
    uint64_t total_us;
    /**
     * For HOOKRAIL_OK the service's promise, else NULL. Free it with hookrail_accepted_free().
     */
    hookrail_accepted *accepted;
    /**
     * For HOOKRAIL_OK NULL, else the error. Free it with hookrail_error_free().
     */
    hookrail_error *error;
    /**
     * The event's topic. This and the keys belong to `accepted` or `error`, whichever is not NULL.
     */
    const char *topic;
    /**
     * The event's idempotency key.
     */
    const char *idempotency_key;
    /**
     * The event's ordering key, also if it is a member of the payload; NULL if it has none.
     */
    const char *ordering_key;
} hookrail_completion;

/**
 * Queues an event for the client's own threads to send, and returns at once.
 *
 * The function checks all arguments. The event's result comes in exactly one completion (hookrail_poll()).
 * The event has the timeout of the options, or the client's delivery timeout, for its time in the queue and all
 * its attempts; within it the number of retries is not limited. Events with the same ordering key, from the
 * options or from the payload's member `ordering_key`, are sent one at a time in the order of their submission.
 *
 * @param topic,topic_len As for hookrail_send_event().
 * @param payload,payload_len As for hookrail_send_event().
 * @param options NULL for the defaults. They must not hold a cancel token: use hookrail_cancel_submitted().
 * @param tag Any number; the completion has it.
 * @param flags 0 or HOOKRAIL_SUBMIT_NO_COMPLETION.
 * @param token NULL, or set to the event's number for hookrail_cancel_submitted().
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_QUEUE_FULL (collect completions, wait, or drop the event); HOOKRAIL_CLOSED;
 * HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE; HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor).
 * After an error nothing was queued.
 */
hookrail_status hookrail_submit_event(const hookrail_client *client,
                                      const char *topic,
                                      size_t topic_len,
                                      const char *payload,
                                      size_t payload_len,
                                      const hookrail_send_options *options,
                                      uint64_t tag,
                                      uint32_t flags,
                                      uint64_t *token,
                                      hookrail_error **error);

/**
 * Queues an event like hookrail_submit_event(), but waits for room in a full queue.
 *
 * @param topic,topic_len As for hookrail_send_event().
 * @param payload,payload_len As for hookrail_send_event().
 * @param options As for hookrail_submit_event().
 * @param tag As for hookrail_submit_event().
 * @param flags As for hookrail_submit_event().
 * @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
 * @param token As for hookrail_submit_event().
 *
 * Thread-safety: any thread.
 *
 * Errors: those of hookrail_submit_event(); HOOKRAIL_INTERRUPTED (a signal came before there was room: nothing
 * was queued, call again).
 */
hookrail_status hookrail_submit_event_wait(const hookrail_client *client,
                                           const char *topic,
                                           size_t topic_len,
                                           const char *payload,
                                           size_t payload_len,
                                           const hookrail_send_options *options,
                                           uint64_t tag,
                                           uint32_t flags,
                                           int64_t timeout_ms,
                                           uint64_t *token,
                                           hookrail_error **error);

/**
 * Queues a prepared event.
 *
 * @param blob,blob_len The blob of hookrail_prepared_blob().
 * @param timeout_ms The event's time; 0 for the client's delivery timeout, less than 0 is refused.
 * @param tag As for hookrail_submit_event().
 * @param flags As for hookrail_submit_event().
 * @param token As for hookrail_submit_event().
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_submit_event().
 */
hookrail_status hookrail_submit_prepared(const hookrail_client *client,
                                         const char *blob,
                                         size_t blob_len,
                                         int64_t timeout_ms,
                                         uint64_t tag,
                                         uint32_t flags,
                                         uint64_t *token,
                                         hookrail_error **error);

/**
 * Collects completions.
 *
 * @param completions An array, filled from its start. The handles in it are the caller's to free.
 * @param struct_size sizeof(hookrail_completion).
 * @param capacity The length of the array, at least 1.
 * @param timeout_ms How long to wait for the first completion, in milliseconds; 0 does not wait, less than 0
 *   waits without end.
 * @param count Set to the number of completions in the array; 0 after the time is over, and after
 *   HOOKRAIL_INTERRUPTED.
 *
 * Thread-safety: any thread. Each completion goes to one caller.
 *
 * Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread, or hookrail_wakeup() was called: call
 * again); HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_poll(const hookrail_client *client,
                              hookrail_completion *completions,
                              size_t struct_size,
                              size_t capacity,
                              int64_t timeout_ms,
                              size_t *count,
                              hookrail_error **error);

/**
 * Gets the descriptor that is readable exactly while there are completions to collect, for poll(2), epoll and
 * event loops.
 *
 * @param fd Set to the descriptor. It belongs to the library: neither read nor close it. It lives as long as
 *   the client. After fork() the child gets its own from this function.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_OUT_OF_RESOURCES (the process may open no more file descriptors);
 * HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_event_fd(const hookrail_client *client,
                                  int32_t *fd,
                                  hookrail_error **error);

/**
 * Ends a hookrail_poll() with HOOKRAIL_INTERRUPTED: the one that is waiting, or the next. NULL is allowed.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_wakeup(const hookrail_client *client);

/**
 * Gives up a submitted event.
 *
 * An event in the queue gets its completion at once, with HOOKRAIL_CANCELLED. An event that is being sent is
 * interrupted, and its completion has its outcome, which may be HOOKRAIL_OUTCOME_MAYBE_SENT or
 * HOOKRAIL_OUTCOME_DELIVERED. The function has no effect on a completed event and on a token of a parent
 * process.
 *
 * @param token The token that the submit returned.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL).
 */
hookrail_status hookrail_cancel_submitted(const hookrail_client *client,
                                          uint64_t token,
                                          hookrail_error **error);

/**
 * Waits until no event is queued or in flight. Completions need not be collected.
 *
 * @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
 * @param remaining NULL, or set to the number of events that are still queued or in flight, also with
 *   HOOKRAIL_TIMEOUT and HOOKRAIL_INTERRUPTED.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_TIMEOUT; HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again);
 * HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_flush(const hookrail_client *client,
                               int64_t timeout_ms,
                               size_t *remaining,
                               hookrail_error **error);

/**
 * Gives up all submitted events of some kinds, each as hookrail_cancel_submitted() does.
 *
 * @param flags HOOKRAIL_PURGE_QUEUED, HOOKRAIL_PURGE_IN_FLIGHT, or both.
 * @param purged NULL, or set to the number of these events.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL, no flag, or an unknown flag).
 */
hookrail_status hookrail_purge(const hookrail_client *client,
                               uint32_t flags,
                               size_t *purged,
                               hookrail_error **error);

/**
 * Counts the submitted events and the completions.
 *
 * @param queued NULL, or set to the number of events in the queue.
 * @param in_flight NULL, or set to the number of events that are being sent.
 * @param completions NULL, or set to the number of completions that were not collected.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL).
 */
hookrail_status hookrail_pending(const hookrail_client *client,
                                 size_t *queued,
                                 size_t *in_flight,
                                 size_t *completions,
                                 hookrail_error **error);

/** @} */

/**
 * @defgroup signatures Signatures
 *
 * Verifies received deliveries, and signs deliveries for tests.
 * @{
 */

/**
 * Constants for arguments of the functions that sign and verify.
 */
typedef enum hookrail_signature_constants {
    /**
     * For `tolerance_seconds`: 5 minutes, which the service recommends.
     */
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    /**
     * For `now_unix`: the time of the system's clock.
     */
    HOOKRAIL_NOW = -1,
    /**
     * The largest number of secrets.
     */
    HOOKRAIL_MAX_SECRETS = 16,
    /**
     * The size of a buffer that holds any value of hookrail-signature, with its NUL.
     */
    HOOKRAIL_SIGNATURE_SIZE = 4097,
} hookrail_signature_constants;

/**
 * A verification that hookrail_verifier_begin() has begun.
 *
 * Do not act on any part of the body before hookrail_verification_finish() has returned HOOKRAIL_OK.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct hookrail_verification hookrail_verification;

/**
 * A verifier of deliveries. It prepares its secrets once.
 *
 * Thread-safety: threads may share a verifier without a lock.
 */
typedef struct hookrail_verifier hookrail_verifier;

/**
 * The settings of a verifier: 1 to 16 secrets and the tolerance.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct hookrail_verifier_options hookrail_verifier_options;

/**
 * Sets the length of the body that the request's Content-Length announces.
 *
 * With it, hookrail_verification_finish() distinguishes an incomplete body from a changed one. It may be called
 * at any time before. A body that matches is accepted, whatever was announced.
 *
 * @param content_length The length in bytes.
 *
 * Errors: HOOKRAIL_BODY_TOO_LARGE (the length is over the body's limit: the body need not be read);
 * HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
 */
hookrail_status hookrail_verification_set_content_length(hookrail_verification *verification,
                                                         uint64_t content_length,
                                                         hookrail_error **error);

/**
 * Adds the next piece of the body.
 *
 * @param chunk,chunk_len The piece; it may be empty.
 *
 * Errors: HOOKRAIL_BODY_TOO_LARGE (the body is over its limit; also for all further pieces);
 * HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
 */
hookrail_status hookrail_verification_update(hookrail_verification *verification,
                                             const char *chunk,
                                             size_t chunk_len,
                                             hookrail_error **error);

/**
 * Ends a verification after the last piece of the body, and returns whether the delivery is genuine.
 *
 * The handle must still be freed.
 *
 * @param secret_index NULL, or set to the index of the secret that matched.
 * @param signed_at NULL, or set to the signature's time in seconds since 1970.
 * @param skew_seconds NULL, or set to now minus `signed_at`.
 *
 * Errors: HOOKRAIL_SIGNATURE_MISMATCH; HOOKRAIL_BODY_INCOMPLETE (no match, and fewer bytes than
 * hookrail_verification_set_content_length() announced: the connection was cut, or something else had read
 * from the body; answer 408, and the service sends the delivery again, which it does not after 400 or
 * 401); HOOKRAIL_BODY_TOO_LARGE (a piece was refused); HOOKRAIL_INVALID_ARGUMENT (NULL, or a second time).
 */
hookrail_status hookrail_verification_finish(hookrail_verification *verification,
                                             size_t *secret_index,
                                             int64_t *signed_at,
                                             int64_t *skew_seconds,
                                             hookrail_error **error);

/**
 * Frees a verification, whether it was finished or not. NULL is allowed.
 */
void hookrail_verification_free(hookrail_verification *verification);

/**
 * Makes options without a secret and with the default tolerance. Free them with
 * hookrail_verifier_options_free().
 *
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
hookrail_verifier_options *hookrail_verifier_options_new(void);

/**
 * Frees options and wipes their secrets. NULL is allowed. Verifiers that were made with them are not affected.
 */
void hookrail_verifier_options_free(hookrail_verifier_options *options);

/**
 * Adds a secret. During a rotation add the old and the new secret: any of them may match.
 *
 * The service makes no secret that is empty, blank or only "whsec_", none with white space at an end, and none
 * with a control byte. They come from a variable that is not set, or from a file, and are refused.
 * The message names the secret by its number, counted from 1.
 *
 * @param secret,secret_len The text of the endpoint's secret, with its "whsec_".
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (such a secret, or the 17th).
 */
hookrail_status hookrail_verifier_options_add_secret(hookrail_verifier_options *options,
                                                     const char *secret,
                                                     size_t secret_len,
                                                     hookrail_error **error);

/**
 * Sets the tolerance: the largest difference between the signature's time and now (default 300 seconds).
 *
 * @param tolerance_seconds 0 or more, in both directions; a difference of exactly this is accepted.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_verifier_options_set_tolerance(hookrail_verifier_options *options,
                                                        int64_t tolerance_seconds,
                                                        hookrail_error **error);

/**
 * Makes a verifier.
 *
 * @param options The secrets and the tolerance.
 * @param out Set to the verifier; free it with hookrail_verifier_free().
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (also if no secret was added).
 */
hookrail_status hookrail_verifier_new(const hookrail_verifier_options *options,
                                      hookrail_verifier **out,
                                      hookrail_error **error);

/**
 * Frees a verifier and wipes its keys. NULL is allowed.
 *
 * Thread-safety: no other thread may still use the verifier.
 */
void hookrail_verifier_free(hookrail_verifier *verifier);

/**
 * Verifies a delivery (protocol section 5).
 *
 * The signature covers the delivery id, the time and the body. It does not cover the method, the path, the query
 * and the other headers: anyone who has seen a delivery can send it again to another path, or with another
 * hookrail-topic or hookrail-event-id. So decide by the content of the body, or use a different secret for each
 * path; do not dispatch on hookrail-topic alone.
 *
 * @param header,header_len The value of hookrail-signature.
 * @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
 * @param body,body_len The body as received, byte for byte.
 * @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
 * @param secret_index NULL, or set to the index of the secret that matched. It shows when an old secret is no
 *   longer used.
 * @param signed_at NULL, or set to the signature's time in seconds since 1970.
 * @param skew_seconds NULL, or set to now minus `signed_at`.
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors, in this order: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id);
 * HOOKRAIL_TIMESTAMP_TOO_OLD; HOOKRAIL_TIMESTAMP_TOO_NEW; HOOKRAIL_SIGNATURE_MISMATCH. Give the sender the same
 * answer for all of them: the details are not for it.
 */
hookrail_status hookrail_verifier_verify(const hookrail_verifier *verifier,
                                         const char *header,
                                         size_t header_len,
                                         const char *delivery_id,
                                         size_t delivery_id_len,
                                         const char *body,
                                         size_t body_len,
                                         int64_t now_unix,
                                         size_t *secret_index,
                                         int64_t *signed_at,
                                         int64_t *skew_seconds,
                                         hookrail_error **error);

/**
 * Begins to verify a delivery whose body arrives in pieces.
 *
 * The function checks the header, the delivery id and the timestamp at once: after an error the body need not be
 * read.
 *
 * @param header,header_len The value of hookrail-signature.
 * @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
 * @param body_limit The largest body that is accepted, in bytes; 0 for no limit.
 * @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
 * @param out Set to the verification; free it with hookrail_verification_free(). The verifier may be freed
 *   before it.
 *
 * Thread-safety: any thread, any number of calls at the same time.
 *
 * Errors: those of hookrail_verifier_verify() that do not depend on the body.
 */
hookrail_status hookrail_verifier_begin(const hookrail_verifier *verifier,
                                        const char *header,
                                        size_t header_len,
                                        const char *delivery_id,
                                        size_t delivery_id_len,
                                        uint64_t body_limit,
                                        int64_t now_unix,
                                        hookrail_verification **out,
                                        hookrail_error **error);

/**
 * Verifies the signature of a delivery (protocol section 5).
 *
 * A receiver of more than a few deliveries should use a hookrail_verifier, which prepares the secrets once.
 * This function takes no place for an error.
 *
 * @param secrets,secret_lens,secret_count 1 to 16 secrets, of which any may match. Each is the text of the
 *   endpoint's secret, with its "whsec_".
 * @param header,header_len The value of hookrail-signature.
 * @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
 * @param body,body_len The body as received, byte for byte.
 * @param tolerance_seconds The largest difference between the signature's time and now, in both directions;
 *   usually HOOKRAIL_DEFAULT_TOLERANCE.
 * @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
 *
 * Thread-safety: any thread.
 *
 * Errors, in this order: HOOKRAIL_INVALID_ARGUMENT (no secret, a secret that
 * hookrail_verifier_options_add_secret() refuses, more than 16, a negative tolerance, NULL with a length);
 * HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id); HOOKRAIL_TIMESTAMP_TOO_OLD;
 * HOOKRAIL_TIMESTAMP_TOO_NEW; HOOKRAIL_SIGNATURE_MISMATCH.
 */
hookrail_status hookrail_verify_signature(const char *const *secrets,
                                          const size_t *secret_lens,
                                          size_t secret_count,
                                          const char *header,
                                          size_t header_len,
                                          const char *delivery_id,
                                          size_t delivery_id_len,
                                          const char *body,
                                          size_t body_len,
                                          int64_t tolerance_seconds,
                                          int64_t now_unix);

/**
 * Signs a delivery as the service does, for tests and for servers that replace the service.
 *
 * Writes the value of the hookrail-signature header, "t=<timestamp>,v1=<hex>".
 *
 * @param secret,secret_len The text of the endpoint's secret, with its "whsec_".
 * @param timestamp Seconds since 1970.
 * @param delivery_id,delivery_id_len 1 to 128 of A-Z, a-z, 0-9, _ and -.
 * @param body,body_len The body.
 * @param buffer,buffer_size Take the header and a NUL; 128 bytes are always enough. NULL with 0 only asks for
 *   the size.
 * @param needed NULL, or set to the size of the header with the NUL, also when the buffer is too small.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (a secret that hookrail_verifier_options_add_secret() refuses, a negative
 * timestamp, another delivery id); HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
 */
hookrail_status hookrail_sign(const char *secret,
                              size_t secret_len,
                              int64_t timestamp,
                              const char *delivery_id,
                              size_t delivery_id_len,
                              const char *body,
                              size_t body_len,
                              char *buffer,
                              size_t buffer_size,
                              size_t *needed,
                              hookrail_error **error);

/**
 * Finds the two headers that a verification needs, and joins a signature that arrived as a list.
 *
 * Gateways that split headers at their commas make such lists.
 *
 * @param names,name_lens,values,value_lens,count The header fields: `count` pairs of a name and a value. A header
 *   with several values has one pair for each, in their order. Names match without regard to case, with
 *   `_` for `-`, and with HTTP_ in front, as CGI, Rack and PHP write them (HTTP_HOOKRAIL_SIGNATURE).
 * @param buffer,buffer_size Take the signature and a NUL; HOOKRAIL_SIGNATURE_SIZE bytes are always enough. NULL
 *   with 0 only asks for the size.
 * @param needed NULL, or set to the size of the signature with the NUL, also when the buffer is too small.
 * @param delivery_id,delivery_id_len Set to the delivery id, also when the buffer is too small. It points into
 *   `values`.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, the request is no webhook);
 * HOOKRAIL_SIGNATURE_MALFORMED (the delivery id is repeated, or the signature is longer than 4096 bytes);
 * HOOKRAIL_BUFFER_TOO_SMALL; HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_join_headers(const char *const *names,
                                      const size_t *name_lens,
                                      const char *const *values,
                                      const size_t *value_lens,
                                      size_t count,
                                      char *buffer,
                                      size_t buffer_size,
                                      size_t *needed,
                                      const char **delivery_id,
                                      size_t *delivery_id_len,
                                      hookrail_error **error);

/**
 * Finds the two headers that a verification needs, without a buffer: the signature must be one value.
 *
 * Receivers behind gateways need hookrail_join_headers().
 *
 * @param names,name_lens,values,value_lens,count The header fields: `count` pairs of a name and a value. A header
 *   with several values has one pair for each, in their order. Names match without regard to case, with
 *   `_` for `-`, and with HTTP_ in front, as CGI, Rack and PHP write them (HTTP_HOOKRAIL_SIGNATURE).
 * @param signature,signature_len Set to the signature. It points into `values`.
 * @param delivery_id,delivery_id_len Set to the delivery id. It points into `values`.
 *
 * Thread-safety: any thread.
 *
 * Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, the request is no webhook);
 * HOOKRAIL_SIGNATURE_MALFORMED (one of them is repeated); HOOKRAIL_INVALID_ARGUMENT.
 */
hookrail_status hookrail_find_headers(const char *const *names,
                                      const size_t *name_lens,
                                      const char *const *values,
                                      const size_t *value_lens,
                                      size_t count,
                                      const char **signature,
                                      size_t *signature_len,
                                      const char **delivery_id,
                                      size_t *delivery_id_len,
                                      hookrail_error **error);

/**
 * Writes a text that says why a verification fails. For development only.
 *
 * The function tries the usual mistakes: a secret without its prefix or with a newline behind it, a
 * re-serialised body, the event id instead of the delivery id, a clock that is wrong or in milliseconds, a
 * header that is cut off or doubled. The text holds neither a secret nor a MAC, but parts of the request: do
 * not show it to the sender.
 *
 * @param options The secrets and the tolerance.
 * @param header,header_len The value of hookrail-signature.
 * @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
 * @param event_id,event_id_len The value of hookrail-event-id; NULL with 0 if it is not available.
 * @param body,body_len The body as received, byte for byte.
 * @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
 * @param buffer,buffer_size Take the text and a NUL. NULL with 0 only asks for the size.
 * @param needed NULL, or set to the size of the text with the NUL, also when the buffer is too small.
 *
 * Thread-safety: any thread. The function is slow and not constant-time: it computes many MACs.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
 */
hookrail_status hookrail_explain_signature(const hookrail_verifier_options *options,
                                           const char *header,
                                           size_t header_len,
                                           const char *delivery_id,
                                           size_t delivery_id_len,
                                           const char *event_id,
                                           size_t event_id_len,
                                           const char *body,
                                           size_t body_len,
                                           int64_t now_unix,
                                           char *buffer,
                                           size_t buffer_size,
                                           size_t *needed,
                                           hookrail_error **error);

/** @} */

/**
 * @defgroup numbered_pointers Numbered pointers
 *
 * Replaces pointers by numbers, for hosts that must not show pointers to their scripts.
 * @{
 */

/**
 * Keeps a pointer and returns a number for it.
 *
 * This is for hosts that must not show pointers to their scripts, such as PHP. A script that changes a number
 * reaches at most another of its own handles of the same kind; with a pointer it would reach the whole memory.
 *
 * @param kind The caller's number for the type of the handle.
 * @param pointer The pointer. The library does not follow it; NULL is kept like any other.
 *
 * Ownership: the object behind the pointer stays the caller's.
 *
 * Thread-safety: any thread; a process in which several threads call this function, hookrail_pointer_get() or
 * hookrail_pointer_take() must not fork.
 *
 * Returns 1 or more, and never the same number twice in a process; 0 only where another function would return
 * HOOKRAIL_INTERNAL.
 */
uint64_t hookrail_pointer_keep(int32_t kind,
                               void *pointer);

/**
 * Returns the pointer that has this number and this kind; NULL if there is none.
 *
 * @param kind The kind that was passed to hookrail_pointer_keep().
 * @param number The number.
 *
 * Thread-safety: as hookrail_pointer_keep().
 */
void *hookrail_pointer_get(int32_t kind, uint64_t number);

/**
 * Returns the pointer that has this number and this kind, and forgets it; NULL if there is none.
 *
 * @param kind The kind that was passed to hookrail_pointer_keep().
 * @param number The number.
 *
 * Thread-safety: as hookrail_pointer_keep().
 */
void *hookrail_pointer_take(int32_t kind, uint64_t number);

/** @} */

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  /* HOOKRAIL_H */
