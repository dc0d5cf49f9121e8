/* The help for receivers: finding the headers, and explaining why a signature does not verify. */
#include "fixture.h"
#include "harness.h"
#include "refusal.h"

#define SECRET "whsec_test_secret"
#define DELIVERY_ID "D1"
#define BODY "{\"a\":1}"
#define SIGNED_AT INT64_C(1781092800)

/* The results of hookrail_find_headers(). */
struct found {
    hookrail_status status;
    const char *signature;
    size_t signature_length;
    const char *delivery_id;
    size_t delivery_id_length;
};

static struct found find(const char *const (*pairs)[2], size_t count)
{
    const char *names[8];
    const char *values[8];
    size_t name_lengths[8];
    size_t value_lengths[8];
    struct found found = {HOOKRAIL_OK, NULL, 0, NULL, 0};
    for (size_t i = 0; i < count; i++) {
        names[i] = pairs[i][0];
        values[i] = pairs[i][1];
        name_lengths[i] = strlen(names[i]);
        value_lengths[i] = strlen(values[i]);
    }
    found.status = hookrail_find_headers(names, name_lengths, values, value_lengths, count,
                                         &found.signature, &found.signature_length,
                                         &found.delivery_id, &found.delivery_id_length, NULL);
    return found;
}

/* The results of hookrail_join_headers(). */
struct joined {
    hookrail_status status;
    char signature[HOOKRAIL_SIGNATURE_SIZE];
    size_t needed;
    const char *delivery_id;
    size_t delivery_id_length;
};

static struct joined join(const char *const (*pairs)[2], size_t count, size_t size)
{
    const char *names[8];
    const char *values[8];
    size_t name_lengths[8];
    size_t value_lengths[8];
    struct joined joined = {HOOKRAIL_OK, "untouched", 0, NULL, 0};
    for (size_t i = 0; i < count; i++) {
        names[i] = pairs[i][0];
        values[i] = pairs[i][1];
        name_lengths[i] = strlen(names[i]);
        value_lengths[i] = strlen(values[i]);
    }
    joined.status = hookrail_join_headers(names, name_lengths, values, value_lengths, count,
                                          size > 0 ? joined.signature : NULL, size, &joined.needed,
                                          &joined.delivery_id, &joined.delivery_id_length, NULL);
    return joined;
}

#define JOIN_INTO(size, ...)                                                                       \
    join((const char *const[][2]){__VA_ARGS__},                                                    \
         sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]), size)
#define JOIN(...) JOIN_INTO(HOOKRAIL_SIGNATURE_SIZE, __VA_ARGS__)

#define FIND(...)                                                                                  \
    find((const char *const[][2]){__VA_ARGS__},                                                    \
         sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]))

static void check_found(struct found found)
{
    CHECK_INT(found.status, HOOKRAIL_OK);
    CHECK_INT(found.signature_length, 3);
    CHECK(found.signature != NULL && memcmp(found.signature, "t=1", 3) == 0);
    CHECK_INT(found.delivery_id_length, 2);
    CHECK(found.delivery_id != NULL && memcmp(found.delivery_id, "D1", 2) == 0);
}

static void test_headers_are_found_in_every_form(void)
{
    check_found(FIND({"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"}));
    check_found(FIND({"Host", "x"}, {"Hookrail-Delivery-Id", "D1"}, {"HOOKRAIL-SIGNATURE", "t=1"}));
    check_found(FIND({"HTTP_HOOKRAIL_SIGNATURE", "t=1"}, {"HTTP_HOOKRAIL_DELIVERY_ID", "D1"},
                     {"HTTP_HOOKRAIL_EVENT_ID", "E1"}));
}

