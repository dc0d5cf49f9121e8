/* Written by cbindgen from src/ffi. Do not edit: run `make header`. */

const char *hookrail_version(void);

int32_t hookrail_abi_version(void);

typedef enum hookrail_status {
    HOOKRAIL_OK = 0,
    HOOKRAIL_INVALID_ARGUMENT = 100,
    HOOKRAIL_CONFIGURATION = 101,
    HOOKRAIL_CLOSED = 102,
    HOOKRAIL_FORKED = 103,
    HOOKRAIL_QUEUE_FULL = 104,
    HOOKRAIL_INTERRUPTED = 105,
    HOOKRAIL_CANCELLED = 106,
    HOOKRAIL_BUFFER_TOO_SMALL = 107,
    HOOKRAIL_BODY_TOO_LARGE = 108,
    HOOKRAIL_DAMAGED_BLOB = 109,
    HOOKRAIL_OUT_OF_RESOURCES = 110,
    HOOKRAIL_BODY_INCOMPLETE = 111,
    HOOKRAIL_CONNECTION = 200,
    HOOKRAIL_TIMEOUT = 201,
    HOOKRAIL_TLS = 202,
    HOOKRAIL_PROTOCOL = 203,
    HOOKRAIL_BAD_REQUEST = 400,
    HOOKRAIL_AUTHENTICATION = 401,
    HOOKRAIL_PERMISSION_DENIED = 403,
    HOOKRAIL_NOT_FOUND = 404,
    HOOKRAIL_CONFLICT = 409,
    HOOKRAIL_PAYLOAD_TOO_LARGE = 413,
    HOOKRAIL_RATE_LIMITED = 429,
    HOOKRAIL_UNEXPECTED_STATUS = 499,
    HOOKRAIL_SERVER_ERROR = 500,
    HOOKRAIL_RETRIES_EXHAUSTED = 600,
    HOOKRAIL_SIGNATURE_MALFORMED = 700,
    HOOKRAIL_TIMESTAMP_TOO_OLD = 701,
    HOOKRAIL_TIMESTAMP_TOO_NEW = 702,
    HOOKRAIL_SIGNATURE_MISMATCH = 703,
    HOOKRAIL_SIGNATURE_MISSING = 704,
    HOOKRAIL_INTERNAL = 900,
} hookrail_status;

typedef enum hookrail_outcome {
    HOOKRAIL_OUTCOME_NONE = 0,
    HOOKRAIL_OUTCOME_DELIVERED = 1,
    HOOKRAIL_OUTCOME_NOT_SENT = 2,
    HOOKRAIL_OUTCOME_REJECTED = 3,
    HOOKRAIL_OUTCOME_MAYBE_SENT = 4,
} hookrail_outcome;

typedef enum hookrail_delivery_state {
    HOOKRAIL_DELIVERY_UNKNOWN = 0,
    HOOKRAIL_DELIVERY_PENDING = 1,
    HOOKRAIL_DELIVERY_IN_FLIGHT = 2,
    HOOKRAIL_DELIVERY_RETRY_SCHEDULED = 3,
    HOOKRAIL_DELIVERY_SUCCEEDED = 4,
    HOOKRAIL_DELIVERY_DEAD_LETTERED = 5,
    HOOKRAIL_DELIVERY_CANCELLED = 6,
    HOOKRAIL_DELIVERY_SKIPPED = 7,
} hookrail_delivery_state;

typedef struct hookrail_error hookrail_error;

typedef struct hookrail_attempt_record {
    uint32_t number;
    int32_t status;
    int32_t http_status;
    int32_t new_connection;
    int64_t started_unix_us;
    uint64_t started_us;
    uint64_t duration_us;
    uint64_t lookup_us;
    uint64_t connect_us;
    uint64_t tls_us;
    uint64_t waiting_us;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    const char *message;
    const char *request_id;
} hookrail_attempt_record;

const char *hookrail_status_name(int64_t status);

const char *hookrail_delivery_state_name(int64_t state);

const char *hookrail_outcome_name(int64_t outcome);

void hookrail_error_free(hookrail_error *error);

