/*
 * libhookrail: a producer and a receiver for the Hookrail webhook delivery service.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Rules that hold for every function unless it says otherwise:
 *
 * - A fallible function returns a hookrail_status and takes, last, a place for a hookrail_error, which
 *   may be NULL. It sets the error only when it fails, and its other outputs only when it succeeds.
 * - Bytes go in as a pointer and a length. NULL with 0 is empty, NULL with more is
 *   HOOKRAIL_INVALID_ARGUMENT. Nothing is read beyond the length, and no NUL is looked for. Everything
 *   is copied: no function keeps a pointer it was given.
 * - Who made a handle frees it, with the function named after its type; that accepts NULL. No function
 *   takes ownership of an argument.
 * - Strings that come out end with a NUL, belong to the handle they came from and live as long as it.
 * - Handles are opaque. A pointer that was freed or never was a handle is undefined behaviour; so is a
 *   string that came from a handle which was freed.
 * - HOOKRAIL_INTERNAL can come from any function: a defect of the library was caught. Please report it.
 * - "protocol section N" is docs/protocol.md of the library.
 * - Memory: where the operating system has none left, the process is aborted, as by any Rust program. What
 *   is too long or too large by a limit is refused before memory is asked for: docs/abi.md.
 * - Stack: 64 KiB are enough for every call.
 * - pthread_cancel() of a thread that is in a function waits until the function has returned: a wait is ended
 *   by what its function names (a cancel token, a wake-up, a timeout), and not by it. This holds for the
 *   deferred kind, which is the default; no function may be called under PTHREAD_CANCEL_ASYNCHRONOUS.
 */

#ifndef HOOKRAIL_H
#define HOOKRAIL_H

/* Written by cbindgen from src/ffi. Do not edit: run `make header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; hookrail_version() tells that of the loaded library. */
#define HOOKRAIL_VERSION_MAJOR 0
#define HOOKRAIL_VERSION_MINOR 1
#define HOOKRAIL_VERSION_PATCH 0

/** The ABI that this header describes: hookrail_abi_version() of the loaded library must be equal. */
#define HOOKRAIL_ABI_VERSION 0

/**
 * What a call came to. The numbers never change; later versions may add some, so treat an unknown
 * one by its family: 1xx the caller, 2xx the transport, 4xx and 5xx the service's answers, 6xx
 * retries, 7xx signatures, 9xx the library.
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
     * A received body is larger than the limit set for it.
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
     * A received body is shorter than announced, or was read before it came to the library.
     */
    HOOKRAIL_BODY_INCOMPLETE = 111,
    /**
     * No usable connection: refused, reset, closed early, name not found.
     */
    HOOKRAIL_CONNECTION = 200,
    /**
     * A timeout or the budget of the call ran out.
     */
    HOOKRAIL_TIMEOUT = 201,
    /**
     * The TLS handshake failed; final where the certificate is at fault.
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
     * HTTP 401: the API key is missing, unknown or revoked. Where this client has had a success with it in this
     * process, the service's database may be away instead: then the error is retryable.
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
     * HTTP 429; or, with the outcome NOT_SENT, nothing was sent because the call's turn under the service's limit
     * would come after its time.
     */
    HOOKRAIL_RATE_LIMITED = 429,
    /**
     * Any other final HTTP status, redirects included.
     */
    HOOKRAIL_UNEXPECTED_STATUS = 499,
    /**
     * HTTP 5xx.
     */
    HOOKRAIL_SERVER_ERROR = 500,
    /**
     * The retries ran out; hookrail_error_last() is the last attempt's error.
     */
    HOOKRAIL_RETRIES_EXHAUSTED = 600,
    /**
     * The signature header (or the delivery id) does not have the required form.
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
 * What is known about an event.
 */
typedef enum hookrail_outcome {
    /**
     * The question does not arise: nothing was being sent.
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
     * A complete request left this process and no answer settles what became of it. A resend with
     * the same idempotency key and the same bytes is safe.
     */
    HOOKRAIL_OUTCOME_MAYBE_SENT = 4,
} hookrail_outcome;

/**
 * The state of a delivery (protocol section 2).
 */
typedef enum hookrail_delivery_state {
    /**
     * A state that this version does not know; its text is still there.
     */
    HOOKRAIL_DELIVERY_UNKNOWN = 0,
    /**
     * Waiting for its first attempt.
     */
    HOOKRAIL_DELIVERY_PENDING = 1,
    /**
     * An attempt is under way.
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
     * Cancelled.
     */
    HOOKRAIL_DELIVERY_CANCELLED = 6,
    /**
     * Skipped.
     */
    HOOKRAIL_DELIVERY_SKIPPED = 7,
} hookrail_delivery_state;

/**
 * What may be passed in place of a number.
 */
typedef enum hookrail_signature_constants {
    /**
     * `tolerance_seconds`: what the service recommends, 5 minutes.
     */
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    /**
     * `now_unix`: the system's clock.
     */
    HOOKRAIL_NOW = -1,
    /**
     * The most secrets that may be given at once.
     */
    HOOKRAIL_MAX_SECRETS = 16,
    /**
     * The size of a buffer that any value of hookrail-signature fits into, with the NUL.
     */
    HOOKRAIL_SIGNATURE_SIZE = 4097,
} hookrail_signature_constants;

/**
 * What hookrail_client_options_set_tls_roots() takes.
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
 * What the `flags` of a submit may hold.
 */
typedef enum hookrail_submit_flags {
    /**
     * No completion is wanted: nobody will hear what became of the event.
     */
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
} hookrail_submit_flags;

/**
 * What the `flags` of hookrail_purge() may hold.
 */
typedef enum hookrail_purge_flags {
    /**
     * Events that wait.
     */
    HOOKRAIL_PURGE_QUEUED = 1,
    /**
     * Events on their way.
     */
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
} hookrail_purge_flags;

/**
 * The service's promise: it has recorded the event durably (protocol section 1, 202).
 *
 * Immutable; threads may share it. Free it with hookrail_accepted_free(). All getters accept NULL;
 * the strings they return are borrowed from the handle.
 */
typedef struct hookrail_accepted hookrail_accepted;

/**
 * A call that runs on a thread of the library while the caller's waits on a descriptor, handles signals
 * or does something else. For hosts like Ruby and PHP, whose interpreters must get to run.
 *
 * Thread-safety: hookrail_call_wait(), hookrail_call_fd() and hookrail_call_cancel() from any thread; the
 * rest from one thread at a time.
 */
typedef struct hookrail_call hookrail_call;

/**
 * A token that ends calls early.
 *
 * Sticky: once fired it stays fired, and a call that starts with a fired token does nothing. Any
 * number of calls may use it, at the same time, too.
 */
typedef struct hookrail_cancel hookrail_cancel;

/**
 * A connection to a Hookrail service.
 *
 * Thread-safety: threads may share a client, and should: it keeps the connections. A child made by
 * fork() may use its parent's client; it opens connections of its own.
 */
typedef struct hookrail_client hookrail_client;

/**
 * The settings of a client. The client copies them when it is made.
 *
 * Thread-safety: one thread at a time.
 */
typedef struct hookrail_client_options hookrail_client_options;

/**
 * What went wrong, in detail. Immutable; threads may share it.
 *
 * A function that takes a `hookrail_error **` sets it only when it fails; pass NULL when the status
 * is enough. Free it with hookrail_error_free(). All getters accept NULL.
 */
typedef struct hookrail_error hookrail_error;

/**
 * What became of an event (protocol section 2).
 *
 * Immutable; threads may share it. Free it with hookrail_event_status_free(). All getters accept
 * NULL and indices out of range; the strings they return are borrowed from the handle.
 */
typedef struct hookrail_event_status hookrail_event_status;

/**
 * An event whose idempotency key and bytes are fixed, as a blob to store and to send later.
 *
 * Immutable; threads may share it. Free it with hookrail_prepared_free(). The getters accept NULL.
 */
