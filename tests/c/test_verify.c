/* Verifying and signing deliveries. */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "fixture.h"
#include "harness.h"

/* A delivery that the service itself has signed (protocol section 5). */
#define SECRET "whsec_test_secret"
#define DELIVERY_ID "01JXAMPLEDELIVERYID0000000"
#define BODY "{\"order_id\":\"o_1\",\"amount\":42}"
#define SIGNED_AT INT64_C(1781092800)
#define MAC "d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644"
#define HEADER "t=1781092800,v1=" MAC
#define OTHER_MAC "0000000000000000000000000000000000000000000000000000000000000000"

static hookrail_status verify_once(const char *header, const char *delivery_id, const char *body,
                                   int64_t tolerance, int64_t now)
{
    const char *secrets[] = {"whsec_old", SECRET};
    const size_t lengths[] = {strlen("whsec_old"), strlen(SECRET)};
    return hookrail_verify_signature(secrets, lengths, 2, TEXT(header), TEXT(delivery_id),
                                     TEXT(body), tolerance, now);
}

static hookrail_verifier *new_verifier(int64_t tolerance)
{
    hookrail_verifier *verifier = NULL;
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT("whsec_old"), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(SECRET), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verifier_options_set_tolerance(options, tolerance, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verifier_new(options, &verifier, NULL), HOOKRAIL_OK);
    hookrail_verifier_options_free(options);
    return verifier;
}

static const struct {
    const char *header;
    const char *delivery_id;
    const char *body;
    int64_t now;
    hookrail_status status;
} cases[] = {
    {HEADER, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_OK},
    {HEADER, DELIVERY_ID, BODY, SIGNED_AT + 300, HOOKRAIL_OK},
    {HEADER, DELIVERY_ID, BODY, SIGNED_AT - 300, HOOKRAIL_OK},
    {HEADER, DELIVERY_ID, BODY, SIGNED_AT + 301, HOOKRAIL_TIMESTAMP_TOO_OLD},
    {HEADER, DELIVERY_ID, BODY, SIGNED_AT - 301, HOOKRAIL_TIMESTAMP_TOO_NEW},
    {HEADER, DELIVERY_ID, BODY, INT64_MAX, HOOKRAIL_TIMESTAMP_TOO_OLD},
    {HEADER, DELIVERY_ID, BODY " ", SIGNED_AT, HOOKRAIL_SIGNATURE_MISMATCH},
    {HEADER, DELIVERY_ID, "", SIGNED_AT, HOOKRAIL_SIGNATURE_MISMATCH},
    {HEADER, "01JXAMPLEDELIVERYID0000001", BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MISMATCH},
    {HEADER, "", BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {HEADER, "a.b", BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=1781092801,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MISMATCH},
    {"v1=" MAC ", t=1781092800", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_OK},
    {"t=1781092800,v1=" OTHER_MAC ",v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_OK},
    {"t=1781092800,v0=x,other,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_OK},
    {"t=1781092800,v1=" OTHER_MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MISMATCH},
    {"t=1781092800,t=1781092800,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT,
     HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=+1781092800,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=01781092800,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=-1781092800,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=,v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"v1=" MAC, DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=1781092800", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=1781092800,v1=d270845b", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"t=1781092800,v1=" MAC "\n", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
    {"garbage", DELIVERY_ID, BODY, SIGNED_AT, HOOKRAIL_SIGNATURE_MALFORMED},
};

static void test_the_three_ways_to_verify_agree(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *body = cases[i].body;
        const hookrail_status expected = cases[i].status;
        hookrail_error *error = NULL;
        CHECK_INT(verify_once(cases[i].header, cases[i].delivery_id, body, 300, cases[i].now),
                  expected);
        CHECK_INT(hookrail_verifier_verify(verifier, TEXT(cases[i].header),
                                           TEXT(cases[i].delivery_id), TEXT(body), cases[i].now,
                                           NULL, NULL, NULL, &error),
                  expected);
        CHECK_INT(hookrail_error_status(error), expected);
        hookrail_error_free(error);

        hookrail_verification *verification = NULL;
        hookrail_status status =
            hookrail_verifier_begin(verifier, TEXT(cases[i].header), TEXT(cases[i].delivery_id), 0,
                                    cases[i].now, &verification, NULL);
        if (status == HOOKRAIL_OK) {
            for (size_t at = 0; at < strlen(body); at++) {
                CHECK_INT(hookrail_verification_update(verification, body + at, 1, NULL),
                          HOOKRAIL_OK);
            }
            status = hookrail_verification_finish(verification, NULL, NULL, NULL, NULL);
        }
        CHECK_INT(status, expected);
        CHECK((verification != NULL)
              == (expected == HOOKRAIL_OK || expected == HOOKRAIL_SIGNATURE_MISMATCH));
        hookrail_verification_free(verification);
    }
    hookrail_verifier_free(verifier);
}

static void test_success_says_which_secret_when_and_how_far_off(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    size_t index = 99;
    int64_t signed_at = 0;
    int64_t skew = 0;
    CHECK_INT(hookrail_verifier_verify(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), TEXT(BODY),
                                       SIGNED_AT + 7, &index, &signed_at, &skew, NULL),
              HOOKRAIL_OK);
    CHECK_INT(index, 1);
    CHECK_INT(signed_at, SIGNED_AT);
    CHECK_INT(skew, 7);

    index = 99;
    signed_at = skew = -77;
    CHECK_INT(hookrail_verifier_verify(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), TEXT("forged"),
                                       SIGNED_AT, &index, &signed_at, &skew, NULL),
              HOOKRAIL_SIGNATURE_MISMATCH);
    CHECK_INT(index, 99);
    CHECK_INT(signed_at, -77);
    CHECK_INT(skew, -77);

    hookrail_verification *verification = NULL;
    REQUIRE(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), 0, SIGNED_AT - 9,
                                    &verification, NULL)
            == HOOKRAIL_OK);
    /* The verifier is no longer needed. */
    hookrail_verifier_free(verifier);
    CHECK_INT(hookrail_verification_update(verification, TEXT(BODY), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_finish(verification, &index, &signed_at, &skew, NULL),
              HOOKRAIL_OK);
    CHECK_INT(index, 1);
    CHECK_INT(signed_at, SIGNED_AT);
    CHECK_INT(skew, -9);
    hookrail_verification_free(verification);
}