hookrail_status hookrail_error_status(const hookrail_error *error);

const char *hookrail_error_message(const hookrail_error *error);

size_t hookrail_error_message_len(const hookrail_error *error);

int32_t hookrail_error_http_status(const hookrail_error *error);

int64_t hookrail_error_retry_after_ms(const hookrail_error *error);

const char *hookrail_error_problem_type(const hookrail_error *error);

const char *hookrail_error_problem_title(const hookrail_error *error);

const char *hookrail_error_problem_detail(const hookrail_error *error);

const char *hookrail_error_body(const hookrail_error *error);

size_t hookrail_error_body_len(const hookrail_error *error);

bool hookrail_error_retryable(const hookrail_error *error);

uint32_t hookrail_error_attempts(const hookrail_error *error);

const char *hookrail_error_idempotency_key(const hookrail_error *error);

hookrail_outcome hookrail_error_outcome(const hookrail_error *error);

const hookrail_error *hookrail_error_cause(const hookrail_error *error);

const hookrail_error *hookrail_error_last(const hookrail_error *error);

size_t hookrail_error_attempt_record_count(const hookrail_error *error);

bool hookrail_error_attempt_record(const hookrail_error *error,
                                   size_t index,
                                   hookrail_attempt_record *record,
                                   size_t record_size);

const char *hookrail_error_request_id(const hookrail_error *error);

typedef enum hookrail_timeout_constants {
    HOOKRAIL_INFINITE = -1,
    HOOKRAIL_DEFAULT_TIMEOUT = 0,
} hookrail_timeout_constants;

typedef enum hookrail_tls_roots {
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
} hookrail_tls_roots;

typedef struct hookrail_client_options hookrail_client_options;

hookrail_client_options *hookrail_client_options_new(void);

void hookrail_client_options_free(hookrail_client_options *options);

hookrail_status hookrail_client_options_set_connect_timeout_ms(hookrail_client_options *options,
                                                               int64_t timeout_ms,
                                                               hookrail_error **error);

hookrail_status hookrail_client_options_set_read_timeout_ms(hookrail_client_options *options,
                                                            int64_t timeout_ms,
                                                            hookrail_error **error);

hookrail_status hookrail_client_options_set_write_timeout_ms(hookrail_client_options *options,
                                                             int64_t timeout_ms,
                                                             hookrail_error **error);

hookrail_status hookrail_client_options_set_total_timeout_ms(hookrail_client_options *options,
                                                             int64_t timeout_ms,
                                                             hookrail_error **error);

hookrail_status hookrail_client_options_set_max_retries(hookrail_client_options *options,
                                                        int32_t max_retries,
                                                        hookrail_error **error);

hookrail_status hookrail_client_options_set_backoff_ms(hookrail_client_options *options,
                                                       int64_t base_ms,
                                                       int64_t cap_ms,
                                                       hookrail_error **error);

hookrail_status hookrail_client_options_set_respect_retry_after(hookrail_client_options *options,
                                                                bool respect,
                                                                hookrail_error **error);

hookrail_status hookrail_client_options_set_payload_limit(hookrail_client_options *options,
                                                          size_t bytes,
                                                          hookrail_error **error);

hookrail_status hookrail_client_options_add_header(hookrail_client_options *options,
                                                   const char *name,
                                                   size_t name_len,
                                                   const char *value,
                                                   size_t value_len,
                                                   hookrail_error **error);

hookrail_status hookrail_client_options_set_user_agent_suffix(hookrail_client_options *options,
                                                              const char *suffix,
                                                              size_t suffix_len,
                                                              hookrail_error **error);

hookrail_status hookrail_client_options_set_binding(hookrail_client_options *options,
                                                    const char *language,
                                                    size_t language_len,
                                                    hookrail_error **error);

hookrail_status hookrail_client_options_set_require_https(hookrail_client_options *options,
                                                          bool require,
                                                          hookrail_error **error);

hookrail_status hookrail_client_options_set_require_base_url(hookrail_client_options *options,
                                                             bool require,
                                                             hookrail_error **error);