typedef struct hookrail_prepared hookrail_prepared;

/**
 * What may be said about a send. One handle may serve any number of sends, but mind that a fixed
 * idempotency key makes them all the same event.
 *
 * Thread-safety: setters need the handle to themselves; sends in several threads may share it.
 */
typedef struct hookrail_send_options hookrail_send_options;

/**
 * A verification under way, begun by hookrail_verifier_begin().
 *
 * Until hookrail_verification_finish() has returned HOOKRAIL_OK, nothing of the body may be acted on.
 * Thread-safety: one thread at a time.
 */
typedef struct hookrail_verification hookrail_verification;

/**
 * Verifies deliveries with secrets that were prepared once.
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
 * What became of a submitted event, as hookrail_poll() writes it.
 *
 * Later versions may add members at the end: that is what the struct_size of hookrail_poll() is for.
 */
typedef struct hookrail_completion {
    /**
     * The tag that was given to the submit.
     */
    uint64_t tag;
    /**
     * The token that the submit returned.
     */
    uint64_t token;
    /**
     * What happened: a hookrail_status.
     */
    int32_t status;
    /**
     * What is known about the event: a hookrail_outcome.
     */
    int32_t outcome;
    /**
     * The HTTP status of the service's last answer; 0 when there was none.
     */
    int32_t http_status;
    /**
     * How many attempts were made.
     */
    uint32_t attempts;
    /**
     * Microseconds from the submit to the first attempt, or to the end where there was none.
     */
    uint64_t queued_us;
    /**
     * Microseconds from the submit to the end.
     */
    uint64_t total_us;
    /**
     * For HOOKRAIL_OK the service's promise, to be freed with hookrail_accepted_free(); else NULL.
     */
    struct hookrail_accepted *accepted;
    /**
     * NULL for HOOKRAIL_OK, else the error, to be freed with hookrail_error_free().
     */
    struct hookrail_error *error;
} hookrail_completion;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Frees the handle. NULL is fine.
 *
 * Thread-safety: no other thread may use it any more.
 */
void hookrail_accepted_free(struct hookrail_accepted *accepted);

/**
 * The event's id; "" for NULL.
 */
const char *hookrail_accepted_event_id(const struct hookrail_accepted *accepted);

/**
 * How many deliveries the event was fanned out to; 0 when no subscription matched.
 */
size_t hookrail_accepted_delivery_count(const struct hookrail_accepted *accepted);

/**
 * The id of a delivery; NULL when `index` is not below the count.
 */
const char *hookrail_accepted_delivery_id(const struct hookrail_accepted *accepted, size_t index);

/**
 * Whether the service had recorded this key and these bytes before. A success all the same.
 */
bool hookrail_accepted_replayed(const struct hookrail_accepted *accepted);

/**
 * The idempotency key under which the event was sent; "" for NULL.
 */
const char *hookrail_accepted_idempotency_key(const struct hookrail_accepted *accepted);

/**
 * How many attempts it took.
 */
uint32_t hookrail_accepted_attempts(const struct hookrail_accepted *accepted);

/**
 * The service's answer as it came, with members that this version does not know; "" for NULL.
 */
const char *hookrail_accepted_json(const struct hookrail_accepted *accepted);

/**
 * The length of hookrail_accepted_json() in bytes.
 */
size_t hookrail_accepted_json_len(const struct hookrail_accepted *accepted);

/**
 * Starts to send an event, and returns at once. Arguments as for hookrail_send_event().
 *
 * Ownership: free `*out` with hookrail_call_free(). Everything is copied.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (also for a cancel token in the options: the call has its own),
 * HOOKRAIL_PAYLOAD_TOO_LARGE, HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor is to be had). Everything else
 * comes with hookrail_call_finish_send().
 */
enum hookrail_status hookrail_call_send(const struct hookrail_client *client,
                                        const char *topic,
                                        size_t topic_len,
                                        const char *payload,
                                        size_t payload_len,
                                        const struct hookrail_send_options *options,
                                        struct hookrail_call **out,
                                        struct hookrail_error **error);

/**
 * Starts to send a prepared event, and returns at once. Arguments as for hookrail_send_prepared().
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_call_send().
 */
enum hookrail_status hookrail_call_send_prepared(const struct hookrail_client *client,
                                                 const char *blob,
                                                 size_t blob_len,
                                                 int64_t timeout_ms,
                                                 struct hookrail_call **out,
                                                 struct hookrail_error **error);

/**
 * Starts to ask what became of an event, and returns at once. Arguments as for hookrail_get_event().
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_OUT_OF_RESOURCES; the rest comes with
 * hookrail_call_finish_get_event().
 */
enum hookrail_status hookrail_call_get_event(const struct hookrail_client *client,
                                             const char *event_id,
                                             size_t event_id_len,
                                             int64_t timeout_ms,
                                             struct hookrail_call **out,
                                             struct hookrail_error **error);

/**
 * Waits until the call is done, for up to `timeout_ms` milliseconds: 0 does not wait, less waits without
 * end.
 *
 * Errors: HOOKRAIL_TIMEOUT (not done yet), HOOKRAIL_INTERRUPTED (a signal was delivered to this thread;
 * the call goes on), HOOKRAIL_FORKED (the call is the parent process's), HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_call_wait(const struct hookrail_call *call,
                                        int64_t timeout_ms,
                                        struct hookrail_error **error);

/**
 * The descriptor that is readable once the call is done; -1 for NULL.
 *
 * Ownership: the call's: neither read nor close it.
 */
int32_t hookrail_call_fd(const struct hookrail_call *call);

/**
 * Ends the call early: it is done within milliseconds, with HOOKRAIL_CANCELLED and what is known about
 * the event, unless it was done already. NULL is fine.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_call_cancel(const struct hookrail_call *call);

/**
 * The result of hookrail_call_send() or hookrail_call_send_prepared(); waits where the call is not done.
 * To be asked for once.
 *
 * Ownership: free `*out` with hookrail_accepted_free(); the call is still to be freed.
 * Errors: those of hookrail_send_event(), HOOKRAIL_FORKED, HOOKRAIL_INVALID_ARGUMENT (a second time, or a
 * call of another kind).
 */
enum hookrail_status hookrail_call_finish_send(struct hookrail_call *call,
                                               struct hookrail_accepted **out,
                                               struct hookrail_error **error);

/**
 * The result of hookrail_call_get_event(); waits where the call is not done. To be asked for once.
 *
 * Ownership: free `*out` with hookrail_event_status_free(); the call is still to be freed.
 * Errors: those of hookrail_get_event(), HOOKRAIL_FORKED, HOOKRAIL_INVALID_ARGUMENT (a second time, or a
 * call of another kind).
 */
enum hookrail_status hookrail_call_finish_get_event(struct hookrail_call *call,
                                                    struct hookrail_event_status **out,
                                                    struct hookrail_error **error);

/**
 * Frees a call. NULL is fine. One that is not done is cancelled; this does not wait for its end.
 */
void hookrail_call_free(struct hookrail_call *call);

/**
 * Makes a token.
 *
 * Ownership: free `*out` with hookrail_cancel_free().
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`out` is NULL), HOOKRAIL_OUT_OF_RESOURCES (the process is out
 * of file descriptors: a token takes one).
 */
enum hookrail_status hookrail_cancel_new(struct hookrail_cancel **out,
                                         struct hookrail_error **error);

/**
 * Fires the token: every call that uses it, now or later, ends with HOOKRAIL_CANCELLED, within
 * milliseconds and wherever it is. NULL is fine, a second time as well.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_cancel_fire(const struct hookrail_cancel *cancel);

/**
 * Whether the token was fired; false for NULL.
 *
 * Thread-safety: any thread. Async-signal-safe.
 */
bool hookrail_cancel_is_fired(const struct hookrail_cancel *cancel);

/**
 * Frees a token. NULL is fine. Calls and options that were given the token keep what they need of
 * it: it may be freed while they use it.
 *
 * Thread-safety: no other thread may use this handle any more.
 */
