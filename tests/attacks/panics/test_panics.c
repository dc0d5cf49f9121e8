/* What becomes of a panic at each entry of the ABI and in each thread of the library. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "abi.h"
#include "completions.h"
#include "fixture.h"
#include "harness.h"

/* Functions of a library with the feature panic-injection; the numbers are those of its
 * panic_injection::Site. */
int32_t hookrail_inject_panic(int32_t site);
int32_t hookrail_armed_panic(void);

enum site { NONE, ENTRY, QUEUE, SENDER, DISPATCHER, LOOKUP, DIAL, ANSWER, CALL_THREADS };

static void arm(enum site site)
{
    CHECK_INT(hookrail_inject_panic((int32_t)site), NONE);
}

static bool entry_panicked;

static void arm_entry(void)
{
    arm(ENTRY);
}

static void disarm_entry(void)
{
    entry_panicked = hookrail_inject_panic(NONE) == NONE;
}

/* They may be called from a signal handler, where unwinding has no place, or only look something up
 * in a table: nothing in them can panic, and they have no guard. */
static const char *const without_guard[] = {
    "hookrail_cancel_fire", "hookrail_cancel_is_fired", "hookrail_call_cancel",
    "hookrail_wakeup",      "hookrail_status_name",     "hookrail_outcome_name",
    "hookrail_abi_version", "hookrail_version",         "hookrail_delivery_state_name",
};

static bool has_guard(const char *function)
{
    for (size_t i = 0; i < sizeof without_guard / sizeof without_guard[0]; i++) {
        if (strcmp(function, without_guard[i]) == 0) {
            return false;
        }
    }
    return true;
}

static const struct abi_case *current;

static bool takes_error(void)
{
    for (size_t i = 0; i < abi_parameter_count; i++) {
        if (strcmp(abi_parameters[i].name, "error") == 0) {
            return true;
        }
    }
    return false;
}

static void check_success(void)
{
    CHECK_INT(abi_result, HOOKRAIL_OK);
    CHECK(!abi_wrong_output);
    if (!abi_has_status) {
        CHECK(abi_value[0] == '\0' || strcmp(abi_value, current->absent) != 0);
    }
}

static void test_entry(void)
{
    abi_before_call = arm_entry;
    abi_after_call = disarm_entry;
    abi_run(current, NULL, AS_IS);
    abi_before_call = NULL;
    abi_after_call = NULL;
    CHECK_INT(entry_panicked, has_guard(current->function));
    if (!entry_panicked) {
        check_success();
        return;
    }
    CHECK(!abi_wrong_output);
    if (abi_has_status) {
        CHECK_INT(abi_result, HOOKRAIL_INTERNAL);
        if (takes_error()) {
            CHECK_CONTAINS(abi_message, "injected at Entry");
        }
    } else {
        CHECK_STR(abi_value, current->absent);
    }
    /* The same handles are as good as before. */
    abi_run(current, NULL, AS_IS);
    check_success();
}

static void check_defect(hookrail_error *error, const char *site)
{
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_INTERNAL);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_MAYBE_SENT);
    CHECK_CONTAINS(hookrail_error_message(error), site);
    CHECK(hookrail_error_idempotency_key(error) != NULL);
}

/* The event of a send that panicked can be sent again with the key of the error, and is then there
 * once. */
static void check_resend(const hookrail_client *client, const hookrail_error *error, bool was_sent)
{
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_accepted *accepted = NULL;
    const char *key = hookrail_error_idempotency_key(error);
    REQUIRE(key != NULL);
    CHECK_INT(hookrail_send_options_set_idempotency_key(options, TEXT(key), NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_accepted_replayed(accepted), was_sent);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
    hookrail_accepted_free(accepted);
    hookrail_send_options_free(options);
}

static void check_panic_in_send(enum site site, const char *name, bool was_sent)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    arm(site);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_INTERNAL);
    CHECK(accepted == NULL);
    check_defect(error, name);
    check_resend(client, error, was_sent);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_a_send_that_panics_on_its_way(void)
{
    check_panic_in_send(DIAL, "injected at Dial", false);
    check_panic_in_send(ANSWER, "injected at Answer", true);
}