static void test_the_tolerance_is_what_was_set(void)
{
    CHECK_INT(verify_once(HEADER, DELIVERY_ID, BODY, 0, SIGNED_AT), HOOKRAIL_OK);
    CHECK_INT(verify_once(HEADER, DELIVERY_ID, BODY, 0, SIGNED_AT + 1), HOOKRAIL_TIMESTAMP_TOO_OLD);
    CHECK_INT(verify_once(HEADER, DELIVERY_ID, BODY, INT64_MAX, 0), HOOKRAIL_OK);
    hookrail_verifier *verifier = new_verifier(0);
    CHECK_INT(hookrail_verifier_verify(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), TEXT(BODY),
                                       SIGNED_AT - 1, NULL, NULL, NULL, NULL),
              HOOKRAIL_TIMESTAMP_TOO_NEW);
    hookrail_verifier_free(verifier);
}

static void test_now_is_the_clock_of_the_system(void)
{
    char header[128];
    CHECK_INT(hookrail_sign(TEXT(SECRET), (int64_t)time(NULL), TEXT(DELIVERY_ID), TEXT(BODY),
                            header, sizeof header, NULL, NULL),
              HOOKRAIL_OK);
    CHECK_INT(verify_once(header, DELIVERY_ID, BODY, HOOKRAIL_DEFAULT_TOLERANCE, HOOKRAIL_NOW),
              HOOKRAIL_OK);
    CHECK_INT(verify_once("t=1000000000,v1=" MAC, DELIVERY_ID, BODY, HOOKRAIL_DEFAULT_TOLERANCE,
                          HOOKRAIL_NOW),
              HOOKRAIL_TIMESTAMP_TOO_OLD);
}

static void test_secrets_are_bytes(void)
{
    static const char secret[] = {'a', '\xff', 'b'};
    char header[128];
    CHECK_INT(hookrail_sign(secret, sizeof secret, SIGNED_AT, TEXT(DELIVERY_ID), NULL, 0, header,
                            sizeof header, NULL, NULL),
              HOOKRAIL_OK);
    const char *secrets[] = {secret};
    const size_t whole[] = {sizeof secret};
    const size_t cut[] = {1};
    CHECK_INT(hookrail_verify_signature(secrets, whole, 1, TEXT(header), TEXT(DELIVERY_ID), NULL, 0,
                                        0, SIGNED_AT),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_verify_signature(secrets, cut, 1, TEXT(header), TEXT(DELIVERY_ID), NULL, 0,
                                        0, SIGNED_AT),
              HOOKRAIL_SIGNATURE_MISMATCH);
}