void hookrail_cancel_free(struct hookrail_cancel *cancel);

/**
 * Makes a client. Nothing is connected yet.
 *
 * `api_key`: the producer key; NULL with 0: the environment variable HOOKRAIL_API_KEY.
 * `base_url`: where the service is, for example "https://hooks.example.com/prefix"; NULL with 0: the
 * environment variable HOOKRAIL_BASE_URL, else "http://localhost:8080".
 * `options`: NULL for the defaults. A program with privileges of its own (setuid, setgid, file
 * capabilities) does not obey these variables, nor those of proxies, SSL_CERT_FILE and SSL_CERT_DIR.
 *
 * Ownership: free `*out` with hookrail_client_free(). Everything is copied.
 * Thread-safety: any thread; it reads the environment.
 * Errors: HOOKRAIL_CONFIGURATION (no key, an unusable key, base URL, proxy, retry policy or
 * certificate authority; protocol section 4), HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_client_new(const char *api_key,
                                         size_t api_key_len,
                                         const char *base_url,
                                         size_t base_url_len,
                                         const struct hookrail_client_options *options,
                                         struct hookrail_client **out,
                                         struct hookrail_error **error);

/**
 * Frees a client and closes its connections. NULL is fine. Never waits: events that are still queued
 * are lost, and so are completions that were not collected; hookrail_client_close() first sends and
 * counts them. In a child made by fork() it leaves the parent's connections alone.
 *
 * Thread-safety: no other thread may use the client any more.
 */
void hookrail_client_free(struct hookrail_client *client);

/**
 * Sends one event and waits until the service has recorded it (protocol section 1).
 *
 * `topic`: not empty, at most 256 characters, UTF-8. `payload`: exactly one JSON value in UTF-8; its
 * bytes go out as they are. Refused with the offset: more than 512 levels of arrays and objects inside
 * each other, and what the service can never store (`\u0000`, half a surrogate pair, a number of
 * 10^131072 or more or with more than 16383 decimal places). `options`: NULL for the defaults.
 *
 * Failed attempts are repeated with the same key and the same bytes (protocol section 3), within the
 * total timeout. A signal neither ends nor repeats the call. After a 429 of the API key the whole client slows
 * down: the call then waits for its turn, within the same time.
 *
 * Ownership: free `*out` with hookrail_accepted_free(). Everything is copied.
 * Thread-safety: any thread, any number at the same time.
 * Errors, each with its outcome, the idempotency key and the number of attempts:
 * HOOKRAIL_INVALID_ARGUMENT (topic, payload or key; nothing was sent), HOOKRAIL_PAYLOAD_TOO_LARGE (the
 * client's limit, or 413), HOOKRAIL_BAD_REQUEST (400), HOOKRAIL_AUTHENTICATION (401),
 * HOOKRAIL_PERMISSION_DENIED (403), HOOKRAIL_NOT_FOUND (404), HOOKRAIL_CONFLICT (409),
 * HOOKRAIL_UNEXPECTED_STATUS (any other final answer, redirects too), HOOKRAIL_TLS (a certificate that
 * does not fit: final), HOOKRAIL_PROTOCOL (a success that is not what the protocol promises),
 * HOOKRAIL_RATE_LIMITED (nothing was sent: the call's turn would come after its time, in
 * hookrail_error_retry_after_ms()), HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED,
 * HOOKRAIL_RETRIES_EXHAUSTED over the last attempt's error (one of
 * HOOKRAIL_CONNECTION, HOOKRAIL_TIMEOUT, HOOKRAIL_TLS, HOOKRAIL_PROTOCOL, HOOKRAIL_RATE_LIMITED,
 * HOOKRAIL_OUT_OF_RESOURCES (no socket, descriptor or thread for the attempt), HOOKRAIL_SERVER_ERROR, HOOKRAIL_UNEXPECTED_STATUS for 408 and 425). hookrail_error_last() finds that
 * one, and a final error alike.
 */
enum hookrail_status hookrail_send_event(const struct hookrail_client *client,
                                         const char *topic,
                                         size_t topic_len,
                                         const char *payload,
                                         size_t payload_len,
                                         const struct hookrail_send_options *options,
                                         struct hookrail_accepted **out,
                                         struct hookrail_error **error);

/**
 * Asks what became of an event (protocol section 2).
 *
 * `cancel`: NULL for none. `timeout_ms`: the time for the whole call; 0 or less for the client's
 * total timeout.
 *
 * Ownership: free `*out` with hookrail_event_status_free(). Everything is copied.
 * Thread-safety: any thread, any number at the same time.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (an id that is empty, "." or "..", over 256 bytes or not UTF-8);
 * HOOKRAIL_NOT_FOUND (404) when there is no such event; a service whose database is away answers with
 * HOOKRAIL_AUTHENTICATION (401) or HOOKRAIL_SERVER_ERROR (500) instead; otherwise as hookrail_send_event(), without key and outcome.
 */
enum hookrail_status hookrail_get_event(const struct hookrail_client *client,
                                        const char *event_id,
                                        size_t event_id_len,
                                        const struct hookrail_cancel *cancel,
                                        int64_t timeout_ms,
                                        struct hookrail_event_status **out,
                                        struct hookrail_error **error);

/**
 * Makes options with the defaults.
 *
 * Ownership: free them with hookrail_client_options_free().
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
struct hookrail_client_options *hookrail_client_options_new(void);

/**
 * Frees options. NULL is fine. Clients made with them are not affected.
 */
void hookrail_client_options_free(struct hookrail_client_options *options);

/**
 * Sets the time for looking up the name, connecting and negotiating TLS, in milliseconds (default
 * 5000).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_client_options_set_connect_timeout_ms(struct hookrail_client_options *options,
                                                                    int64_t timeout_ms,
                                                                    struct hookrail_error **error);

/**
 * Sets the time for each wait for a part of the answer, in milliseconds (default 10000).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_client_options_set_read_timeout_ms(struct hookrail_client_options *options,
                                                                 int64_t timeout_ms,
                                                                 struct hookrail_error **error);

/**
 * Sets the time for each wait until the service takes more of the request, in milliseconds (default
 * 10000).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_client_options_set_write_timeout_ms(struct hookrail_client_options *options,
                                                                  int64_t timeout_ms,
                                                                  struct hookrail_error **error);

/**
 * Sets the time for a whole call, retries and the waits between them included, in milliseconds
 * (default 30000): the max_elapsed of protocol section 3.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_client_options_set_total_timeout_ms(struct hookrail_client_options *options,
                                                                  int64_t timeout_ms,
                                                                  struct hookrail_error **error);

/**
 * Sets how often a failed attempt is repeated (default 3, that is up to 4 attempts). What is repeated
 * says protocol section 3. Three retries are over within 1.4 s, and a restart of the service takes up to
 * 1.7 s: 10 outlast one.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative.
 */
enum hookrail_status hookrail_client_options_set_max_retries(struct hookrail_client_options *options,
                                                             int32_t max_retries,
                                                             struct hookrail_error **error);

/**
 * Sets the base and the cap of the delays between attempts, in milliseconds (defaults 200 and
 * 10000): the delay before retry n is random between 0 and min(cap, base * 2^n). Without a call of
 * this, a total timeout below 10 seconds lowers the cap to itself.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when one is not positive or over a day, or the cap is below the
 * base; hookrail_client_new() refuses a cap over the total timeout with HOOKRAIL_CONFIGURATION.
 */
enum hookrail_status hookrail_client_options_set_backoff_ms(struct hookrail_client_options *options,
                                                            int64_t base_ms,
                                                            int64_t cap_ms,
                                                            struct hookrail_error **error);

/**
 * Sets whether the service's Retry-After is the least wait before a retry (default true).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
 */
enum hookrail_status hookrail_client_options_set_respect_retry_after(struct hookrail_client_options *options,
                                                                     bool respect,
                                                                     struct hookrail_error **error);

