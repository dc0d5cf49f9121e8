/* Commands about signatures. */
#include <stdlib.h>

#include "commands.h"

/* Makes the verifier of a request; the status says whether there is one. */
static hookrail_status new_verifier(struct request *request, hookrail_verifier **verifier,
                                    hookrail_error **error)
{
    struct byte_list secrets = get_list(request, "secrets", 0);
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    hookrail_status status = HOOKRAIL_OK;
    if (has(request->members, "tolerance")) {
        int64_t tolerance = get_int(request->members, "tolerance");
        status = hookrail_verifier_options_set_tolerance(options, tolerance, error);
    }
    for (size_t index = 0; index < secrets.count && status == HOOKRAIL_OK; index++) {
        status = hookrail_verifier_options_add_secret(options, secrets.data[index],
                                                      secrets.lengths[index], error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_verifier_new(options, verifier, error);
    }
    hookrail_verifier_options_free(options);
    return status;
}

static int64_t now(const struct request *request)
{
    return get_int_or(request->members, "now", HOOKRAIL_NOW);
}

/* The result of a successful verification. */
struct verified {
    size_t secret_index;
    int64_t signed_at;
    int64_t skew_seconds;
};

static json_t *verified_result(const struct verified *verified)
{
    return json_pack("{s:I, s:I, s:I}", "secret_index", (json_int_t)verified->secret_index,
                     "signed_at", (json_int_t)verified->signed_at, "skew_seconds",
                     (json_int_t)verified->skew_seconds);
}

static json_t *reply_verified(hookrail_status status, hookrail_error *error,
                              const struct verified *verified)
{
    return status == HOOKRAIL_OK ? reply_ok(verified_result(verified)) : reply_error(status, error);
}

json_t *verify(struct request *request)
{
    struct bytes header = get_bytes(request, request->members, "header");
    struct bytes delivery_id = get_bytes(request, request->members, "delivery_id");
    struct bytes body = get_bytes(request, request->members, "body");
    struct verified verified = {0};
    hookrail_verifier *verifier = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_verifier(request, &verifier, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_verifier_verify(verifier, BYTES(header), BYTES(delivery_id), BYTES(body),
                                          now(request), &verified.secret_index, &verified.signed_at,
                                          &verified.skew_seconds, &error);
    }
    hookrail_verifier_free(verifier);
    return reply_verified(status, error, &verified);
}

json_t *verify_chunks(struct request *request)
{
    struct bytes header = get_bytes(request, request->members, "header");
    struct bytes delivery_id = get_bytes(request, request->members, "delivery_id");
    struct byte_list chunks = get_list(request, "chunks", 0);
    uint64_t limit = (uint64_t)get_int(request->members, "body_limit");
    struct verified verified = {0};
    hookrail_verifier *verifier = NULL;
    hookrail_verification *verification = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_verifier(request, &verifier, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_verifier_begin(verifier, BYTES(header), BYTES(delivery_id), limit,
                                         now(request), &verification, &error);
    }
    for (size_t index = 0; index < chunks.count && status == HOOKRAIL_OK; index++) {
        status = hookrail_verification_update(verification, chunks.data[index],
                                              chunks.lengths[index], &error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_verification_finish(verification, &verified.secret_index,
                                              &verified.signed_at, &verified.skew_seconds, &error);
    }
    hookrail_verification_free(verification);
    hookrail_verifier_free(verifier);
    return reply_verified(status, error, &verified);
}

json_t *verify_once(struct request *request)
{
    struct byte_list secrets = get_list(request, "secrets", 0);
    struct bytes header = get_bytes(request, request->members, "header");
    struct bytes delivery_id = get_bytes(request, request->members, "delivery_id");
    struct bytes body = get_bytes(request, request->members, "body");
    int64_t tolerance = get_int_or(request->members, "tolerance", HOOKRAIL_DEFAULT_TOLERANCE);
    hookrail_status status =
        hookrail_verify_signature(secrets.data, secrets.lengths, secrets.count, BYTES(header),
                                  BYTES(delivery_id), BYTES(body), tolerance, now(request));
    return status == HOOKRAIL_OK ? reply_ok(json_object()) : reply_error(status, NULL);
}

json_t *verify_request(struct request *request)
{
    struct byte_list names = get_list(request, "headers", 0);
    struct byte_list values = get_list(request, "headers", 1);
    struct bytes body = get_bytes(request, request->members, "body");
    char signature[HOOKRAIL_SIGNATURE_SIZE];
    size_t signature_size = 0;
    struct bytes delivery_id = {NULL, 0};
    struct verified verified = {0};
    hookrail_verifier *verifier = NULL;
    hookrail_error *error = NULL;
    hookrail_status status = new_verifier(request, &verifier, &error);
    if (status == HOOKRAIL_OK) {
        status = hookrail_join_headers(names.data, names.lengths, values.data, values.lengths,
                                       names.count, signature, sizeof signature, &signature_size,
                                       &delivery_id.data, &delivery_id.length, &error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_verifier_verify(
            verifier, signature, signature_size - 1, BYTES(delivery_id), BYTES(body), now(request),
            &verified.secret_index, &verified.signed_at, &verified.skew_seconds, &error);
    }
    hookrail_verifier_free(verifier);
    if (status != HOOKRAIL_OK) {
        return reply_error(status, error);
    }
    json_t *result = verified_result(&verified);
    json_object_set_new(result, "delivery_id", json_stringn(BYTES(delivery_id)));
    return reply_ok(result);
}

json_t *sign(struct request *request)
{
    struct bytes secret = get_bytes(request, request->members, "secret");
    struct bytes delivery_id = get_bytes(request, request->members, "delivery_id");
    struct bytes body = get_bytes(request, request->members, "body");
    int64_t timestamp = get_int(request->members, "timestamp");
    char header[128];
    hookrail_error *error = NULL;
    hookrail_status status = hookrail_sign(BYTES(secret), timestamp, BYTES(delivery_id),
                                           BYTES(body), header, sizeof header, NULL, &error);
    return status == HOOKRAIL_OK ? reply_ok(json_pack("{s:s}", "header", header))
                                 : reply_error(status, error);
}
