/* Events that are prepared now and sent later, by any process. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

static hookrail_prepared *prepare(const hookrail_client *client)
{
    hookrail_prepared *prepared = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_idempotency_key(options, TEXT("order-1"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_set_ordering_key(options, TEXT("customer-7"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_event_prepare(client, TEXT("orders.created"), TEXT("{\"a\": 1}"), options,
                                     &prepared, NULL),
              HOOKRAIL_OK);
    hookrail_send_options_free(options);
    return prepared;
}

static void test_preparing_sends_nothing(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = prepare(client);
    CHECK_STR(hookrail_prepared_idempotency_key(prepared), "order-1");
    CHECK(hookrail_prepared_blob_len(prepared) > 0);
    CHECK_INT(devserver_count(HTTP, "connections"), 0);
    hookrail_prepared_free(prepared);

    prepared = NULL;
    CHECK_INT(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL),
              HOOKRAIL_OK);
    CHECK_INT(strlen(hookrail_prepared_idempotency_key(prepared)), 36);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_a_prepared_event_is_sent_once_however_often(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = prepare(client);
    const char *blob = hookrail_prepared_blob(prepared);
    size_t length = hookrail_prepared_blob_len(prepared);
    hookrail_accepted *first = NULL;
    hookrail_accepted *second = NULL;
    CHECK_INT(hookrail_send_prepared(client, blob, length, NULL, 0, &first, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_send_prepared(client, blob, length, NULL, 20000, &second, NULL),
              HOOKRAIL_OK);
    CHECK(!hookrail_accepted_replayed(first));
    CHECK(hookrail_accepted_replayed(second));
    CHECK_STR(hookrail_accepted_event_id(second), hookrail_accepted_event_id(first));
    CHECK_STR(hookrail_accepted_idempotency_key(second), "order-1");
    char *events = devserver_events(HTTP);
    CHECK_CONTAINS(events, "\"topic\":\"orders.created\"");
    CHECK_CONTAINS(events, "\"ordering_key\":\"customer-7\"");
    CHECK_CONTAINS(events, "\"payload\":\"{\\\"a\\\": 1}\"");
    free(events);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
    hookrail_accepted_free(first);
    hookrail_accepted_free(second);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_another_process_and_client_can_send_it(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = prepare(client);
    hookrail_client_free(client);
    FILE *file = tmpfile();
    REQUIRE(file != NULL);
    size_t length = hookrail_prepared_blob_len(prepared);
    REQUIRE(fwrite(hookrail_prepared_blob(prepared), 1, length, file) == length);
    hookrail_prepared_free(prepared);
    rewind(file);

    pid_t child = fork();
    if (child == 0) {
        char blob[1024];
        hookrail_accepted *accepted = NULL;
        size_t read = fread(blob, 1, sizeof blob, file);
        client = new_client_with(HTTP, new_options(HTTP));
        hookrail_status status =
            hookrail_send_prepared(client, blob, read, NULL, 0, &accepted, NULL);
        hookrail_accepted_free(accepted);
        hookrail_client_free(client);
        _exit(status == HOOKRAIL_OK ? 0 : 1);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fclose(file);
    CHECK_INT(devserver_count(HTTP, "events"), 1);
}

static void test_a_damaged_blob_is_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = prepare(client);
    size_t length = hookrail_prepared_blob_len(prepared);
    char *blob = malloc(length);
    REQUIRE(blob != NULL);
    memcpy(blob, hookrail_prepared_blob(prepared), length);
    for (size_t i = 0; i < length; i++) {
        hookrail_accepted *accepted = NULL;
        hookrail_error *error = NULL;
        blob[i] ^= 1;
        CHECK_INT(hookrail_send_prepared(client, blob, length, NULL, 0, &accepted, &error),
                  HOOKRAIL_DAMAGED_BLOB);
        blob[i] ^= 1;
        CHECK_INT(hookrail_error_attempts(error), 0);
        CHECK_CONTAINS(hookrail_error_message(error), "prepared event");
        hookrail_error_free(error);
        CHECK_INT(hookrail_send_prepared(client, blob, i, NULL, 0, &accepted, NULL),
                  HOOKRAIL_DAMAGED_BLOB);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), 0);
    free(blob);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_sending_can_be_cancelled(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = prepare(client);
    hookrail_cancel *cancel = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    hookrail_cancel_fire(cancel);
    CHECK_INT(hookrail_send_prepared(client, hookrail_prepared_blob(prepared),
                                     hookrail_prepared_blob_len(prepared), cancel, 0, &accepted,
                                     &error),
              HOOKRAIL_CANCELLED);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    CHECK_STR(hookrail_error_idempotency_key(error), "order-1");
    hookrail_error_free(error);
    hookrail_cancel_free(cancel);
    hookrail_prepared_free(prepared);
    hookrail_client_free(client);
}

static void test_bad_arguments_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_prepared *prepared = NULL;
    hookrail_accepted *accepted = NULL;
    REFUSES("client", hookrail_event_prepare(NULL, TEXT("t"), TEXT("1"), NULL, &prepared, &error));
    REFUSES("out", hookrail_event_prepare(client, TEXT("t"), TEXT("1"), NULL, NULL, &error));
    REFUSES("topic", hookrail_event_prepare(client, NULL, 1, TEXT("1"), NULL, &prepared, &error));
    REFUSES("payload", hookrail_event_prepare(client, TEXT("t"), NULL, 1, NULL, &prepared, &error));
    REFUSES("payload",
            hookrail_event_prepare(client, TEXT("t"), "1", HUGE_LENGTH, NULL, &prepared, &error));
    REFUSES("JSON", hookrail_event_prepare(client, TEXT("t"), TEXT("{"), NULL, &prepared, &error));
    CHECK(prepared == NULL);
    REFUSES("client", hookrail_send_prepared(NULL, TEXT("x"), NULL, 0, &accepted, &error));
    REFUSES("blob", hookrail_send_prepared(client, NULL, 1, NULL, 0, &accepted, &error));
    REFUSES("out", hookrail_send_prepared(client, TEXT("x"), NULL, 0, NULL, &error));
    CHECK_INT(hookrail_send_prepared(client, NULL, 0, NULL, 0, &accepted, NULL),
              HOOKRAIL_DAMAGED_BLOB);
    CHECK(hookrail_prepared_blob(NULL) == NULL);
    CHECK_INT(hookrail_prepared_blob_len(NULL), 0);
    CHECK_STR(hookrail_prepared_idempotency_key(NULL), "");
    hookrail_prepared_free(NULL);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_preparing_sends_nothing);
    RUN(test_a_prepared_event_is_sent_once_however_often);
    RUN(test_another_process_and_client_can_send_it);
    RUN(test_a_damaged_blob_is_refused);
    RUN(test_sending_can_be_cancelled);
    RUN(test_bad_arguments_are_refused);
    return harness_end();
}
