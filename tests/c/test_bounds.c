/* Outputs that end where an inaccessible page begins, and buffers that are a byte too small. */
#include <stdint.h>
#include <stdlib.h>

#include "completions.h"
#include "guarded.h"
#include "refusal.h"

#define SECRET "whsec_bounds"
#define NOW INT64_C(1781092800)

static hookrail_client *client;
static hookrail_verifier_options *options;

static hookrail_status sign(char *buffer, size_t size, size_t *needed)
{
    return hookrail_sign(TEXT(SECRET), NOW, TEXT("D1"), TEXT("{}"), buffer, size, needed, NULL);
}

static hookrail_status explain(char *buffer, size_t size, size_t *needed)
{
    return hookrail_explain_signature(options, TEXT("t=1"), TEXT("D1"), TEXT("E1"), TEXT("{}"), NOW,
                                      buffer, size, needed, NULL);
}

static hookrail_status stats(char *buffer, size_t size, size_t *needed)
{
    return hookrail_client_stats(client, buffer, size, needed, NULL);
}

static bool is_filled_with(const char *buffer, size_t size, char value)
{
    for (size_t i = 0; i < size; i++) {
        if (buffer[i] != value) {
            return false;
        }
    }
    return true;
}

/* Tries every size from 0 to more than enough, each buffer between inaccessible pages. */
static void check_sizes(hookrail_status (*write)(char *, size_t, size_t *))
{
    size_t needed = 0;
    CHECK_INT(write(NULL, 0, &needed), HOOKRAIL_BUFFER_TOO_SMALL);
    REQUIRE(needed > 1);
    char *filling = malloc(needed + 1);
    REQUIRE(filling != NULL);
    memset(filling, '#', needed + 1);
    for (size_t size = 0; size <= needed + 1; size++) {
        size_t told = 0;
        char *before = guarded_before_page(filling, size);
        char *after = guarded_after_page(filling, size);
        hookrail_status expected = size < needed ? HOOKRAIL_BUFFER_TOO_SMALL : HOOKRAIL_OK;
        CHECK_INT(write(before, size, &told), expected);
        CHECK_INT(told, needed);
        CHECK_INT(write(after, size, NULL), expected);
        if (size < needed) {
            CHECK(is_filled_with(before, size, '#') && is_filled_with(after, size, '#'));
        } else {
            CHECK_INT(strlen(before), needed - 1);
            CHECK_STR(after, before);
            CHECK(is_filled_with(before + needed, size - needed, '#'));
        }
        guarded_free_all();
    }
    free(filling);
}

static void test_texts_stay_within_their_buffer(void)
{
    check_sizes(sign);
    check_sizes(explain);
    check_sizes(stats);
}

static void test_a_size_beyond_everything_is_no_reason_to_write_more(void)
{
    char text[128];
    CHECK_INT(sign(text, sizeof text, NULL), HOOKRAIL_OK);
    char *buffer = guarded_before_page(text, strlen(text) + 1);
    memset(buffer, '#', strlen(text) + 1);
    CHECK_INT(sign(buffer, SIZE_MAX, NULL), HOOKRAIL_OK);
    CHECK_STR(buffer, text);
    guarded_free_all();
}