hookrail_status hookrail_client_options_add_ca_file(hookrail_client_options *options,
                                                    const char *path,
                                                    size_t path_len,
                                                    hookrail_error **error);

hookrail_status hookrail_client_options_add_ca_pem(hookrail_client_options *options,
                                                   const char *pem,
                                                   size_t pem_len,
                                                   hookrail_error **error);

hookrail_status hookrail_client_options_set_tls_roots(hookrail_client_options *options,
                                                      int64_t roots,
                                                      hookrail_error **error);

hookrail_status hookrail_client_options_set_proxy(hookrail_client_options *options,
                                                  const char *url,
                                                  size_t url_len,
                                                  hookrail_error **error);

hookrail_status hookrail_client_options_set_unix_socket(hookrail_client_options *options,
                                                        const char *path,
                                                        size_t path_len,
                                                        hookrail_error **error);

hookrail_status hookrail_client_options_set_idle_connections(hookrail_client_options *options,
                                                             size_t connections,
                                                             hookrail_error **error);

hookrail_status hookrail_client_options_set_max_connection_age_ms(hookrail_client_options *options,
                                                                  int64_t age_ms,
                                                                  hookrail_error **error);

hookrail_status hookrail_client_options_set_client_certificate_file(hookrail_client_options *options,
                                                                    const char *certificate_path,
                                                                    size_t certificate_path_len,
                                                                    const char *key_path,
                                                                    size_t key_path_len,
                                                                    hookrail_error **error);

hookrail_status hookrail_client_options_set_client_certificate_pem(hookrail_client_options *options,
                                                                   const char *certificate_pem,
                                                                   size_t certificate_pem_len,
                                                                   const char *key_pem,
                                                                   size_t key_pem_len,
                                                                   hookrail_error **error);

hookrail_status hookrail_client_options_set_queue_max_events(hookrail_client_options *options,
                                                             size_t events,
                                                             hookrail_error **error);

hookrail_status hookrail_client_options_set_queue_max_bytes(hookrail_client_options *options,
                                                            size_t bytes,
                                                            hookrail_error **error);

hookrail_status hookrail_client_options_set_workers(hookrail_client_options *options,
                                                    int32_t workers,
                                                    hookrail_error **error);

hookrail_status hookrail_client_options_set_delivery_timeout_ms(hookrail_client_options *options,
                                                                int64_t timeout_ms,
                                                                hookrail_error **error);

typedef struct hookrail_client hookrail_client;

hookrail_status hookrail_client_new(const char *api_key,
                                    size_t api_key_len,
                                    const char *base_url,
                                    size_t base_url_len,
                                    const hookrail_client_options *options,
                                    hookrail_client **out,
                                    hookrail_error **error);

hookrail_status hookrail_client_close(const hookrail_client *client,
                                      int64_t timeout_ms,
                                      size_t *unsent,
                                      hookrail_error **error);

void hookrail_client_free(hookrail_client *client);

hookrail_status hookrail_client_shared(const char *key,
                                       size_t key_len,
                                       const char *api_key,
                                       size_t api_key_len,
                                       const char *base_url,
                                       size_t base_url_len,
                                       const hookrail_client_options *options,
                                       hookrail_client **out,
                                       hookrail_error **error);

hookrail_status hookrail_client_stats(const hookrail_client *client,
                                      char *buffer,
                                      size_t buffer_size,
                                      size_t *needed,
                                      hookrail_error **error);

hookrail_status hookrail_client_metrics(const hookrail_client *client,
                                        char *buffer,
                                        size_t buffer_size,
                                        size_t *needed,
                                        hookrail_error **error);

typedef struct hookrail_cancel hookrail_cancel;

hookrail_status hookrail_cancel_new(hookrail_cancel **out, hookrail_error **error);

void hookrail_cancel_fire(const hookrail_cancel *cancel);

bool hookrail_cancel_is_fired(const hookrail_cancel *cancel);

void hookrail_cancel_free(hookrail_cancel *cancel);

typedef struct hookrail_accepted hookrail_accepted;

typedef struct hookrail_send_options hookrail_send_options;

hookrail_send_options *hookrail_send_options_new(void);

void hookrail_send_options_free(hookrail_send_options *options);