static void test_secrets_that_are_none_are_refused_by_their_number(void)
{
    static const char *const refused[][2] = {
        {"", "secret 2 is empty"},
        {" \t\r\n", "secret 2 is nothing but white space"},
        {"whsec_", "secret 2 is nothing but the prefix whsec_"},
        {"whsec_\n", "secret 2 ends with white space"},
        {"whsec_q7Zx\n", "secret 2 ends with white space"},
        {" whsec_q7Zx", "secret 2 begins with white space"},
        {"whsec_q7Zx\nwhsec_q8", "secret 2 holds a control byte at offset 10"},
        {"whsec_q7Zx\x7f", "secret 2 holds a control byte at offset 10"},
    };
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(SECRET), NULL), HOOKRAIL_OK);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char header[128];
        hookrail_error *error = NULL;
        CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(refused[i][0]), &error),
                  HOOKRAIL_INVALID_ARGUMENT);
        CHECK_CONTAINS(hookrail_error_message(error), refused[i][1]);
        CHECK_CONTAINS(hookrail_error_message(error), "give the endpoint's secret");
        CHECK(strstr(hookrail_error_message(error), "q7Zx") == NULL);
        hookrail_error_free(error);
        CHECK_INT(hookrail_sign(TEXT(refused[i][0]), SIGNED_AT, TEXT("D1"), NULL, 0, header,
                                sizeof header, NULL, NULL),
                  HOOKRAIL_INVALID_ARGUMENT);
        const char *secrets[] = {SECRET, refused[i][0]};
        const size_t lengths[] = {strlen(secrets[0]), strlen(secrets[1])};
        CHECK_INT(hookrail_verify_signature(secrets, lengths, 2, TEXT(HEADER), TEXT(DELIVERY_ID),
                                            TEXT(BODY), 300, SIGNED_AT),
                  HOOKRAIL_INVALID_ARGUMENT);
    }
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT("k"), NULL), HOOKRAIL_OK);
    hookrail_verifier_options_free(options);
}

/* Verifies the first `length` bytes of the body after `announced` bytes were announced. */
static hookrail_status verify_part(const hookrail_verifier *verifier, size_t length,
                                   uint64_t announced, hookrail_error **error)
{
    hookrail_verification *verification = NULL;
    CHECK_INT(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), 0, SIGNED_AT,
                                      &verification, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_set_content_length(verification, announced, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, BODY, length, NULL), HOOKRAIL_OK);
    hookrail_status status = hookrail_verification_finish(verification, NULL, NULL, NULL, error);
    CHECK_INT(hookrail_verification_set_content_length(verification, 1, NULL),
              HOOKRAIL_INVALID_ARGUMENT);
    hookrail_verification_free(verification);
    return status;
}

static void test_a_body_of_which_a_part_is_missing_is_incomplete(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    hookrail_error *error = NULL;
    const size_t whole = strlen(BODY);
    CHECK_INT(verify_part(verifier, whole, whole, NULL), HOOKRAIL_OK);
    CHECK_INT(verify_part(verifier, whole, 2 * whole, NULL), HOOKRAIL_OK);
    CHECK_INT(verify_part(verifier, whole - 1, whole, &error), HOOKRAIL_BODY_INCOMPLETE);
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_BODY_INCOMPLETE);
    CHECK_CONTAINS(hookrail_error_message(error), "Content-Length");
    hookrail_error_free(error);
    CHECK_INT(verify_part(verifier, 0, whole, NULL), HOOKRAIL_BODY_INCOMPLETE);
    CHECK_INT(verify_part(verifier, 0, 0, NULL), HOOKRAIL_SIGNATURE_MISMATCH);
    CHECK_INT(verify_part(verifier, whole - 1, whole - 1, NULL), HOOKRAIL_SIGNATURE_MISMATCH);
    hookrail_verifier_free(verifier);
}

static void test_an_announced_length_over_the_limit_is_refused_at_once(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    hookrail_verification *verification = NULL;
    REQUIRE(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), 64, SIGNED_AT,
                                    &verification, NULL)
            == HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_set_content_length(verification, 64, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_set_content_length(verification, 65, NULL),
              HOOKRAIL_BODY_TOO_LARGE);
    CHECK_INT(hookrail_verification_set_content_length(verification, UINT64_MAX, NULL),
              HOOKRAIL_BODY_TOO_LARGE);
    hookrail_verification_free(verification);
    hookrail_verifier_free(verifier);
}