/**
 * Sets whether a client for plain http is refused with HOOKRAIL_CONFIGURATION, unless the service, and a
 * proxy before it, are on this machine (localhost, 127.0.0.0/8, ::1). Default false. Over plain http the API
 * key and the events can be read on their way: set it in production.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
enum hookrail_status hookrail_client_options_set_require_https(struct hookrail_client_options *options,
                                                               bool require,
                                                               struct hookrail_error **error);

/**
 * Sets whether a base URL must be given, as argument or by HOOKRAIL_BASE_URL: without one the client is
 * refused with HOOKRAIL_CONFIGURATION. Default false, and http://localhost:8080 is taken then. A missing
 * variable does not send a production key there: set it in production.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
 */
enum hookrail_status hookrail_client_options_set_require_base_url(struct hookrail_client_options *options,
                                                                  bool require,
                                                                  struct hookrail_error **error);

/**
 * Trusts the certificate authorities in a PEM file, too. The file is read now. May be called
 * repeatedly.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT for an empty path; HOOKRAIL_CONFIGURATION when the file cannot be
 * read, holds no certificate or one that cannot be used.
 */
enum hookrail_status hookrail_client_options_add_ca_file(struct hookrail_client_options *options,
                                                         const char *path,
                                                         size_t path_len,
                                                         struct hookrail_error **error);

/**
 * Trusts the certificate authorities in `pem`, too. May be called repeatedly.
 *
 * Errors: HOOKRAIL_CONFIGURATION when it holds no certificate or one that cannot be used.
 */
enum hookrail_status hookrail_client_options_add_ca_pem(struct hookrail_client_options *options,
                                                        const char *pem,
                                                        size_t pem_len,
                                                        struct hookrail_error **error);

/**
 * Sets which certificate authorities are trusted: HOOKRAIL_TLS_ROOTS_PLATFORM (default) or
 * HOOKRAIL_TLS_ROOTS_EXTRA_ONLY.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT for another value.
 */
enum hookrail_status hookrail_client_options_set_tls_roots(struct hookrail_client_options *options,
                                                           int32_t roots,
                                                           struct hookrail_error **error);

/**
 * Sets the proxy, for example "http://user:password@proxy.example.com:3128". To an http service it
 * forwards the requests, to an https service it opens a tunnel (CONNECT). NULL with 0: no proxy, whatever
 * the environment says. Without a call of this the environment decides: https_proxy or HTTPS_PROXY for
 * https, http_proxy for http, then all_proxy or ALL_PROXY, but for the hosts in no_proxy or NO_PROXY
 * (names, which also stand for what is below them, *.names for only that, addresses, CIDR blocks, *).
 *
 * Errors: HOOKRAIL_CONFIGURATION from hookrail_client_new() when the URL is not usable.
 */
enum hookrail_status hookrail_client_options_set_proxy(struct hookrail_client_options *options,
                                                       const char *url,
                                                       size_t url_len,
                                                       struct hookrail_error **error);

/**
 * Sets how many idle connections are kept for reuse (default 64).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
 */
enum hookrail_status hookrail_client_options_set_idle_connections(struct hookrail_client_options *options,
                                                                  size_t connections,
                                                                  struct hookrail_error **error);

/**
 * Sets how long a connection is used before another replaces it, however well it works, in milliseconds
 * (default 300000, 5 minutes), so that the client follows a name that leads to another address; 0: without
 * end. The time of each connection is up to a fifth shorter, by chance. A request under way is never cut
 * off.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative or over a day.
 */
enum hookrail_status hookrail_client_options_set_max_connection_age_ms(struct hookrail_client_options *options,
                                                                       int64_t age_ms,
                                                                       struct hookrail_error **error);

/**
 * Sets the largest payload that is sent, in bytes (default 262144, the service's own limit); 0 for
 * none.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
 */
enum hookrail_status hookrail_client_options_set_payload_limit(struct hookrail_client_options *options,
                                                               size_t bytes,
                                                               struct hookrail_error **error);

/**
 * Sets the most events that the producer holds: queued, in flight, or completed and not collected
 * (default 10000).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is 0.
 */
enum hookrail_status hookrail_client_options_set_queue_max_events(struct hookrail_client_options *options,
                                                                  size_t events,
                                                                  struct hookrail_error **error);

/**
 * Sets the most bytes of events that the producer holds, queued or in flight (default 67108864). A
 * single larger event is taken in when nothing else is there.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is 0.
 */
enum hookrail_status hookrail_client_options_set_queue_max_bytes(struct hookrail_client_options *options,
                                                                 size_t bytes,
                                                                 struct hookrail_error **error);

/**
 * Sets how many threads send submitted events at most (default 4).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not 1 to 64.
 */
enum hookrail_status hookrail_client_options_set_workers(struct hookrail_client_options *options,
                                                         int32_t workers,
                                                         struct hookrail_error **error);

/**
 * Sets the time for delivering a submitted event, queueing and retries included, in milliseconds
 * (default 120000).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_client_options_set_delivery_timeout_ms(struct hookrail_client_options *options,
                                                                     int64_t timeout_ms,
                                                                     struct hookrail_error **error);

/**
 * Sets what follows the library's own part of the User-Agent, for example "shop/2.1".
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 256 bytes or not printable ASCII.
 */
enum hookrail_status hookrail_client_options_set_user_agent_suffix(struct hookrail_client_options *options,
                                                                   const char *suffix,
                                                                   size_t suffix_len,
                                                                   struct hookrail_error **error);

/**
 * For language bindings: sets the language that the User-Agent names (default "c"), as in
 * "hookrail-go/0.1.0".
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not 1 to 32 lower-case letters and digits.
 */
enum hookrail_status hookrail_client_options_set_binding(struct hookrail_client_options *options,
                                                         const char *language,
                                                         size_t language_len,
                                                         struct hookrail_error **error);

/**
 * Frees an error. NULL is fine. Not for what hookrail_error_cause() and hookrail_error_last() return.
 *
 * Thread-safety: no other thread may use the error any more.
 */
void hookrail_error_free(struct hookrail_error *error);

/**
 * The status that the function returned; HOOKRAIL_OK for NULL.
 */
enum hookrail_status hookrail_error_status(const struct hookrail_error *error);

/**
 * A sentence for a person: what was wrong and, where it helps, what would be right. Never holds an
 * API key or a secret. One line: control characters, line separators and marks of direction are escaped
 * (`\n`, `\u{1b}`), also in what a peer said. "" for NULL.
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_message(const struct hookrail_error *error);

/**
 * The length of the message in bytes.
 */
size_t hookrail_error_message_len(const struct hookrail_error *error);

/**
 * The HTTP status of the service's (last) answer; 0 when there was none.
 */
int32_t hookrail_error_http_status(const struct hookrail_error *error);

/**
 * How many milliseconds the service asked to wait (its Retry-After); -1 when it did not say.
 */
int64_t hookrail_error_retry_after_ms(const struct hookrail_error *error);

/**
 * The `type` of the service's problem details (RFC 7807); NULL when it gave none.
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_problem_type(const struct hookrail_error *error);

/**
 * The `title` of the service's problem details; NULL when it gave none.
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_problem_title(const struct hookrail_error *error);

/**
 * The `detail` of the service's problem details; NULL when it gave none.
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_problem_detail(const struct hookrail_error *error);

/**
 * The body of the service's (last) answer as it came, whether JSON or not, cut off at 64 KiB; NULL
 * when there was none. It may hold NUL: use hookrail_error_body_len().
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_body(const struct hookrail_error *error);

/**
 * The length of hookrail_error_body() in bytes.
 */
size_t hookrail_error_body_len(const struct hookrail_error *error);

/**
 * Whether the same call can succeed later without a change.
 */
bool hookrail_error_retryable(const struct hookrail_error *error);

/**
 * How many attempts were made; 0 when the call ended before the first.
 */
uint32_t hookrail_error_attempts(const struct hookrail_error *error);