static void test_absent_headers_are_missing(void)
{
    CHECK_INT(FIND({"Host", "x"}).status, HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(FIND({"hookrail-signature", "t=1"}).status, HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(FIND({"hookrail-delivery-id", "D1"}).status, HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(FIND({"x-hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"}).status,
              HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(find(NULL, 0).status, HOOKRAIL_SIGNATURE_MISSING);
}

static void test_repeated_headers_are_malformed(void)
{
    struct found found = FIND({"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"},
                              {"Hookrail-Signature", "t=1"});
    CHECK_INT(found.status, HOOKRAIL_SIGNATURE_MALFORMED);
    CHECK(found.signature == NULL);
    CHECK_INT(FIND({"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"},
                   {"hookrail-delivery-id", "D2"})
                  .status,
              HOOKRAIL_SIGNATURE_MALFORMED);
}

static void test_a_list_is_joined(void)
{
    struct joined joined = JOIN({"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"},
                                {"Hookrail-Signature", " v1=2"}, {"HOOKRAIL_SIGNATURE", "v1=3"});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    CHECK_STR(joined.signature, "t=1, v1=2,v1=3");
    CHECK_INT(joined.needed, sizeof "t=1, v1=2,v1=3");
    CHECK(joined.delivery_id_length == 2 && memcmp(joined.delivery_id, "D1", 2) == 0);

    joined = JOIN({"hookrail_signature", "t=1"}, {"HTTP_HOOKRAIL_DELIVERY_ID", "D1"});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    CHECK_STR(joined.signature, "t=1");

    joined = JOIN_INTO(0, {"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"});
    CHECK_INT(joined.status, HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK_INT(joined.needed, sizeof "t=1");
    joined = JOIN_INTO(3, {"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"});
    CHECK_INT(joined.status, HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK_STR(joined.signature, "untouched");
}

static void test_a_list_is_judged_as_strictly_as_one_value(void)
{
    CHECK_INT(JOIN({"Host", "x"}).status, HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(JOIN({"hookrail-signature", "t=1"}).status, HOOKRAIL_SIGNATURE_MISSING);
    CHECK_INT(JOIN({"hookrail-signature", "t=1"}, {"hookrail-delivery-id", "D1"},
                   {"hookrail_delivery_id", "D2"})
                  .status,
              HOOKRAIL_SIGNATURE_MALFORMED);
    static char half[HOOKRAIL_SIGNATURE_SIZE / 2 + 1];
    memset(half, 'x', sizeof half - 1);
    struct joined joined = JOIN({"hookrail-delivery-id", "D1"}, {"hookrail-signature", half},
                                {"hookrail-signature", half});
    CHECK_INT(joined.status, HOOKRAIL_SIGNATURE_MALFORMED);
    half[sizeof half - 2] = '\0';
    joined = JOIN({"hookrail-delivery-id", "D1"}, {"hookrail-signature", half},
                  {"hookrail-signature", half});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    CHECK_INT(joined.needed, HOOKRAIL_SIGNATURE_SIZE - 1);
    joined = JOIN({"hookrail-delivery-id", "D1"}, {"hookrail-signature", half},
                  {"hookrail-signature", half}, {"hookrail-signature", ""});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    CHECK_INT(joined.needed, HOOKRAIL_SIGNATURE_SIZE);
}

static void test_a_real_signature_verifies_when_it_was_split(void)
{
    char header[128];
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), header,
                            sizeof header, NULL, NULL),
              HOOKRAIL_OK);
    char *comma = strchr(header, ',');
    REQUIRE(comma != NULL);
    *comma = '\0';
    struct joined joined = JOIN({"Hookrail-Signature", header}, {"Hookrail-Signature", comma + 1},
                                {"Hookrail-Delivery-Id", DELIVERY_ID});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    const char *secrets[] = {SECRET};
    const size_t lengths[] = {strlen(SECRET)};
    CHECK_INT(hookrail_verify_signature(secrets, lengths, 1, joined.signature, joined.needed - 1,
                                        joined.delivery_id, joined.delivery_id_length, TEXT(BODY),
                                        300, SIGNED_AT),
              HOOKRAIL_OK);
    joined = JOIN({"Hookrail-Signature", header}, {"Hookrail-Signature", comma + 1},
                  {"hookrail-signature", header}, {"Hookrail-Delivery-Id", DELIVERY_ID});
    CHECK_INT(joined.status, HOOKRAIL_OK);
    CHECK_INT(hookrail_verify_signature(secrets, lengths, 1, joined.signature, joined.needed - 1,
                                        joined.delivery_id, joined.delivery_id_length, TEXT(BODY),
                                        300, SIGNED_AT),
              HOOKRAIL_SIGNATURE_MALFORMED);
}

static void test_looking_up_refuses_null(void)
{
    const char *texts[] = {"hookrail-signature"};
    const size_t lengths[] = {18};
    const char *signature = NULL;
    const char *id = NULL;
    size_t length = 0;
    size_t id_length = 0;
    REFUSES("names", hookrail_find_headers(NULL, lengths, texts, lengths, 1, &signature, &length,
                                           &id, &id_length, &error));
    REFUSES("value_lens", hookrail_find_headers(texts, lengths, texts, NULL, 1, &signature, &length,
                                                &id, &id_length, &error));
    const char *names[] = {"hookrail-signature", "hookrail-delivery-id"};
    const size_t name_lengths[] = {18, 20};
    REFUSES("signature", hookrail_find_headers(names, name_lengths, names, name_lengths, 2, NULL,
                                               &length, &id, &id_length, &error));
    REFUSES("delivery_id", hookrail_find_headers(names, name_lengths, names, name_lengths, 2,
                                                 &signature, &length, &id, NULL, &error));
}

/* Explains a delivery that was signed with SECRET; for NULL it uses the signed value. */
static void explain(char *text, size_t size, const char *secret, const char *delivery_id,
                    const char *body, int64_t now)
{
    char header[128];
    CHECK_INT(hookrail_sign(TEXT(SECRET), SIGNED_AT, TEXT(DELIVERY_ID), TEXT(BODY), header,
                            sizeof header, NULL, NULL),
              HOOKRAIL_OK);
    delivery_id = delivery_id == NULL ? DELIVERY_ID : delivery_id;
    body = body == NULL ? BODY : body;
    secret = secret == NULL ? SECRET : secret;
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(secret), NULL), HOOKRAIL_OK);
    size_t needed = 0;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_explain_signature(options, TEXT(header), TEXT(delivery_id), TEXT("E1"),
                                         TEXT(body), now, text, size, &needed, &error),
              HOOKRAIL_OK);
    CHECK_INT(needed, strlen(text) + 1);
    /* The secret and every correct MAC must stay out of logs. */
    CHECK(strstr(text, "test_secret") == NULL);
    CHECK(strstr(text, strstr(header, "v1=") + 3) == NULL);
    hookrail_error_free(error);
    hookrail_verifier_options_free(options);
}

static void test_explanations_name_the_usual_mistakes(void)
{
    char text[4096];
    explain(text, sizeof text, "test_secret", NULL, NULL, SIGNED_AT);
    CHECK_CONTAINS(text, "whsec_");
    explain(text, sizeof text, "'" SECRET "'", NULL, NULL, SIGNED_AT);
    CHECK_CONTAINS(text, "quotes and white space are removed from the ends of the secret");
    explain(text, sizeof text, NULL, NULL, "", SIGNED_AT);
    CHECK_CONTAINS(text, "body_incomplete");
    explain(text, sizeof text, NULL, NULL, "{ \"a\": 1 }", SIGNED_AT);
    CHECK_CONTAINS(text, "serialised");
    explain(text, sizeof text, NULL, "E1", NULL, SIGNED_AT);
    CHECK_CONTAINS(text, "event");
    explain(text, sizeof text, NULL, NULL, NULL, SIGNED_AT + 1000);
    CHECK_CONTAINS(text, "1000");
    explain(text, sizeof text, NULL, NULL, NULL, SIGNED_AT * 1000);
    CHECK_CONTAINS(text, "milliseconds");
}

static void test_explaining_says_what_it_needs(void)
{
    char text[4096];
    size_t needed = 0;
    hookrail_verifier_options *options = hookrail_verifier_options_new();
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(SECRET), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_explain_signature(options, TEXT("garbage"), TEXT("D1"), NULL, 0, NULL, 0,
                                         SIGNED_AT, NULL, 0, &needed, NULL),
              HOOKRAIL_BUFFER_TOO_SMALL);
    CHECK(needed > 1 && needed < sizeof text);
    CHECK_INT(hookrail_explain_signature(options, TEXT("garbage"), TEXT("D1"), NULL, 0, NULL, 0,
                                         SIGNED_AT, text, needed, NULL, NULL),
              HOOKRAIL_OK);
    CHECK_INT(strlen(text) + 1, needed);
    REFUSES("options", hookrail_explain_signature(NULL, TEXT("x"), TEXT("D1"), NULL, 0, NULL, 0, 0,
                                                  text, sizeof text, NULL, &error));
    REFUSES("header", hookrail_explain_signature(options, NULL, 1, TEXT("D1"), NULL, 0, NULL, 0, 0,
                                                 text, sizeof text, NULL, &error));
    REFUSES("event_id", hookrail_explain_signature(options, TEXT("x"), TEXT("D1"), NULL, 1, NULL, 0,
                                                   0, text, sizeof text, NULL, &error));
    hookrail_verifier_options_free(options);
}

int main(void)
{
    RUN(test_headers_are_found_in_every_form);
    RUN(test_absent_headers_are_missing);
    RUN(test_repeated_headers_are_malformed);
    RUN(test_a_list_is_joined);
    RUN(test_a_list_is_judged_as_strictly_as_one_value);
    RUN(test_a_real_signature_verifies_when_it_was_split);
    RUN(test_looking_up_refuses_null);
    RUN(test_explanations_name_the_usual_mistakes);
    RUN(test_explaining_says_what_it_needs);
    return harness_end();
}