static void test_completions_stay_within_their_array(void)
{
    enum { ROOM = 2, EVENTS = 3 };
    hookrail_completion filling[ROOM];
    memset(filling, '#', sizeof filling);
    for (uint64_t tag = 1; tag <= EVENTS; tag++) {
        CHECK_INT(submit(client, "1", tag, NULL), HOOKRAIL_OK);
    }
    CHECK_INT(hookrail_flush(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_completion *completions = guarded_before_page(filling, sizeof filling);
    size_t count = 0;
    CHECK_INT(hookrail_poll(client, completions, sizeof filling[0], ROOM, LONG_MS, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, ROOM);
    for (size_t i = 0; i < count; i++) {
        free_completion(&completions[i]);
    }
    /* Only the completions that exist are written, however large the claimed capacity. */
    completions = guarded_before_page(filling, sizeof filling[0]);
    CHECK_INT(hookrail_poll(client, completions, sizeof filling[0], SIZE_MAX, 0, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, EVENTS - ROOM);
    free_completion(&completions[0]);
    CHECK_INT(hookrail_poll(client, inaccessible(), sizeof filling[0], 1, 0, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 0);
    REFUSES("struct_size",
            hookrail_poll(client, completions, sizeof filling[0] - 1, 1, 0, &count, &error));
    REFUSES("struct_size", hookrail_poll(client, completions, SIZE_MAX, 1, 0, &count, &error));
    guarded_free_all();
}

static void test_elements_of_lists_stay_within_their_bytes(void)
{
    char header[128];
    CHECK_INT(sign(header, sizeof header, NULL), HOOKRAIL_OK);
    const char *secrets[HOOKRAIL_MAX_SECRETS];
    size_t lengths[HOOKRAIL_MAX_SECRETS];
    for (size_t i = 0; i < HOOKRAIL_MAX_SECRETS; i++) {
        secrets[i] = i % 2 == 0 ? guarded_before_page(SECRET, strlen(SECRET))
                                : guarded_after_page(SECRET, strlen(SECRET));
        lengths[i] = strlen(SECRET);
    }
    CHECK_INT(hookrail_verify_signature(secrets, lengths, HOOKRAIL_MAX_SECRETS, TEXT(header),
                                        TEXT("D1"), TEXT("{}"), 300, NOW),
              HOOKRAIL_OK);
    /* One secret too many is refused before any is read. */
    CHECK_INT(hookrail_verify_signature(inaccessible(), inaccessible(), HOOKRAIL_MAX_SECRETS + 1,
                                        TEXT(header), TEXT("D1"), TEXT("{}"), 300, NOW),
              HOOKRAIL_INVALID_ARGUMENT);
    lengths[3] = SIZE_MAX;
    CHECK_INT(hookrail_verify_signature(secrets, lengths, HOOKRAIL_MAX_SECRETS, TEXT(header),
                                        TEXT("D1"), TEXT("{}"), 300, NOW),
              HOOKRAIL_INVALID_ARGUMENT);
    guarded_free_all();

    const char *const texts[] = {"hookrail-signature", "hookrail-delivery-id", "x-empty"};
    const char *names[3];
    size_t name_lens[3];
    for (size_t i = 0; i < 3; i++) {
        name_lens[i] = strlen(texts[i]);
        names[i] = guarded_before_page(texts[i], name_lens[i]);
    }
    /* Of the values, only the pointers are read. */
    const char *values[] = {inaccessible(), inaccessible(), NULL};
    const size_t value_lens[] = {1, 2, 0};
    const char *found[2];
    size_t found_lens[2];
    CHECK_INT(hookrail_find_headers(names, name_lens, values, value_lens, 3, &found[0],
                                    &found_lens[0], &found[1], &found_lens[1], NULL),
              HOOKRAIL_OK);
    CHECK(found[0] == values[0] && found_lens[0] == 1);
    CHECK(found[1] == values[1] && found_lens[1] == 2);

    /* The same for values that are copied. */
    const char *const parts[] = {guarded_before_page("t=1", 3), inaccessible(), NULL};
    const size_t part_lens[] = {3, 2, 0};
    char *buffer = guarded_before_page("????", 4);
    CHECK_INT(hookrail_join_headers(names, name_lens, parts, part_lens, 3, buffer, 4, NULL,
                                    &found[1], &found_lens[1], NULL),
              HOOKRAIL_OK);
    CHECK_STR(buffer, "t=1");
    CHECK(found[1] == parts[1] && found_lens[1] == 2);
    guarded_free_all();
}

static void test_pieces_of_a_body_stay_within_their_bytes(void)
{
    static const char body[] = "{\"order_id\":\"o_1\",\"amount\":42}";
    char header[128];
    hookrail_verifier *verifier = NULL;
    REQUIRE(hookrail_verifier_new(options, &verifier, NULL) == HOOKRAIL_OK);
    CHECK_INT(
        hookrail_sign(TEXT(SECRET), NOW, TEXT("D1"), TEXT(body), header, sizeof header, NULL, NULL),
        HOOKRAIL_OK);
    for (size_t piece = 1; piece <= strlen(body); piece++) {
        hookrail_verification *verification = NULL;
        REQUIRE(hookrail_verifier_begin(verifier, TEXT(header), TEXT("D1"), strlen(body), NOW,
                                        &verification, NULL)
                == HOOKRAIL_OK);
        for (size_t at = 0; at < strlen(body); at += piece) {
            size_t length = strlen(body) - at < piece ? strlen(body) - at : piece;
            char *chunk = guarded_before_page(body + at, length);
            CHECK_INT(hookrail_verification_update(verification, chunk, length, NULL), HOOKRAIL_OK);
            guarded_free_all();
        }
        CHECK_INT(hookrail_verification_finish(verification, NULL, NULL, NULL, NULL), HOOKRAIL_OK);
        hookrail_verification_free(verification);
    }
    hookrail_verifier_free(verifier);
}

int main(void)
{
    client = new_client(HTTP);
    options = hookrail_verifier_options_new();
    CHECK_INT(hookrail_verifier_options_add_secret(options, TEXT(SECRET), NULL), HOOKRAIL_OK);
    RUN(test_texts_stay_within_their_buffer);
    RUN(test_a_size_beyond_everything_is_no_reason_to_write_more);
    RUN(test_completions_stay_within_their_array);
    RUN(test_elements_of_lists_stay_within_their_bytes);
    RUN(test_pieces_of_a_body_stay_within_their_bytes);
    hookrail_verifier_options_free(options);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
    return harness_end();
}