/**
 * The idempotency key under which the event was, or would have been, sent. A resend of the same
 * event with this key cannot double it. NULL when no event was being sent or no key was fixed yet.
 *
 * Ownership: borrowed from the error.
 */
const char *hookrail_error_idempotency_key(const struct hookrail_error *error);

/**
 * What is known about the event that was being sent.
 */
enum hookrail_outcome hookrail_error_outcome(const struct hookrail_error *error);

/**
 * The error beneath: for HOOKRAIL_RETRIES_EXHAUSTED the last attempt's; NULL when there is none.
 *
 * Ownership: borrowed from the error; do not free it.
 */
const struct hookrail_error *hookrail_error_cause(const struct hookrail_error *error);

/**
 * The last attempt's error: the innermost of the errors beneath this one, and this one itself where
 * nothing is beneath it. So one comparison finds what the service or the network said last, whether
 * that was final or the retries ran out over it: `HOOKRAIL_RATE_LIMITED ==
 * hookrail_error_status(hookrail_error_last(error))`. NULL for NULL.
 *
 * Under HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED and a HOOKRAIL_TIMEOUT of the producer it is the last
 * failed attempt's error, too, where there was one. The outcome and the number of attempts of the
 * whole call are those of the error itself.
 *
 * Ownership: borrowed from the error; do not free it.
 */
const struct hookrail_error *hookrail_error_last(const struct hookrail_error *error);

/**
 * Frees the handle. NULL is fine.
 *
 * Thread-safety: no other thread may use it any more.
 */
void hookrail_event_status_free(struct hookrail_event_status *status);

/**
 * The event's id; "" for NULL.
 */
const char *hookrail_event_status_event_id(const struct hookrail_event_status *status);

/**
 * The event's topic; "" for NULL.
 */
const char *hookrail_event_status_topic(const struct hookrail_event_status *status);

/**
 * The service's answer as it came, with members that this version does not know; "" for NULL.
 */
const char *hookrail_event_status_json(const struct hookrail_event_status *status);

/**
 * The length of hookrail_event_status_json() in bytes.
 */
size_t hookrail_event_status_json_len(const struct hookrail_event_status *status);

/**
 * How many deliveries the event has.
 */
size_t hookrail_event_status_delivery_count(const struct hookrail_event_status *status);

/**
 * The id of a delivery; NULL when `index` is not below the count.
 */
const char *hookrail_event_status_delivery_id(const struct hookrail_event_status *status,
                                              size_t index);

/**
 * The state of a delivery; HOOKRAIL_DELIVERY_UNKNOWN for one that this version does not know.
 */
enum hookrail_delivery_state hookrail_event_status_delivery_state(const struct hookrail_event_status *status,
                                                                  size_t index);

/**
 * The state of a delivery in the service's own word; NULL when `index` is not below the count.
 */
const char *hookrail_event_status_delivery_state_text(const struct hookrail_event_status *status,
                                                      size_t index);

/**
 * Whether the service left out attempts of a delivery.
 */
bool hookrail_event_status_delivery_attempts_truncated(const struct hookrail_event_status *status,
                                                       size_t index);

/**
 * How many attempts of a delivery are listed.
 */
size_t hookrail_event_status_attempt_count(const struct hookrail_event_status *status,
                                           size_t index);

/**
 * The number of an attempt as the service counts; 0 when an index is out of range.
 */
int64_t hookrail_event_status_attempt_number(const struct hookrail_event_status *status,
                                             size_t delivery_index,
                                             size_t index);

/**
 * The claim version of an attempt; 0 when an index is out of range.
 */
int64_t hookrail_event_status_attempt_claim_version(const struct hookrail_event_status *status,
                                                    size_t delivery_index,
                                                    size_t index);

/**
 * What an attempt came to, in the service's own word; NULL when an index is out of range.
 */