static void test_a_question_that_panics(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_event_status *status = NULL;
    arm(ANSWER);
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL), HOOKRAIL_INTERNAL);
    CHECK(status == NULL);
    CHECK_INT(hookrail_get_event(client, TEXT("E1"), NULL, 0, &status, NULL), HOOKRAIL_NOT_FOUND);
    hookrail_client_free(client);
}

static void test_a_call_that_panics(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    arm(ANSWER);
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, &error), HOOKRAIL_INTERNAL);
    check_defect(error, "injected at Answer");
    check_resend(client, error, true);
    hookrail_error_free(error);
    hookrail_call_free(call);

    devserver_reset(HTTP);
    arm(ANSWER);
    CHECK_INT(hookrail_send_event_interruptible(client, TEXT("t"), TEXT("1"), NULL, &accepted,
                                                &call, &error),
              HOOKRAIL_INTERNAL);
    check_defect(error, "injected at Answer");
    check_resend(client, error, true);
    hookrail_error_free(error);

    hookrail_event_status *status = NULL;
    arm(ANSWER);
    REQUIRE(hookrail_call_get_event(client, TEXT("E1"), 0, &call, NULL) == HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_get_event(call, &status, NULL), HOOKRAIL_INTERNAL);
    hookrail_call_free(call);

    arm(CALL_THREADS);
    call = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL),
              HOOKRAIL_INTERNAL);
    CHECK(call == NULL);
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK);
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    hookrail_client_free(client);
}

/* A client whose queue has one request under way. */
static hookrail_client *client_with_one_request(void)
{
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_workers(options, 1, NULL), HOOKRAIL_OK);
    devserver_reset(HTTP);
    return new_client_with(HTTP, options);
}

static void check_next_completion(const hookrail_client *client, uint64_t tag,
                                  hookrail_status status)
{
    hookrail_completion completion = next_completion(client);
    CHECK_INT(completion.tag, tag);
    CHECK_INT(completion.status, status);
    if (status == HOOKRAIL_INTERNAL) {
        CHECK_INT(completion.outcome, HOOKRAIL_OUTCOME_MAYBE_SENT);
        check_defect(completion.error, "injected at");
    }
    free_completion(&completion);
}

static void check_panic_of_sender(enum site site)
{
    hookrail_client *client = client_with_one_request();
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_ordering_key(options, TEXT("k"), NULL), HOOKRAIL_OK);
    arm(site);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), options, tag, 0, NULL, NULL),
                  HOOKRAIL_OK);
    }
    check_next_completion(client, 1, HOOKRAIL_INTERNAL);
    CHECK_INT(hookrail_inject_panic(NONE), NONE);
    check_next_completion(client, 2, HOOKRAIL_OK);
    check_next_completion(client, 3, HOOKRAIL_OK);
    check_pending(client, 0, 0, 0);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_send_options_free(options);
    hookrail_client_free(client);
}

static void test_a_sender_that_panics(void)
{
    check_panic_of_sender(DIAL);
    check_panic_of_sender(ANSWER);
    check_panic_of_sender(SENDER);
}

static void test_a_submit_that_panics_with_the_lock(void)
{
    hookrail_client *client = client_with_one_request();
    arm(QUEUE);
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_INTERNAL);
    check_pending(client, 0, 0, 0);
    CHECK_INT(submit(client, "1", 2, NULL), HOOKRAIL_OK);
    check_next_completion(client, 2, HOOKRAIL_OK);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void wait_until_readable(int32_t fd)
{
    struct pollfd input = {fd, POLLIN, 0};
    CHECK_INT(poll(&input, 1, LONG_MS), 1);
}

