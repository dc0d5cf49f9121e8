/* Written by cbindgen from src/ffi. Do not edit: run `make header`. */

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

typedef enum hookrail_signature_constants {
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    HOOKRAIL_NOW = -1,
    HOOKRAIL_MAX_SECRETS = 16,
    HOOKRAIL_SIGNATURE_SIZE = 4097,
} hookrail_signature_constants;

typedef enum hookrail_tls_roots {
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
} hookrail_tls_roots;

typedef enum hookrail_submit_flags {
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
} hookrail_submit_flags;

typedef enum hookrail_purge_flags {
    HOOKRAIL_PURGE_QUEUED = 1,
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
} hookrail_purge_flags;

typedef struct hookrail_accepted hookrail_accepted;

typedef struct hookrail_call hookrail_call;

typedef struct hookrail_cancel hookrail_cancel;

typedef struct hookrail_client hookrail_client;

typedef struct hookrail_client_options hookrail_client_options;

typedef struct hookrail_error hookrail_error;

typedef struct hookrail_event_status hookrail_event_status;

typedef struct hookrail_prepared hookrail_prepared;

typedef struct hookrail_send_options hookrail_send_options;

typedef struct hookrail_verification hookrail_verification;

typedef struct hookrail_verifier hookrail_verifier;

typedef struct hookrail_verifier_options hookrail_verifier_options;

typedef struct hookrail_completion {
    uint64_t tag;
    uint64_t token;
    int32_t status;
    int32_t outcome;
    int32_t http_status;
    uint32_t attempts;
    uint64_t queued_us;
    uint64_t total_us;
    struct hookrail_accepted *accepted;
    struct hookrail_error *error;
} hookrail_completion;

void hookrail_accepted_free(struct hookrail_accepted *accepted);

const char *hookrail_accepted_event_id(const struct hookrail_accepted *accepted);

size_t hookrail_accepted_delivery_count(const struct hookrail_accepted *accepted);

const char *hookrail_accepted_delivery_id(const struct hookrail_accepted *accepted, size_t index);

bool hookrail_accepted_replayed(const struct hookrail_accepted *accepted);

const char *hookrail_accepted_idempotency_key(const struct hookrail_accepted *accepted);

uint32_t hookrail_accepted_attempts(const struct hookrail_accepted *accepted);

const char *hookrail_accepted_json(const struct hookrail_accepted *accepted);

size_t hookrail_accepted_json_len(const struct hookrail_accepted *accepted);

enum hookrail_status hookrail_call_send(const struct hookrail_client *client,
                                        const char *topic,
                                        size_t topic_len,
                                        const char *payload,
                                        size_t payload_len,
                                        const struct hookrail_send_options *options,
                                        struct hookrail_call **out,
                                        struct hookrail_error **error);

enum hookrail_status hookrail_call_send_prepared(const struct hookrail_client *client,
                                                 const char *blob,
                                                 size_t blob_len,
                                                 int64_t timeout_ms,
                                                 struct hookrail_call **out,
                                                 struct hookrail_error **error);

enum hookrail_status hookrail_call_get_event(const struct hookrail_client *client,
                                             const char *event_id,
                                             size_t event_id_len,
                                             int64_t timeout_ms,
                                             struct hookrail_call **out,
                                             struct hookrail_error **error);

enum hookrail_status hookrail_call_wait(const struct hookrail_call *call,
                                        int64_t timeout_ms,
                                        struct hookrail_error **error);

int32_t hookrail_call_fd(const struct hookrail_call *call);

void hookrail_call_cancel(const struct hookrail_call *call);

enum hookrail_status hookrail_call_finish_send(struct hookrail_call *call,
                                               struct hookrail_accepted **out,
                                               struct hookrail_error **error);

enum hookrail_status hookrail_call_finish_get_event(struct hookrail_call *call,
                                                    struct hookrail_event_status **out,
                                                    struct hookrail_error **error);

void hookrail_call_free(struct hookrail_call *call);

enum hookrail_status hookrail_cancel_new(struct hookrail_cancel **out,
                                         struct hookrail_error **error);

void hookrail_cancel_fire(const struct hookrail_cancel *cancel);

bool hookrail_cancel_is_fired(const struct hookrail_cancel *cancel);

void hookrail_cancel_free(struct hookrail_cancel *cancel);