const char *hookrail_event_status_attempt_status(const struct hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

/**
 * The HTTP status that the receiver answered; 0 when it did not.
 */
int64_t hookrail_event_status_attempt_http_status(const struct hookrail_event_status *status,
                                                  size_t delivery_index,
                                                  size_t index);

/**
 * The service's word for what went wrong; NULL when nothing did.
 */
const char *hookrail_event_status_attempt_error_class(const struct hookrail_event_status *status,
                                                      size_t delivery_index,
                                                      size_t index);

/**
 * How long the attempt took, in milliseconds; -1 when the service does not say.
 */
int64_t hookrail_event_status_attempt_latency_ms(const struct hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

/**
 * For development only: says in a text why a verification fails, by trying what usually goes wrong:
 * the secret without its prefix or with a newline behind it, the body re-serialised, the event id in
 * place of the delivery id, a clock that is off or in milliseconds, a header that is cut off or
 * doubled. The text holds neither a secret nor a MAC, but parts of the request: not for its sender.
 *
 * `options`: the secrets and the tolerance. `event_id`: the value of hookrail-event-id; NULL with 0 if
 * it is not at hand. The other arguments as for hookrail_verifier_verify(). `buffer`, `buffer_size` and
 * `needed` as for hookrail_sign().
 *
 * Thread-safety: any thread. Not constant-time, and slow: it computes many MACs.
 * Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
 */
enum hookrail_status hookrail_explain_signature(const struct hookrail_verifier_options *options,
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
                                                struct hookrail_error **error);

/**
 * Finds the two headers that verifying takes among a request's header fields, and joins a signature that
 * arrived as a list, as it does behind gateways that split headers at their commas.
 *
 * `names`, `name_lens`, `values`, `value_lens`: `count` pairs, a header of several values once for each
 * of them, in their order. Names match without regard to case, with `_` for `-`, and with HTTP_ in front,
 * as CGI, Rack and PHP have them (HTTP_HOOKRAIL_SIGNATURE).
 * `buffer`, `buffer_size`: take the signature, with a NUL behind it; HOOKRAIL_SIGNATURE_SIZE are always
 * enough. NULL with 0 only asks for the size. `needed` (NULL if of no interest): set to the size it takes
 * with the NUL, also when the buffer is too small. `delivery_id`, `delivery_id_len`: set to the value
 * found, also when the buffer is too small.
 *
 * Ownership: the delivery id points into `values`.
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, it is no webhook),
 * HOOKRAIL_SIGNATURE_MALFORMED (the delivery id is repeated: which one would count? or the signature is
 * longer than 4096 bytes), HOOKRAIL_BUFFER_TOO_SMALL, HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_join_headers(const char *const *names,
                                           const size_t *name_lens,
                                           const char *const *values,
                                           const size_t *value_lens,
                                           size_t count,
                                           char *buffer,
                                           size_t buffer_size,
                                           size_t *needed,
                                           const char **delivery_id,
                                           size_t *delivery_id_len,
                                           struct hookrail_error **error);

/**
 * What hookrail_join_headers() does for a request whose signature is one value, without a buffer.
 *
 * `signature`, `signature_len`, `delivery_id`, `delivery_id_len`: set to the values found. The rest as for
 * hookrail_join_headers(), which receivers behind gateways need.
 *
 * Ownership: what is found points into `values`.
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, it is no webhook),
 * HOOKRAIL_SIGNATURE_MALFORMED (one of them is repeated), HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_find_headers(const char *const *names,
                                           const size_t *name_lens,
                                           const char *const *values,
                                           const size_t *value_lens,
                                           size_t count,
                                           const char **signature,
                                           size_t *signature_len,
                                           const char **delivery_id,
                                           size_t *delivery_id_len,
                                           struct hookrail_error **error);

/**
 * Keeps a pointer, for hosts whose scripts must not get hold of one, and returns a number for it. A script
 * that changes a number gets no more than another of its own handles of the same kind, where a pointer
 * would give it the whole memory. PHP is such a host.
 *
 * `kind`: the caller's number for the type of what it points to. `pointer`: is not looked at; NULL is kept
 * like any other.
 *
 * Ownership: what it points to stays the caller's.
 * Thread-safety: any thread; a process in which several threads call this and its kin must not fork.
 * Returns 1 or more, never the same number twice in a process; 0 only where another function would return
 * HOOKRAIL_INTERNAL.
 */
uint64_t hookrail_pointer_keep(int32_t kind,
                               void *pointer);

/**
 * Returns the pointer that has this number and was kept as this kind; NULL when there is none.
 *
 * Thread-safety: as hookrail_pointer_keep().
 */
void *hookrail_pointer_get(int32_t kind, uint64_t number);

/**
 * Returns the pointer that has this number and was kept as this kind, and forgets it; NULL when there is
 * none.
 *
 * Thread-safety: as hookrail_pointer_keep().
 */
void *hookrail_pointer_take(int32_t kind,
                            uint64_t number);

/**
 * Checks an event and fixes its key and its bytes, without sending it. Store the blob (in a file, in
 * a table of your database, in the same transaction as what it tells of) and send it with
 * hookrail_send_prepared(), from any process and in any language: it has the same outcome as a retry.
 *
 * Arguments as for hookrail_send_event(); of the options the idempotency key and the ordering key
 * count. The blob does not hold the API key.
 *
 * Ownership: free `*out` with hookrail_prepared_free().
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_PAYLOAD_TOO_LARGE (the client's limit).
 */
enum hookrail_status hookrail_event_prepare(const struct hookrail_client *client,
                                            const char *topic,
                                            size_t topic_len,
                                            const char *payload,
                                            size_t payload_len,
                                            const struct hookrail_send_options *options,
                                            struct hookrail_prepared **out,
                                            struct hookrail_error **error);

/**
 * The blob: binary, hookrail_prepared_blob_len() bytes, no NUL behind it; NULL for NULL. The format is
 * documented (docs/prepared-events.md).
 *
 * Ownership: borrowed from the handle.
 */
const char *hookrail_prepared_blob(const struct hookrail_prepared *prepared);

/**
 * The length of the blob in bytes.
 */
size_t hookrail_prepared_blob_len(const struct hookrail_prepared *prepared);

/**
 * The idempotency key of the event; "" for NULL.
 *
 * Ownership: borrowed from the handle.
 */
const char *hookrail_prepared_idempotency_key(const struct hookrail_prepared *prepared);

/**
 * Frees the handle. NULL is fine.
 */
void hookrail_prepared_free(struct hookrail_prepared *prepared);

/**
 * Sends a prepared event. However often and by whomever: with the same producer key the service
 * records it once, as long as it remembers the idempotency key (a day by default).
 *
 * `cancel`: NULL for none. `timeout_ms`: the time for the whole call; 0 or less for the client's
 * total timeout.
 *
 * Ownership: free `*out` with hookrail_accepted_free().
 * Thread-safety: any thread, any number at the same time.
 * Errors: HOOKRAIL_DAMAGED_BLOB (nothing was sent), and those of hookrail_send_event().
 */
enum hookrail_status hookrail_send_prepared(const struct hookrail_client *client,
                                            const char *blob,
                                            size_t blob_len,
                                            const struct hookrail_cancel *cancel,
                                            int64_t timeout_ms,
                                            struct hookrail_accepted **out,
                                            struct hookrail_error **error);

/**
 * Queues an event for the client's own threads to send, and returns at once.
 *
 * Arguments as for hookrail_send_event(). `tag`: comes back with the completion. `flags`: 0 or
 * HOOKRAIL_SUBMIT_NO_COMPLETION. `token`: set to what hookrail_cancel_submitted() takes; NULL if of no
 * interest.
 *
 * Everything that can be wrong with the arguments is said here; what becomes of the event, by exactly
 * one completion (hookrail_poll()). The event has the timeout of the options, or the client's delivery
 * timeout, for queueing and all its attempts; within it the number of retries is not limited. Events
 * with the same ordering key, be it from the options or the payload's member `ordering_key`, are sent one at
 * a time in the order of their submission.
 *
 * Ownership: everything is copied.
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_QUEUE_FULL (collect completions, wait, or drop the event), HOOKRAIL_CLOSED,
 * HOOKRAIL_INVALID_ARGUMENT (also for a cancel token in the options), HOOKRAIL_PAYLOAD_TOO_LARGE,
 * HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor is to be had). Nothing was queued then.
 */
enum hookrail_status hookrail_submit_event(const struct hookrail_client *client,
                                           const char *topic,
                                           size_t topic_len,
                                           const char *payload,
                                           size_t payload_len,
                                           const struct hookrail_send_options *options,
                                           uint64_t tag,
                                           uint32_t flags,
                                           uint64_t *token,
                                           struct hookrail_error **error);

/**
 * Like hookrail_submit_event(), but waits up to `timeout_ms` milliseconds for room in the queue.
 * 0 or less does not wait.
 *
 * Errors: those of hookrail_submit_event(); HOOKRAIL_INTERRUPTED when a signal came before there was
 * room: nothing was queued, call again.
 */
enum hookrail_status hookrail_submit_event_wait(const struct hookrail_client *client,
                                                const char *topic,
                                                size_t topic_len,
                                                const char *payload,
                                                size_t payload_len,
                                                const struct hookrail_send_options *options,
                                                uint64_t tag,
                                                uint32_t flags,
                                                int64_t timeout_ms,
                                                uint64_t *token,
                                                struct hookrail_error **error);

/**
 * Queues a prepared event. `timeout_ms`: its time; 0 or less for the client's delivery timeout. The
 * rest as for hookrail_submit_event().
 *
 * Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_submit_event().
 */
enum hookrail_status hookrail_submit_prepared(const struct hookrail_client *client,
                                              const char *blob,
                                              size_t blob_len,
                                              int64_t timeout_ms,
                                              uint64_t tag,
                                              uint32_t flags,
                                              uint64_t *token,
                                              struct hookrail_error **error);

/**
 * Collects completions.
 *
 * Fills `completions` from its start with up to `capacity` of them and sets `*count`. Waits up to
 * `timeout_ms` milliseconds for the first one: 0 does not wait, less waits without end. When the time
 * is over `*count` is 0. `struct_size`: sizeof(hookrail_completion).
 *
 * Ownership: the handles in what was filled in are the caller's to free.
 * Thread-safety: any thread; each completion goes to one caller.
 * Errors: HOOKRAIL_INTERRUPTED when a signal was delivered to this thread or hookrail_wakeup() was
 * called: `*count` is 0, call again; HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_poll(const struct hookrail_client *client,
                                   struct hookrail_completion *completions,
                                   size_t struct_size,
                                   size_t capacity,
                                   int64_t timeout_ms,
                                   size_t *count,
                                   struct hookrail_error **error);

/**
 * The descriptor that is readable exactly while completions wait, for poll(2), epoll and event loops.
 *
 * Ownership: the library's: neither read nor close it. It lives as long as the client. After fork() the
 * child asks for its own.
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_OUT_OF_RESOURCES (the process is out of file descriptors), HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_event_fd(const struct hookrail_client *client,
                                       int32_t *fd,
                                       struct hookrail_error **error);

/**
 * Ends a hookrail_poll() with HOOKRAIL_INTERRUPTED: the one under way, or the next. NULL is fine.
 *
 * Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
 */
void hookrail_wakeup(const struct hookrail_client *client);

/**
 * Gives a submitted event up. One that waits is completed at once with HOOKRAIL_CANCELLED; one that is
 * being sent is interrupted, and its completion says what is known (its outcome may be
 * HOOKRAIL_OUTCOME_MAYBE_SENT, and it may just have been delivered). Without effect on an event that is
 * completed, and on a token of a parent process.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (NULL).
 */
enum hookrail_status hookrail_cancel_submitted(const struct hookrail_client *client,
                                               uint64_t token,
                                               struct hookrail_error **error);

/**
 * Waits until no event is queued or in flight, for up to `timeout_ms` milliseconds: 0 does not wait,
 * less waits without end. Whether completions were collected does not matter.
 *
 * `remaining` (NULL if of no interest) is set to how many events are still queued or in flight, also
 * with HOOKRAIL_TIMEOUT and HOOKRAIL_INTERRUPTED.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_TIMEOUT, HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again),
 * HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_flush(const struct hookrail_client *client,
                                    int64_t timeout_ms,
                                    size_t *remaining,
                                    struct hookrail_error **error);

/**
 * Gives submitted events up, as hookrail_cancel_submitted() does with one.
 *
 * `flags`: HOOKRAIL_PURGE_QUEUED, HOOKRAIL_PURGE_IN_FLIGHT or both. `purged` (NULL if of no interest)
 * is set to how many events that were.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (NULL, no flag or an unknown one).
 */
enum hookrail_status hookrail_purge(const struct hookrail_client *client,
                                    uint32_t flags,
                                    size_t *purged,
                                    struct hookrail_error **error);

/**
 * Tells how many submitted events wait, how many are being sent, and how many completions were not
 * collected. Each place may be NULL.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL).
 */
enum hookrail_status hookrail_pending(const struct hookrail_client *client,
                                      size_t *queued,
                                      size_t *in_flight,
                                      size_t *completions,
                                      struct hookrail_error **error);

/**
 * Closes the client: takes nothing more in, sends what is queued for up to `timeout_ms` milliseconds (0
 * does not wait, less waits without end), gives up the rest and ends the threads of the producer.
 * Afterwards calls give HOOKRAIL_CLOSED; completions can still be collected. hookrail_client_free() is
 * still due.
 *
 * `unsent` (NULL if of no interest) is set to how many events were given up; each of them has its
 * completion.
 *
 * Thread-safety: any thread. A second call is fine.
 * Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again to go on),
 * HOOKRAIL_INVALID_ARGUMENT.
 */
enum hookrail_status hookrail_client_close(const struct hookrail_client *client,
                                           int64_t timeout_ms,
                                           size_t *unsent,
                                           struct hookrail_error **error);

/**
 * Like hookrail_client_new(), but the library keeps the client beyond its handles, and returns the same one
 * when it is asked with the same `key` and the same certificate authorities. For hosts that forget their
 * variables between requests, like PHP, and would else connect anew for each.
 *
 * `key`: the caller's name for exactly these settings, best a hash of all of them; not empty. What was added by
 * hookrail_client_options_add_ca_file() and hookrail_client_options_add_ca_pem() belongs to the identity by
 * its content, so that a file that was replaced is obeyed by the next client. When a client of the key and
 * these certificate authorities is there, the other arguments are not looked at. A forked child starts
 * without clients.
 *
 * 32 clients are kept. When there are more, the library gives up those that were not asked for the longest,
 * and at any call those that were not asked for in 5 minutes; their connections are closed, and completions
 * that were not collected are lost. A client that has a handle, or events queued or in flight, stays in any
 * case. So a key for each tenant may be used, but one for each request would connect anew for each.
 *
 * Ownership: free `*out` with hookrail_client_free(), which lets go of the handle; the client and its
 * connections stay. hookrail_client_close() would close it for all.
 * Thread-safety: any thread.
 * Errors: those of hookrail_client_new(), HOOKRAIL_INVALID_ARGUMENT (an empty key).
 */
enum hookrail_status hookrail_client_shared(const char *key,
                                            size_t key_len,
                                            const char *api_key,
                                            size_t api_key_len,
                                            const char *base_url,
                                            size_t base_url_len,
                                            const struct hookrail_client_options *options,
                                            struct hookrail_client **out,
                                            struct hookrail_error **error);

/**
 * Makes options that say nothing yet.
 *
 * Ownership: free them with hookrail_send_options_free().
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
struct hookrail_send_options *hookrail_send_options_new(void);

/**
 * Frees options. NULL is fine; so is doing it while a send that was given them is still under way
 * in another thread that has already entered the library.
 */
void hookrail_send_options_free(struct hookrail_send_options *options);

/**
 * Sets the key under which the service recognises the event: sent again with the same key and the
 * same bytes it is not recorded a second time (protocol section 1). Without one, each send gets a
 * random UUID.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 255 bytes or not all visible ASCII and spaces,
 * or begins or ends with a space.
 */
enum hookrail_status hookrail_send_options_set_idempotency_key(struct hookrail_send_options *options,
                                                               const char *key,
                                                               size_t key_len,
                                                               struct hookrail_error **error);

/**
 * Sets the ordering key: events with the same one are delivered in order by ordered subscriptions
 * (protocol section 1).
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 256 bytes or not all visible ASCII and spaces,
 * or begins or ends with a space.
 */
enum hookrail_status hookrail_send_options_set_ordering_key(struct hookrail_send_options *options,
                                                            const char *key,
                                                            size_t key_len,
                                                            struct hookrail_error **error);

/**
 * Sets the time for the whole send, retries and waits included, in milliseconds, in place of the
 * client's total timeout.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
 */
enum hookrail_status hookrail_send_options_set_timeout_ms(struct hookrail_send_options *options,
                                                          int64_t timeout_ms,
                                                          struct hookrail_error **error);

/**
 * Sets the token that ends the send early; NULL takes it away.
 *
 * Ownership: the options keep what they need; `cancel` may be freed at any time.
 * Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
 */
enum hookrail_status hookrail_send_options_set_cancel(struct hookrail_send_options *options,
                                                      const struct hookrail_cancel *cancel,
                                                      struct hookrail_error **error);

/**
 * Verifies the signature of a delivery (protocol section 5).
 *
 * `secrets`, `secret_lens`, `secret_count`: 1 to 16 secrets, of which any may match; each is the text
 * of the endpoint's secret as it is, "whsec_" included. `header`: the value of hookrail-signature.
 * `delivery_id`: the value of hookrail-delivery-id. `body`: the body as received, byte for byte.
 * `tolerance_seconds`: how far the signature's time may be from now, either way, the boundary
 * included; HOOKRAIL_DEFAULT_TOLERANCE. `now_unix`: seconds since 1970, or HOOKRAIL_NOW.
 *
 * The one fallible function without a place for an error: its status says it all.
 *
 * Receivers of more than a few deliveries use a hookrail_verifier, which prepares the secrets once.
 *
 * Thread-safety: any thread.
 * Errors, in this order: HOOKRAIL_INVALID_ARGUMENT (no secret, one that
 * hookrail_verifier_options_add_secret() refuses, more than 16, a negative tolerance, NULL with a length),
 * HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id),
 * HOOKRAIL_TIMESTAMP_TOO_OLD, HOOKRAIL_TIMESTAMP_TOO_NEW, HOOKRAIL_SIGNATURE_MISMATCH.
 */
enum hookrail_status hookrail_verify_signature(const char *const *secrets,
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
 * Signs a delivery the way the service does, for tests and servers that stand in for it.
 *
 * Writes the value of the hookrail-signature header, "t=<timestamp>,v1=<hex>", with a NUL behind it.
 * `buffer` of `buffer_size` bytes takes it; 128 are always enough. NULL with 0 only asks for the size.
 * `needed` (NULL if of no interest) is set to the size it takes with the NUL, also when the buffer is
 * too small.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (a secret that hookrail_verifier_options_add_secret() refuses, a
 * negative timestamp, a delivery id that is not 1 to 128 of A-Z a-z 0-9 _ -), HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
 */
enum hookrail_status hookrail_sign(const char *secret,
                                   size_t secret_len,
                                   int64_t timestamp,
                                   const char *delivery_id,
                                   size_t delivery_id_len,
                                   const char *body,
                                   size_t body_len,
                                   char *buffer,
                                   size_t buffer_size,
                                   size_t *needed,
                                   struct hookrail_error **error);

/**
 * Writes the client's counters as a JSON object with a NUL behind it. All of them only grow, and a
 * forked child counts from 0:
 *
 * "requests" (calls), "attempts", "successes", "replays", "connections_opened",
 * "connections_reused", "bytes_sent", "bytes_received", and two objects by status name: "retries" (why
 * attempts were repeated) and "failures" (what calls ended with). Later versions may add members.
 *
 * `buffer` of `buffer_size` bytes takes it; NULL with 0 only asks for the size. `needed` (NULL if of no
 * interest) is set to the size it takes with the NUL, also when the buffer is too small; the counters
 * may grow in between, so allow for some more.
 *
 * Thread-safety: any thread.
 * Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
 */
enum hookrail_status hookrail_client_stats(const struct hookrail_client *client,
                                           char *buffer,
                                           size_t buffer_size,
                                           size_t *needed,
                                           struct hookrail_error **error);

/**
 * The name of a status, for example "rate_limited"; "unknown" for a number that is none.
 *
 * Takes the number, so that a value from a newer library is no harm.
 * Ownership: the string is static. Thread-safety: any thread, any time.
 */
const char *hookrail_status_name(int32_t status);

/**
 * The name of a delivery state as the protocol has it, for example "in_flight"; "unknown" for a
 * number that is none.
 *
 * Ownership: the string is static. Thread-safety: any thread, any time.
 */
const char *hookrail_delivery_state_name(int32_t state);

/**
 * The name of an outcome, for example "maybe_sent"; "unknown" for a number that is none.
 *
 * Ownership: the string is static. Thread-safety: any thread, any time.
 */
const char *hookrail_outcome_name(int32_t outcome);

/**
 * Says how long the request's Content-Length says that the body is. It may be called at any time before
 * hookrail_verification_finish(), which then tells a body of which a part is missing from one that was
 * changed. A body that matches is accepted, whatever was announced.
 *
 * Errors: HOOKRAIL_BODY_TOO_LARGE (that is over the body's limit: the body need not be read),
 * HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
 */
enum hookrail_status hookrail_verification_set_content_length(struct hookrail_verification *verification,
                                                              uint64_t content_length,
                                                              struct hookrail_error **error);

/**
 * Takes the next piece of the body; empty is fine.
 *
 * Errors: HOOKRAIL_BODY_TOO_LARGE as soon as the body is over its limit, and from then on;
 * HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
 */
enum hookrail_status hookrail_verification_update(struct hookrail_verification *verification,
                                                  const char *chunk,
                                                  size_t chunk_len,
                                                  struct hookrail_error **error);

/**
 * The verdict, the body being complete. `secret_index`, `signed_at` and `skew_seconds` as for
 * hookrail_verifier_verify(). The handle is still to be freed.
 *
 * Errors: HOOKRAIL_SIGNATURE_MISMATCH, HOOKRAIL_BODY_INCOMPLETE (no match, and fewer bytes than
 * hookrail_verification_set_content_length() was told: the connection was cut, or something else read
 * from the body before; answer 408, upon which the service sends the delivery again, which it does not
 * after 400 or 401), HOOKRAIL_BODY_TOO_LARGE (a piece was refused for that), HOOKRAIL_INVALID_ARGUMENT
 * (NULL, or a second time).
 */
enum hookrail_status hookrail_verification_finish(struct hookrail_verification *verification,
                                                  size_t *secret_index,
                                                  int64_t *signed_at,
                                                  int64_t *skew_seconds,
                                                  struct hookrail_error **error);

/**
 * Frees a verification, finished or abandoned. NULL is fine.
 */
void hookrail_verification_free(struct hookrail_verification *verification);

/**
 * Makes options without a secret and with the default tolerance.
 *
 * Ownership: free them with hookrail_verifier_options_free().
 * Returns NULL only where another function would return HOOKRAIL_INTERNAL.
 */
struct hookrail_verifier_options *hookrail_verifier_options_new(void);

/**
 * Frees options and wipes their secrets. NULL is fine. Verifiers made with them are not affected.
 */
void hookrail_verifier_options_free(struct hookrail_verifier_options *options);

/**
 * Adds a secret: the text of the endpoint's secret as it is, "whsec_" included. During a rotation add
 * the old and the new one; any may match.
 *
 * Refused are secrets that are none, as a variable that is not set leaves them (empty, blank, nothing
 * but "whsec_"), and such as the service does not make: with white space at an end, as a file leaves it,
 * or with a control byte. The message names the secret by its number, counted from 1.
 *
 * Ownership: copied.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (such a secret, or the 17th).
 */
enum hookrail_status hookrail_verifier_options_add_secret(struct hookrail_verifier_options *options,
                                                          const char *secret,
                                                          size_t secret_len,
                                                          struct hookrail_error **error);

/**
 * Sets how far the signature's time may be from now, in seconds, either way, the boundary included
 * (default 300). 0 accepts that very second only.
 *
 * Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative.
 */
enum hookrail_status hookrail_verifier_options_set_tolerance(struct hookrail_verifier_options *options,
                                                             int64_t tolerance_seconds,
                                                             struct hookrail_error **error);

/**
 * Makes a verifier.
 *
 * Ownership: free `*out` with hookrail_verifier_free(). Everything is copied.
 * Errors: HOOKRAIL_INVALID_ARGUMENT (no secret was added).
 */
enum hookrail_status hookrail_verifier_new(const struct hookrail_verifier_options *options,
                                           struct hookrail_verifier **out,
                                           struct hookrail_error **error);

/**
 * Frees a verifier and wipes its keys. NULL is fine.
 *
 * Thread-safety: no other thread may use it any more.
 */
void hookrail_verifier_free(struct hookrail_verifier *verifier);

/**
 * Verifies a delivery (protocol section 5).
 *
 * What verifies is the delivery id, the time and the body. The method, the path, the query and the other
 * headers are not signed: who sees one delivery can send it again to another path, or with another
 * hookrail-topic or hookrail-event-id. So decide on what the body says, or have a secret of its own for
 * each path; do not dispatch on hookrail-topic alone.
 *
 * `header`: the value of hookrail-signature. `delivery_id`: the value of hookrail-delivery-id.
 * `body`: the body as received, byte for byte. `now_unix`: seconds since 1970, or HOOKRAIL_NOW.
 * `secret_index`, `signed_at` (seconds since 1970), `skew_seconds` (now minus signed_at): written on
 * success; NULL where of no interest. The index says when an old secret is out of use.
 *
 * Thread-safety: any thread, any number at the same time.
 * Errors, in this order: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_SIGNATURE_MALFORMED (header or delivery
 * id), HOOKRAIL_TIMESTAMP_TOO_OLD, HOOKRAIL_TIMESTAMP_TOO_NEW, HOOKRAIL_SIGNATURE_MISMATCH. Answer all
 * of them alike: the details are not for the sender.
 */
enum hookrail_status hookrail_verifier_verify(const struct hookrail_verifier *verifier,
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
                                              struct hookrail_error **error);

/**
 * Begins to verify a delivery whose body arrives in pieces. Header, delivery id and timestamp are
 * judged at once, so that a body need not be read for a delivery that cannot verify.
 *
 * `body_limit`: the largest body in bytes that is taken; 0 for no limit. The rest as for
 * hookrail_verifier_verify().
 *
 * Ownership: free `*out` with hookrail_verification_free(), finished or not. It needs the verifier no
 * more.
 * Errors: those of hookrail_verifier_verify() that do not depend on the body.
 */
enum hookrail_status hookrail_verifier_begin(const struct hookrail_verifier *verifier,
                                             const char *header,
                                             size_t header_len,
                                             const char *delivery_id,
                                             size_t delivery_id_len,
                                             uint64_t body_limit,
                                             int64_t now_unix,
                                             struct hookrail_verification **out,
                                             struct hookrail_error **error);

/**
 * The version of the loaded library, for example "0.1.0".
 *
 * Ownership: the string is static. Thread-safety: any thread, any time.
 */
const char *hookrail_version(void);

/**
 * The ABI version of the loaded library; must equal HOOKRAIL_ABI_VERSION.
 *
 * Thread-safety: any thread, any time.
 */
int32_t hookrail_abi_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* HOOKRAIL_H */
