/* Cases of abi.h: signing and verifying. */
#include "abi.h"
#include "fixture.h"

#define OK HOOKRAIL_OK
#define INVALID HOOKRAIL_INVALID_ARGUMENT
#define MALFORMED HOOKRAIL_SIGNATURE_MALFORMED
#define MISMATCH HOOKRAIL_SIGNATURE_MISMATCH

#define SECRET "whsec_abi"
#define BODY_TEXT "{}"
#define NOW INT64_C(1781092800)
#define BODY_LIMIT 1024

static const struct bytes_rules header = {MALFORMED, MALFORMED, MALFORMED, MALFORMED, MALFORMED};
static const struct bytes_rules delivery_id = {MALFORMED, MALFORMED, MALFORMED, MALFORMED,
                                               MALFORMED};
static const struct bytes_rules body = {MISMATCH, MISMATCH, MISMATCH, MISMATCH, UNLIMITED};
static const struct bytes_rules chunk = {OK, OK, OK, OK, HOOKRAIL_BODY_TOO_LARGE};
static const struct bytes_rules secret = {INVALID, INVALID, OK, INVALID, UNLIMITED};
static const struct bytes_rules signed_id = {INVALID, INVALID, INVALID, INVALID, INVALID};
static const struct bytes_rules anything = {OK, OK, OK, OK, UNLIMITED};

/* The signature that the service would have sent. */
static const char *signature(void)
{
    static char text[128];
    hookrail_sign(TEXT(SECRET), NOW, TEXT("D1"), TEXT(BODY_TEXT), text, sizeof text, NULL, NULL);
    return text;
}

static hookrail_verification *begun_verification(void)
{
    hookrail_verification *verification = NULL;
    hookrail_verifier_begin(abi.verifier, TEXT(signature()), TEXT("D1"), BODY_LIMIT, NOW,
                            &verification, NULL);
    return verification;
}

static void call_hookrail_verify_signature(void)
{
    const char *const secrets[] = {SECRET};
    const size_t lengths[] = {strlen(SECRET)};
    const char *text = signature();
    STATUS(hookrail_verify_signature(
        ARRAY("secrets", secrets), ARRAY("secret_lens", lengths), 1, BYTES("header", text, header),
        BYTES("delivery_id", "D1", delivery_id), BYTES("body", BODY_TEXT, body),
        HOOKRAIL_DEFAULT_TOLERANCE, NOW));
}

static void call_hookrail_sign(void)
{
    char buffer[128];
    size_t needed = 0;
    STATUS(hookrail_sign(BYTES("secret", SECRET, secret), NOW,
                         BYTES("delivery_id", "D1", signed_id), BYTES("body", BODY_TEXT, anything),
                         NEEDED("buffer", buffer), sizeof buffer, OPTIONAL("needed", &needed),
                         ERROR));
}

static void call_hookrail_explain_signature(void)
{
    char buffer[16384];
    size_t needed = 0;
    const char *text = signature();
    STATUS(hookrail_explain_signature(
        NEEDED("options", abi.verifier_options), BYTES("header", text, anything),
        BYTES("delivery_id", "D1", anything), BYTES("event_id", "E1", anything),
        BYTES("body", BODY_TEXT, anything), NOW, NEEDED("buffer", buffer), sizeof buffer,
        OPTIONAL("needed", &needed), ERROR));
}

static void call_hookrail_join_headers(void)
{
    const char *const names[] = {"hookrail-signature", "hookrail-delivery-id",
                                 "hookrail-signature"};
    const size_t name_lens[] = {strlen(names[0]), strlen(names[1]), strlen(names[2])};
    const char *const values[] = {"t=1", "D1", "v1=0"};
    const size_t value_lens[] = {3, 2, 4};
    char buffer[HOOKRAIL_SIGNATURE_SIZE];
    size_t needed = 0;
    const char *id = NULL;
    size_t id_len = 0;
    STATUS(hookrail_join_headers(ARRAY("names", names), ARRAY("name_lens", name_lens),
                                 ARRAY("values", values), ARRAY("value_lens", value_lens), 3,
                                 NEEDED("buffer", buffer), sizeof buffer,
                                 OPTIONAL("needed", &needed), NEEDED("delivery_id", &id),
                                 NEEDED("delivery_id_len", &id_len), ERROR));
}

static void call_hookrail_find_headers(void)
{
    const char *const names[] = {"hookrail-signature", "hookrail-delivery-id"};
    const size_t name_lens[] = {strlen(names[0]), strlen(names[1])};
    const char *const values[] = {"t=1", "D1"};
    const size_t value_lens[] = {3, 2};
    const char *found[2];
    size_t found_lens[2];
    STATUS(hookrail_find_headers(
        ARRAY("names", names), ARRAY("name_lens", name_lens), ARRAY("values", values),
        ARRAY("value_lens", value_lens), 2, NEEDED("signature", &found[0]),
        NEEDED("signature_len", &found_lens[0]), NEEDED("delivery_id", &found[1]),
        NEEDED("delivery_id_len", &found_lens[1]), ERROR));
}