enum hookrail_status hookrail_client_new(const char *api_key,
                                         size_t api_key_len,
                                         const char *base_url,
                                         size_t base_url_len,
                                         const struct hookrail_client_options *options,
                                         struct hookrail_client **out,
                                         struct hookrail_error **error);

void hookrail_client_free(struct hookrail_client *client);

enum hookrail_status hookrail_send_event(const struct hookrail_client *client,
                                         const char *topic,
                                         size_t topic_len,
                                         const char *payload,
                                         size_t payload_len,
                                         const struct hookrail_send_options *options,
                                         struct hookrail_accepted **out,
                                         struct hookrail_error **error);

enum hookrail_status hookrail_get_event(const struct hookrail_client *client,
                                        const char *event_id,
                                        size_t event_id_len,
                                        const struct hookrail_cancel *cancel,
                                        int64_t timeout_ms,
                                        struct hookrail_event_status **out,
                                        struct hookrail_error **error);

struct hookrail_client_options *hookrail_client_options_new(void);

void hookrail_client_options_free(struct hookrail_client_options *options);

enum hookrail_status hookrail_client_options_set_connect_timeout_ms(struct hookrail_client_options *options,
                                                                    int64_t timeout_ms,
                                                                    struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_read_timeout_ms(struct hookrail_client_options *options,
                                                                 int64_t timeout_ms,
                                                                 struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_write_timeout_ms(struct hookrail_client_options *options,
                                                                  int64_t timeout_ms,
                                                                  struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_total_timeout_ms(struct hookrail_client_options *options,
                                                                  int64_t timeout_ms,
                                                                  struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_max_retries(struct hookrail_client_options *options,
                                                             int32_t max_retries,
                                                             struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_backoff_ms(struct hookrail_client_options *options,
                                                            int64_t base_ms,
                                                            int64_t cap_ms,
                                                            struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_respect_retry_after(struct hookrail_client_options *options,
                                                                     bool respect,
                                                                     struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_require_https(struct hookrail_client_options *options,
                                                               bool require,
                                                               struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_require_base_url(struct hookrail_client_options *options,
                                                                  bool require,
                                                                  struct hookrail_error **error);

enum hookrail_status hookrail_client_options_add_ca_file(struct hookrail_client_options *options,
                                                         const char *path,
                                                         size_t path_len,
                                                         struct hookrail_error **error);

enum hookrail_status hookrail_client_options_add_ca_pem(struct hookrail_client_options *options,
                                                        const char *pem,
                                                        size_t pem_len,
                                                        struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_tls_roots(struct hookrail_client_options *options,
                                                           int32_t roots,
                                                           struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_proxy(struct hookrail_client_options *options,
                                                       const char *url,
                                                       size_t url_len,
                                                       struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_idle_connections(struct hookrail_client_options *options,
                                                                  size_t connections,
                                                                  struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_max_connection_age_ms(struct hookrail_client_options *options,
                                                                       int64_t age_ms,
                                                                       struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_payload_limit(struct hookrail_client_options *options,
                                                               size_t bytes,
                                                               struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_queue_max_events(struct hookrail_client_options *options,
                                                                  size_t events,
                                                                  struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_queue_max_bytes(struct hookrail_client_options *options,
                                                                 size_t bytes,
                                                                 struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_workers(struct hookrail_client_options *options,
                                                         int32_t workers,
                                                         struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_delivery_timeout_ms(struct hookrail_client_options *options,
                                                                     int64_t timeout_ms,
                                                                     struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_user_agent_suffix(struct hookrail_client_options *options,
                                                                   const char *suffix,
                                                                   size_t suffix_len,
                                                                   struct hookrail_error **error);

enum hookrail_status hookrail_client_options_set_binding(struct hookrail_client_options *options,
                                                         const char *language,
                                                         size_t language_len,
                                                         struct hookrail_error **error);

void hookrail_error_free(struct hookrail_error *error);

enum hookrail_status hookrail_error_status(const struct hookrail_error *error);

const char *hookrail_error_message(const struct hookrail_error *error);

size_t hookrail_error_message_len(const struct hookrail_error *error);

int32_t hookrail_error_http_status(const struct hookrail_error *error);

int64_t hookrail_error_retry_after_ms(const struct hookrail_error *error);

const char *hookrail_error_problem_type(const struct hookrail_error *error);

const char *hookrail_error_problem_title(const struct hookrail_error *error);

const char *hookrail_error_problem_detail(const struct hookrail_error *error);

const char *hookrail_error_body(const struct hookrail_error *error);

size_t hookrail_error_body_len(const struct hookrail_error *error);

bool hookrail_error_retryable(const struct hookrail_error *error);

uint32_t hookrail_error_attempts(const struct hookrail_error *error);

const char *hookrail_error_idempotency_key(const struct hookrail_error *error);

enum hookrail_outcome hookrail_error_outcome(const struct hookrail_error *error);

const struct hookrail_error *hookrail_error_cause(const struct hookrail_error *error);

const struct hookrail_error *hookrail_error_last(const struct hookrail_error *error);

void hookrail_event_status_free(struct hookrail_event_status *status);

const char *hookrail_event_status_event_id(const struct hookrail_event_status *status);

const char *hookrail_event_status_topic(const struct hookrail_event_status *status);

const char *hookrail_event_status_json(const struct hookrail_event_status *status);

size_t hookrail_event_status_json_len(const struct hookrail_event_status *status);

size_t hookrail_event_status_delivery_count(const struct hookrail_event_status *status);

const char *hookrail_event_status_delivery_id(const struct hookrail_event_status *status,
                                              size_t index);

enum hookrail_delivery_state hookrail_event_status_delivery_state(const struct hookrail_event_status *status,
                                                                  size_t index);

const char *hookrail_event_status_delivery_state_text(const struct hookrail_event_status *status,
                                                      size_t index);

bool hookrail_event_status_delivery_attempts_truncated(const struct hookrail_event_status *status,
                                                       size_t index);

size_t hookrail_event_status_attempt_count(const struct hookrail_event_status *status,
                                           size_t index);

int64_t hookrail_event_status_attempt_number(const struct hookrail_event_status *status,
                                             size_t delivery_index,
                                             size_t index);

int64_t hookrail_event_status_attempt_claim_version(const struct hookrail_event_status *status,
                                                    size_t delivery_index,
                                                    size_t index);

const char *hookrail_event_status_attempt_status(const struct hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

int64_t hookrail_event_status_attempt_http_status(const struct hookrail_event_status *status,
                                                  size_t delivery_index,
                                                  size_t index);

const char *hookrail_event_status_attempt_error_class(const struct hookrail_event_status *status,
                                                      size_t delivery_index,
                                                      size_t index);

int64_t hookrail_event_status_attempt_latency_ms(const struct hookrail_event_status *status,
                                                 size_t delivery_index,
                                                 size_t index);

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

uint64_t hookrail_pointer_keep(int32_t kind, void *pointer);

void *hookrail_pointer_get(int32_t kind, uint64_t number);

void *hookrail_pointer_take(int32_t kind, uint64_t number);

enum hookrail_status hookrail_event_prepare(const struct hookrail_client *client,
                                            const char *topic,
                                            size_t topic_len,
                                            const char *payload,
                                            size_t payload_len,
                                            const struct hookrail_send_options *options,
                                            struct hookrail_prepared **out,
                                            struct hookrail_error **error);

const char *hookrail_prepared_blob(const struct hookrail_prepared *prepared);

size_t hookrail_prepared_blob_len(const struct hookrail_prepared *prepared);

const char *hookrail_prepared_idempotency_key(const struct hookrail_prepared *prepared);

void hookrail_prepared_free(struct hookrail_prepared *prepared);

enum hookrail_status hookrail_send_prepared(const struct hookrail_client *client,
                                            const char *blob,
                                            size_t blob_len,
                                            const struct hookrail_cancel *cancel,
                                            int64_t timeout_ms,
                                            struct hookrail_accepted **out,
                                            struct hookrail_error **error);

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

enum hookrail_status hookrail_submit_prepared(const struct hookrail_client *client,
                                              const char *blob,
                                              size_t blob_len,
                                              int64_t timeout_ms,
                                              uint64_t tag,
                                              uint32_t flags,
                                              uint64_t *token,
                                              struct hookrail_error **error);

enum hookrail_status hookrail_poll(const struct hookrail_client *client,
                                   struct hookrail_completion *completions,
                                   size_t struct_size,
                                   size_t capacity,
                                   int64_t timeout_ms,
                                   size_t *count,
                                   struct hookrail_error **error);

enum hookrail_status hookrail_event_fd(const struct hookrail_client *client,
                                       int32_t *fd,
                                       struct hookrail_error **error);

void hookrail_wakeup(const struct hookrail_client *client);

enum hookrail_status hookrail_cancel_submitted(const struct hookrail_client *client,
                                               uint64_t token,
                                               struct hookrail_error **error);

enum hookrail_status hookrail_flush(const struct hookrail_client *client,
                                    int64_t timeout_ms,
                                    size_t *remaining,
                                    struct hookrail_error **error);

enum hookrail_status hookrail_purge(const struct hookrail_client *client,
                                    uint32_t flags,
                                    size_t *purged,
                                    struct hookrail_error **error);

enum hookrail_status hookrail_pending(const struct hookrail_client *client,
                                      size_t *queued,
                                      size_t *in_flight,
                                      size_t *completions,
                                      struct hookrail_error **error);

enum hookrail_status hookrail_client_close(const struct hookrail_client *client,
                                           int64_t timeout_ms,
                                           size_t *unsent,
                                           struct hookrail_error **error);

enum hookrail_status hookrail_client_shared(const char *key,
                                            size_t key_len,
                                            const char *api_key,
                                            size_t api_key_len,
                                            const char *base_url,
                                            size_t base_url_len,
                                            const struct hookrail_client_options *options,
                                            struct hookrail_client **out,
                                            struct hookrail_error **error);

struct hookrail_send_options *hookrail_send_options_new(void);

void hookrail_send_options_free(struct hookrail_send_options *options);

enum hookrail_status hookrail_send_options_set_idempotency_key(struct hookrail_send_options *options,
                                                               const char *key,
                                                               size_t key_len,
                                                               struct hookrail_error **error);

enum hookrail_status hookrail_send_options_set_ordering_key(struct hookrail_send_options *options,
                                                            const char *key,
                                                            size_t key_len,
                                                            struct hookrail_error **error);

enum hookrail_status hookrail_send_options_set_timeout_ms(struct hookrail_send_options *options,
                                                          int64_t timeout_ms,
                                                          struct hookrail_error **error);

enum hookrail_status hookrail_send_options_set_cancel(struct hookrail_send_options *options,
                                                      const struct hookrail_cancel *cancel,
                                                      struct hookrail_error **error);

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

enum hookrail_status hookrail_client_stats(const struct hookrail_client *client,
                                           char *buffer,
                                           size_t buffer_size,
                                           size_t *needed,
                                           struct hookrail_error **error);

const char *hookrail_status_name(int32_t status);

const char *hookrail_delivery_state_name(int32_t state);

const char *hookrail_outcome_name(int32_t outcome);

enum hookrail_status hookrail_verification_set_content_length(struct hookrail_verification *verification,
                                                              uint64_t content_length,
                                                              struct hookrail_error **error);

enum hookrail_status hookrail_verification_update(struct hookrail_verification *verification,
                                                  const char *chunk,
                                                  size_t chunk_len,
                                                  struct hookrail_error **error);

enum hookrail_status hookrail_verification_finish(struct hookrail_verification *verification,
                                                  size_t *secret_index,
                                                  int64_t *signed_at,
                                                  int64_t *skew_seconds,
                                                  struct hookrail_error **error);

void hookrail_verification_free(struct hookrail_verification *verification);

struct hookrail_verifier_options *hookrail_verifier_options_new(void);

void hookrail_verifier_options_free(struct hookrail_verifier_options *options);

enum hookrail_status hookrail_verifier_options_add_secret(struct hookrail_verifier_options *options,
                                                          const char *secret,
                                                          size_t secret_len,
                                                          struct hookrail_error **error);

enum hookrail_status hookrail_verifier_options_set_tolerance(struct hookrail_verifier_options *options,
                                                             int64_t tolerance_seconds,
                                                             struct hookrail_error **error);

enum hookrail_status hookrail_verifier_new(const struct hookrail_verifier_options *options,
                                           struct hookrail_verifier **out,
                                           struct hookrail_error **error);

void hookrail_verifier_free(struct hookrail_verifier *verifier);

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

enum hookrail_status hookrail_verifier_begin(const struct hookrail_verifier *verifier,
                                             const char *header,
                                             size_t header_len,
                                             const char *delivery_id,
                                             size_t delivery_id_len,
                                             uint64_t body_limit,
                                             int64_t now_unix,
                                             struct hookrail_verification **out,
                                             struct hookrail_error **error);

const char *hookrail_version(void);

int32_t hookrail_abi_version(void);