static void test_a_sender_that_panics_with_the_lock(void)
{
    hookrail_client *client = client_with_one_request();
    int32_t fd = -1;
    CHECK_INT(hookrail_event_fd(client, &fd, NULL), HOOKRAIL_OK);
    devserver_set_faults(HTTP, "[{\"delay_ms\":9000}]");
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    devserver_wait(HTTP, "events=1");
    arm(QUEUE);
    /* Nothing but the sender takes the lock meanwhile. */
    wait_until_readable(fd);
    check_next_completion(client, 1, HOOKRAIL_INTERNAL);
    CHECK_INT(submit(client, "1", 2, NULL), HOOKRAIL_OK);
    check_next_completion(client, 2, HOOKRAIL_OK);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void wait_for_panic(void)
{
    const struct timespec moment = {0, 1000000};
    for (int left = LONG_MS; left > 0 && hookrail_armed_panic() != NONE; left--) {
        nanosleep(&moment, NULL);
    }
    CHECK_INT(hookrail_armed_panic(), NONE);
}

static void submit_with_timeout(const hookrail_client *client, uint64_t tag, int64_t timeout_ms)
{
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_timeout_ms(options, timeout_ms, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), options, tag, 0, NULL, NULL),
              HOOKRAIL_OK);
    hookrail_send_options_free(options);
}

static void test_a_dispatcher_that_panics(void)
{
    hookrail_client *client = client_with_one_request();
    int32_t fd = -1;
    CHECK_INT(hookrail_event_fd(client, &fd, NULL), HOOKRAIL_OK);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    devserver_wait(HTTP, "requests=1");
    /* The dispatcher keeps the time of these while the only request is under way. */
    arm(DISPATCHER);
    submit_with_timeout(client, 2, LONG_MS);
    wait_for_panic();
    submit_with_timeout(client, 3, 200);
    wait_until_readable(fd);
    check_next_completion(client, 3, HOOKRAIL_TIMEOUT);
    CHECK_INT(hookrail_purge(client, HOOKRAIL_PURGE_IN_FLIGHT, NULL, NULL), HOOKRAIL_OK);
    check_next_completion(client, 1, HOOKRAIL_CANCELLED);
    check_next_completion(client, 2, HOOKRAIL_OK);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

/* A client that has to look the server's name up. */
static hookrail_client *client_by_name(int32_t retries)
{
    char url[64];
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTP);
    snprintf(url, sizeof url, "http://localhost%s", strrchr(devserver_url(HTTP), ':'));
    CHECK_INT(hookrail_client_options_set_max_retries(options, retries, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_new(TEXT(API_KEY), TEXT(url), options, &client, NULL), HOOKRAIL_OK);
    hookrail_client_options_free(options);
    devserver_reset(HTTP);
    return client;
}

static void test_a_look_up_that_panics(void)
{
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    hookrail_client *client = client_by_name(0);
    arm(LOOKUP);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_status(hookrail_error_cause(error)), HOOKRAIL_CONNECTION);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_CONTAINS(hookrail_error_message(error), "injected at Lookup");
    hookrail_error_free(error);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);

    client = client_by_name(1);
    arm(LOOKUP);
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_accepted_attempts(accepted), 2);
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
}

int main(void)
{
    abi_set_up();
    for (size_t i = 0; (current = abi_case_at(i)) != NULL; i++) {
        harness_run(current->function, test_entry);
    }
    abi_tear_down();
    RUN(test_a_send_that_panics_on_its_way);
    RUN(test_a_question_that_panics);
    RUN(test_a_call_that_panics);
    RUN(test_a_sender_that_panics);
    RUN(test_a_submit_that_panics_with_the_lock);
    RUN(test_a_sender_that_panics_with_the_lock);
    RUN(test_a_dispatcher_that_panics);
    RUN(test_a_look_up_that_panics);
    return harness_end();
}