static void test_a_body_is_capped(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    hookrail_verification *verification = NULL;
    hookrail_error *error = NULL;
    const uint64_t limit = strlen(BODY) - 1;
    REQUIRE(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), limit, SIGNED_AT,
                                    &verification, NULL)
            == HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, BODY, limit, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, NULL, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, &BODY[limit], 1, &error),
              HOOKRAIL_BODY_TOO_LARGE);
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_BODY_TOO_LARGE);
    hookrail_error_free(error);
    CHECK_INT(hookrail_verification_finish(verification, NULL, NULL, NULL, NULL),
              HOOKRAIL_BODY_TOO_LARGE);
    hookrail_verification_free(verification);

    verification = NULL;
    REQUIRE(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), limit + 1, SIGNED_AT,
                                    &verification, NULL)
            == HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, TEXT(BODY), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_finish(verification, NULL, NULL, NULL, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, TEXT("x"), NULL),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_verification_finish(verification, NULL, NULL, NULL, NULL),
              HOOKRAIL_INVALID_ARGUMENT);
    hookrail_verification_free(verification);
    hookrail_verifier_free(verifier);
}

static void test_a_verification_can_be_abandoned(void)
{
    hookrail_verifier *verifier = new_verifier(300);
    hookrail_verification *verification = NULL;
    CHECK_INT(hookrail_verifier_begin(verifier, TEXT(HEADER), TEXT(DELIVERY_ID), 0, SIGNED_AT,
                                      &verification, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_verification_update(verification, TEXT("half"), NULL), HOOKRAIL_OK);
    hookrail_verification_free(verification);
    hookrail_verifier_free(verifier);
}

static void test_a_signature_is_what_the_service_makes(void)
{
    char buffer[128];
    size_t needed = 0;
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), buffer,
                            sizeof buffer, &needed, NULL),
              HOOKRAIL_OK);
    CHECK_STR(buffer, HEADER);
    CHECK_INT(needed, sizeof HEADER);
}

static void test_signing_says_what_it_needs(void)
{
    char buffer[128];
    size_t needed = 0;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), NULL, 0,
                            &needed, &error),
              HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK_INT(needed, sizeof HEADER);
    CHECK_CONTAINS(hookrail_error_message(error), "needed");
    hookrail_error_free(error);

    memset(buffer, '#', sizeof buffer);
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), buffer,
                            sizeof HEADER - 1, &needed, NULL),
              HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK(buffer[0] == '#');
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), buffer,
                            sizeof HEADER, NULL, NULL),
              HOOKRAIL_OK);
    CHECK_STR(buffer, HEADER);
    CHECK(buffer[sizeof HEADER] == '#');
}

static void test_signing_refuses_what_could_not_verify(void)
{
    char buffer[128];
#define SIGN(secret, at, delivery_id)                                                              \
    hookrail_sign(secret, at, delivery_id, NULL, 0, buffer, sizeof buffer, NULL, NULL)
    CHECK_INT(SIGN(TEXT("s"), 0, TEXT("d")), HOOKRAIL_OK);
    CHECK_INT(SIGN(TEXT(""), 0, TEXT("d")), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_sign(NULL, 1, 0, TEXT("d"), NULL, 0, buffer, sizeof buffer, NULL, NULL),
              HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(SIGN(TEXT("s"), -1, TEXT("d")), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(SIGN(TEXT("s"), 0, TEXT("")), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(SIGN(TEXT("s"), 0, TEXT("a.b")), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_sign(TEXT("s"), 0, TEXT("d"), NULL, 1, buffer, sizeof buffer, NULL, NULL),
              HOOKRAIL_INVALID_ARGUMENT);
#undef SIGN
}

int main(void)
{
    RUN(test_the_three_ways_to_verify_agree);
    RUN(test_success_says_which_secret_when_and_how_far_off);
    RUN(test_the_tolerance_is_what_was_set);
    RUN(test_now_is_the_clock_of_the_system);
    RUN(test_secrets_are_bytes);
    RUN(test_secrets_that_are_none_are_refused_by_their_number);
    RUN(test_a_body_of_which_a_part_is_missing_is_incomplete);
    RUN(test_an_announced_length_over_the_limit_is_refused_at_once);
    RUN(test_a_body_is_capped);
    RUN(test_a_verification_can_be_abandoned);
    RUN(test_a_signature_is_what_the_service_makes);
    RUN(test_signing_says_what_it_needs);
    RUN(test_signing_refuses_what_could_not_verify);
    return harness_end();
}