hookrail_status hookrail_send_options_set_idempotency_key(hookrail_send_options *options,
                                                          const char *key,
                                                          size_t key_len,
                                                          hookrail_error **error);

hookrail_status hookrail_send_options_set_ordering_key(hookrail_send_options *options,
                                                       const char *key,
                                                       size_t key_len,
                                                       hookrail_error **error);

hookrail_status hookrail_send_options_add_header(hookrail_send_options *options,
                                                 const char *name,
                                                 size_t name_len,
                                                 const char *value,
                                                 size_t value_len,
                                                 hookrail_error **error);

hookrail_status hookrail_send_options_set_timeout_ms(hookrail_send_options *options,
                                                     int64_t timeout_ms,
                                                     hookrail_error **error);

hookrail_status hookrail_send_options_set_cancel(hookrail_send_options *options,
                                                 const hookrail_cancel *cancel,
                                                 hookrail_error **error);

void hookrail_accepted_free(hookrail_accepted *accepted);

const char *hookrail_accepted_event_id(const hookrail_accepted *accepted);

size_t hookrail_accepted_delivery_count(const hookrail_accepted *accepted);

const char *hookrail_accepted_delivery_id(const hookrail_accepted *accepted, size_t index);

bool hookrail_accepted_replayed(const hookrail_accepted *accepted);

const char *hookrail_accepted_idempotency_key(const hookrail_accepted *accepted);

uint32_t hookrail_accepted_attempts(const hookrail_accepted *accepted);

const char *hookrail_accepted_json(const hookrail_accepted *accepted);

size_t hookrail_accepted_json_len(const hookrail_accepted *accepted);

size_t hookrail_accepted_attempt_record_count(const hookrail_accepted *accepted);

bool hookrail_accepted_attempt_record(const hookrail_accepted *accepted,
                                      size_t index,
                                      hookrail_attempt_record *record,
                                      size_t record_size);

const char *hookrail_accepted_request_id(const hookrail_accepted *accepted);

hookrail_status hookrail_send_event(const hookrail_client *client,
                                    const char *topic,
                                    size_t topic_len,
                                    const char *payload,
                                    size_t payload_len,
                                    const hookrail_send_options *options,
                                    hookrail_accepted **out,
                                    hookrail_error **error);

typedef struct hookrail_prepared hookrail_prepared;

hookrail_status hookrail_event_prepare(const hookrail_client *client,
                                       const char *topic,
                                       size_t topic_len,
                                       const char *payload,
                                       size_t payload_len,
                                       const hookrail_send_options *options,
                                       hookrail_prepared **out,
                                       hookrail_error **error);

const char *hookrail_prepared_blob(const hookrail_prepared *prepared);

size_t hookrail_prepared_blob_len(const hookrail_prepared *prepared);

const char *hookrail_prepared_idempotency_key(const hookrail_prepared *prepared);

void hookrail_prepared_free(hookrail_prepared *prepared);

hookrail_status hookrail_send_prepared(const hookrail_client *client,
                                       const char *blob,
                                       size_t blob_len,
                                       const hookrail_cancel *cancel,
                                       int64_t timeout_ms,
                                       hookrail_accepted **out,
                                       hookrail_error **error);

typedef struct hookrail_event_status hookrail_event_status;

hookrail_status hookrail_get_event(const hookrail_client *client,
                                   const char *event_id,
                                   size_t event_id_len,
                                   const hookrail_cancel *cancel,
                                   int64_t timeout_ms,
                                   hookrail_event_status **out,
                                   hookrail_error **error);

void hookrail_event_status_free(hookrail_event_status *status);

const char *hookrail_event_status_event_id(const hookrail_event_status *status);

const char *hookrail_event_status_topic(const hookrail_event_status *status);

const char *hookrail_event_status_json(const hookrail_event_status *status);

size_t hookrail_event_status_json_len(const hookrail_event_status *status);

size_t hookrail_event_status_delivery_count(const hookrail_event_status *status);

const char *hookrail_event_status_delivery_id(const hookrail_event_status *status,
                                              size_t index);