static void call_hookrail_verifier_options_new(void)
{
    hookrail_verifier_options *options = NULL;
    POINTER_VALUE(options = hookrail_verifier_options_new());
    hookrail_verifier_options_free(options);
}

static void call_hookrail_verifier_options_free(void)
{
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    NO_VALUE(hookrail_verifier_options_free(NEEDED("options", options)));
    if (abi_spoiled != NULL) {
        hookrail_verifier_options_free(options);
    }
}

static void call_hookrail_verifier_options_add_secret(void)
{
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    STATUS(hookrail_verifier_options_add_secret(NEEDED("options", options),
                                                BYTES("secret", SECRET, secret), ERROR));
    hookrail_verifier_options_free(options);
}

static void call_hookrail_verifier_options_set_tolerance(void)
{
    STATUS(hookrail_verifier_options_set_tolerance(NEEDED("options", abi.verifier_options), 300,
                                                   ERROR));
}

static void call_hookrail_verifier_new(void)
{
    hookrail_verifier *out = UNTOUCHED;
    STATUS(
        hookrail_verifier_new(NEEDED("options", abi.verifier_options), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_verifier_free(out);
    }
}

static void call_hookrail_verifier_free(void)
{
    hookrail_verifier *verifier = NULL;
    hookrail_verifier_new(abi.verifier_options, &verifier, NULL);
    NO_VALUE(hookrail_verifier_free(NEEDED("verifier", verifier)));
    if (abi_spoiled != NULL) {
        hookrail_verifier_free(verifier);
    }
}

static void call_hookrail_verifier_verify(void)
{
    size_t index = 0;
    int64_t signed_at = 0;
    int64_t skew = 0;
    const char *text = signature();
    STATUS(hookrail_verifier_verify(
        NEEDED("verifier", abi.verifier), BYTES("header", text, header),
        BYTES("delivery_id", "D1", delivery_id), BYTES("body", BODY_TEXT, body), NOW,
        OPTIONAL("secret_index", &index), OPTIONAL("signed_at", &signed_at),
        OPTIONAL("skew_seconds", &skew), ERROR));
}

static void call_hookrail_verifier_begin(void)
{
    hookrail_verification *out = UNTOUCHED;
    const char *text = signature();
    STATUS(hookrail_verifier_begin(NEEDED("verifier", abi.verifier), BYTES("header", text, header),
                                   BYTES("delivery_id", "D1", delivery_id), BODY_LIMIT, NOW,
                                   NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_verification_free(out);
    }
}

static void call_hookrail_verification_set_content_length(void)
{
    hookrail_verification *verification = begun_verification();
    STATUS(
        hookrail_verification_set_content_length(NEEDED("verification", verification), 2, ERROR));
    hookrail_verification_free(verification);
}

static void call_hookrail_verification_update(void)
{
    hookrail_verification *verification = begun_verification();
    STATUS(hookrail_verification_update(NEEDED("verification", verification),
                                        BYTES("chunk", BODY_TEXT, chunk), ERROR));
    hookrail_verification_free(verification);
}

static void call_hookrail_verification_finish(void)
{
    size_t index = 0;
    int64_t signed_at = 0;
    int64_t skew = 0;
    hookrail_verification *verification = begun_verification();
    hookrail_verification_update(verification, TEXT(BODY_TEXT), NULL);
    STATUS(hookrail_verification_finish(
        NEEDED("verification", verification), OPTIONAL("secret_index", &index),
        OPTIONAL("signed_at", &signed_at), OPTIONAL("skew_seconds", &skew), ERROR));
    hookrail_verification_free(verification);
}

static void call_hookrail_verification_free(void)
{
    hookrail_verification *verification = begun_verification();
    NO_VALUE(hookrail_verification_free(NEEDED("verification", verification)));
    if (abi_spoiled != NULL) {
        hookrail_verification_free(verification);
    }
}

const struct abi_case signature_cases[] = {
    CASE(hookrail_verify_signature),
    CASE(hookrail_sign),
    CASE(hookrail_explain_signature),
    CASE(hookrail_join_headers),
    CASE(hookrail_find_headers),
    CASE_WITH_VALUE(hookrail_verifier_options_new, "NULL"),
    CASE_WITH_VALUE(hookrail_verifier_options_free, ""),
    CASE(hookrail_verifier_options_add_secret),
    CASE(hookrail_verifier_options_set_tolerance),
    CASE(hookrail_verifier_new),
    CASE_WITH_VALUE(hookrail_verifier_free, ""),
    CASE(hookrail_verifier_verify),
    CASE(hookrail_verifier_begin),
    CASE(hookrail_verification_set_content_length),
    CASE(hookrail_verification_update),
    CASE(hookrail_verification_finish),
    CASE_WITH_VALUE(hookrail_verification_free, ""),
    END_OF_CASES,
};