hookrail_delivery_state hookrail_event_status_delivery_state(const hookrail_event_status *status,
                                                             size_t index);

const char *hookrail_event_status_delivery_state_text(const hookrail_event_status *status,
                                                      size_t index);

bool hookrail_event_status_delivery_attempts_truncated(const hookrail_event_status *status,
                                                       size_t index);

size_t hookrail_event_status_attempt_count(const hookrail_event_status *status,
                                           size_t index);

int64_t hookrail_event_status_attempt_number(const hookrail_event_status *status,
                                             size_t delivery_index,
                                             size_t index);

int64_t hookrail_event_status_attempt_claim_version(const hookrail_event_status *status,
                                                    size_t delivery_index,
                                                    size_t index);

const char *hookrail_event_status_attempt_status(const hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

int64_t hookrail_event_status_attempt_http_status(const hookrail_event_status *status,
                                                  size_t delivery_index,
                                                  size_t index);

const char *hookrail_event_status_attempt_error_class(const hookrail_event_status *status,
                                                      size_t delivery_index,
                                                      size_t index);

int64_t hookrail_event_status_attempt_latency_ms(const hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

size_t hookrail_event_status_attempt_record_count(const hookrail_event_status *status);

bool hookrail_event_status_attempt_record(const hookrail_event_status *status,
                                          size_t index,
                                          hookrail_attempt_record *record,
                                          size_t record_size);

const char *hookrail_event_status_request_id(const hookrail_event_status *status);

typedef struct hookrail_call hookrail_call;

hookrail_status hookrail_call_send(const hookrail_client *client,
                                   const char *topic,
                                   size_t topic_len,
                                   const char *payload,
                                   size_t payload_len,
                                   const hookrail_send_options *options,
                                   hookrail_call **out,
                                   hookrail_error **error);

hookrail_status hookrail_call_send_prepared(const hookrail_client *client,
                                            const char *blob,
                                            size_t blob_len,
                                            int64_t timeout_ms,
                                            hookrail_call **out,
                                            hookrail_error **error);

hookrail_status hookrail_call_get_event(const hookrail_client *client,
                                        const char *event_id,
                                        size_t event_id_len,
                                        int64_t timeout_ms,
                                        hookrail_call **out,
                                        hookrail_error **error);

hookrail_status hookrail_call_wait(const hookrail_call *call,
                                   int64_t timeout_ms,
                                   hookrail_error **error);

int32_t hookrail_call_fd(const hookrail_call *call);

hookrail_status hookrail_call_report(const hookrail_call *call,
                                     uint64_t tag,
                                     hookrail_error **error);

hookrail_status hookrail_calls_fd(const hookrail_client *client,
                                  int32_t *fd,
                                  hookrail_error **error);

hookrail_status hookrail_calls_collect(const hookrail_client *client,
                                       uint64_t *tags,
                                       size_t capacity,
                                       size_t *count,
                                       hookrail_error **error);

void hookrail_call_cancel(const hookrail_call *call);

hookrail_status hookrail_call_finish_send(hookrail_call *call,
                                          hookrail_accepted **out,
                                          hookrail_error **error);

hookrail_status hookrail_call_finish_get_event(hookrail_call *call,
                                               hookrail_event_status **out,
                                               hookrail_error **error);

void hookrail_call_free(hookrail_call *call);

hookrail_status hookrail_send_event_interruptible(const hookrail_client *client,
                                                  const char *topic,
                                                  size_t topic_len,
                                                  const char *payload,
                                                  size_t payload_len,
                                                  const hookrail_send_options *options,
                                                  hookrail_accepted **out,
                                                  hookrail_call **call,
                                                  hookrail_error **error);

hookrail_status hookrail_send_prepared_interruptible(const hookrail_client *client,
                                                     const char *blob,
                                                     size_t blob_len,
                                                     int64_t timeout_ms,
                                                     hookrail_accepted **out,
                                                     hookrail_call **call,
                                                     hookrail_error **error);

typedef enum hookrail_submit_flags {
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
} hookrail_submit_flags;

typedef enum hookrail_purge_flags {
    HOOKRAIL_PURGE_QUEUED = 1,
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
} hookrail_purge_flags;

typedef struct hookrail_completion {
    uint64_t tag;
    uint64_t token;
    int32_t status;
    int32_t outcome;
    int32_t http_status;
    uint32_t attempts;
    uint64_t queued_us;
    uint64_t total_us;
    hookrail_accepted *accepted;
    hookrail_error *error;
    const char *topic;
    const char *idempotency_key;
    const char *ordering_key;
} hookrail_completion;

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

hookrail_status hookrail_submit_prepared(const hookrail_client *client,
                                         const char *blob,
                                         size_t blob_len,
                                         int64_t timeout_ms,
                                         uint64_t tag,
                                         uint32_t flags,
                                         uint64_t *token,
                                         hookrail_error **error);

hookrail_status hookrail_poll(const hookrail_client *client,
                              hookrail_completion *completions,
                              size_t struct_size,
                              size_t capacity,
                              int64_t timeout_ms,
                              size_t *count,
                              hookrail_error **error);

hookrail_status hookrail_event_fd(const hookrail_client *client,
                                  int32_t *fd,
                                  hookrail_error **error);

void hookrail_wakeup(const hookrail_client *client);

hookrail_status hookrail_cancel_submitted(const hookrail_client *client,
                                          uint64_t token,
                                          hookrail_error **error);

hookrail_status hookrail_flush(const hookrail_client *client,
                               int64_t timeout_ms,
                               size_t *remaining,
                               hookrail_error **error);

hookrail_status hookrail_purge(const hookrail_client *client,
                               uint32_t flags,
                               size_t *purged,
                               hookrail_error **error);

hookrail_status hookrail_pending(const hookrail_client *client,
                                 size_t *queued,
                                 size_t *in_flight,
                                 size_t *completions,
                                 hookrail_error **error);

typedef enum hookrail_signature_constants {
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    HOOKRAIL_NOW = -1,
    HOOKRAIL_MAX_SECRETS = 16,
    HOOKRAIL_SIGNATURE_SIZE = 4097,
} hookrail_signature_constants;

typedef struct hookrail_verification hookrail_verification;

typedef struct hookrail_verifier hookrail_verifier;

typedef struct hookrail_verifier_options hookrail_verifier_options;

hookrail_status hookrail_verification_set_content_length(hookrail_verification *verification,
                                                         uint64_t content_length,
                                                         hookrail_error **error);

hookrail_status hookrail_verification_update(hookrail_verification *verification,
                                             const char *chunk,
                                             size_t chunk_len,
                                             hookrail_error **error);

hookrail_status hookrail_verification_finish(hookrail_verification *verification,
                                             size_t *secret_index,
                                             int64_t *signed_at,
                                             int64_t *skew_seconds,
                                             hookrail_error **error);

void hookrail_verification_free(hookrail_verification *verification);

hookrail_verifier_options *hookrail_verifier_options_new(void);

void hookrail_verifier_options_free(hookrail_verifier_options *options);

hookrail_status hookrail_verifier_options_add_secret(hookrail_verifier_options *options,
                                                     const char *secret,
                                                     size_t secret_len,
                                                     hookrail_error **error);

hookrail_status hookrail_verifier_options_set_tolerance(hookrail_verifier_options *options,
                                                        int64_t tolerance_seconds,
                                                        hookrail_error **error);

hookrail_status hookrail_verifier_new(const hookrail_verifier_options *options,
                                      hookrail_verifier **out,
                                      hookrail_error **error);

void hookrail_verifier_free(hookrail_verifier *verifier);

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

hookrail_status hookrail_verifier_begin(const hookrail_verifier *verifier,
                                        const char *header,
                                        size_t header_len,
                                        const char *delivery_id,
                                        size_t delivery_id_len,
                                        uint64_t body_limit,
                                        int64_t now_unix,
                                        hookrail_verification **out,
                                        hookrail_error **error);

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

uint64_t hookrail_pointer_keep(int32_t kind, void *pointer);

void *hookrail_pointer_get(int32_t kind, uint64_t number);

void *hookrail_pointer_take(int32_t kind, uint64_t number);
