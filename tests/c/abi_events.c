/* Cases of abi.h: sending, event status and the producer. */
#include "abi.h"
#include "fixture.h"

#define OK HOOKRAIL_OK
#define INVALID HOOKRAIL_INVALID_ARGUMENT
#define DAMAGED HOOKRAIL_DAMAGED_BLOB

/* Far longer than any wait that succeeds. */
#define LONG_MS 60000

static const struct bytes_rules topic = {INVALID, INVALID, INVALID, INVALID, INVALID};
static const struct bytes_rules payload = {INVALID, INVALID, INVALID, INVALID,
                                           HOOKRAIL_PAYLOAD_TOO_LARGE};
static const struct bytes_rules blob = {DAMAGED, DAMAGED, DAMAGED, DAMAGED, UNLIMITED};
/* The service knows no event with a strange id. */
static const struct bytes_rules event_id = {INVALID, INVALID, INVALID, HOOKRAIL_NOT_FOUND, INVALID};
/* The same, but the error comes from the finish. */
static const struct bytes_rules event_id_of_call = {INVALID, INVALID, INVALID, OK, INVALID};

#define BLOB BYTES_OF("blob", abi.blob, abi.blob_len, blob)
#define EVENT BYTES("topic", "t", topic), BYTES("payload", "1", payload)

/* A background call that is done. */
static hookrail_call *done_call(void)
{
    hookrail_call *call = NULL;
    hookrail_call_send(abi.client, TEXT("t"), TEXT("1"), NULL, &call, NULL);
    hookrail_call_wait(call, LONG_MS, NULL);
    return call;
}

static void call_hookrail_send_event(void)
{
    hookrail_accepted *out = UNTOUCHED;
    STATUS(hookrail_send_event(NEEDED("client", abi.client), EVENT,
                               OPTIONAL("options", abi.send_options), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_accepted_free(out);
    }
}

static void call_hookrail_get_event(void)
{
    hookrail_event_status *out = UNTOUCHED;
    const char *id = hookrail_accepted_event_id(abi.recorded);
    STATUS(hookrail_get_event(NEEDED("client", abi.client), BYTES("event_id", id, event_id),
                              OPTIONAL("cancel", abi.cancel), 0, NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_event_status_free(out);
    }
}

static void call_hookrail_event_prepare(void)
{
    hookrail_prepared *out = UNTOUCHED;
    STATUS(hookrail_event_prepare(NEEDED("client", abi.client), EVENT,
                                  OPTIONAL("options", abi.send_options), NEEDED("out", &out),
                                  ERROR));
    if (MADE(out)) {
        hookrail_prepared_free(out);
    }
}

static void call_hookrail_send_prepared(void)
{
    hookrail_accepted *out = UNTOUCHED;
    STATUS(hookrail_send_prepared(NEEDED("client", abi.client), BLOB,
                                  OPTIONAL("cancel", abi.cancel), 0, NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_accepted_free(out);
    }
}

static void call_hookrail_prepared_free(void)
{
    hookrail_prepared *prepared = NULL;
    hookrail_event_prepare(abi.client, TEXT("t"), TEXT("1"), NULL, &prepared, NULL);
    NO_VALUE(hookrail_prepared_free(NEEDED("prepared", prepared)));
    if (abi_spoiled != NULL) {
        hookrail_prepared_free(prepared);
    }
}

static void call_hookrail_call_send(void)
{
    hookrail_call *out = UNTOUCHED;
    STATUS(hookrail_call_send(NEEDED("client", abi.client), EVENT,
                              OPTIONAL("options", abi.send_options), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_call_free(out);
    }
}

static void call_hookrail_call_send_prepared(void)
{
    hookrail_call *out = UNTOUCHED;
    STATUS(hookrail_call_send_prepared(NEEDED("client", abi.client), BLOB, 0, NEEDED("out", &out),
                                       ERROR));
    if (MADE(out)) {
        hookrail_call_free(out);
    }
}

static void call_hookrail_call_get_event(void)
{
    hookrail_call *out = UNTOUCHED;
    STATUS(hookrail_call_get_event(NEEDED("client", abi.client),
                                   BYTES("event_id", "E1", event_id_of_call), 0,
                                   NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_call_free(out);
    }
}

static void call_hookrail_send_event_interruptible(void)
{
    hookrail_accepted *out = UNTOUCHED;
    hookrail_call *call = NULL;
    STATUS(hookrail_send_event_interruptible(NEEDED("client", abi.client), EVENT,
                                             OPTIONAL("options", abi.send_options),
                                             NEEDED("out", &out), NEEDED("call", &call), ERROR));
    if (MADE(out)) {
        hookrail_accepted_free(out);
    }
}

static void call_hookrail_send_prepared_interruptible(void)
{
    hookrail_accepted *out = UNTOUCHED;
    hookrail_call *call = NULL;
    STATUS(hookrail_send_prepared_interruptible(NEEDED("client", abi.client), BLOB, 0,
                                                NEEDED("out", &out), NEEDED("call", &call), ERROR));
    if (MADE(out)) {
        hookrail_accepted_free(out);
    }
}

static void call_hookrail_call_wait(void)
{
    hookrail_call *call = done_call();
    STATUS(hookrail_call_wait(NEEDED("call", call), LONG_MS, ERROR));
    hookrail_call_free(call);
}

static void call_hookrail_call_fd(void)
{
    hookrail_call *call = done_call();
    NUMBER_VALUE(hookrail_call_fd(NEEDED("call", call)));
    hookrail_call_free(call);
}

static void call_hookrail_call_report(void)
{
    hookrail_call *call = done_call();
    STATUS(hookrail_call_report(NEEDED("call", call), 1, ERROR));
    hookrail_call_free(call);
}

static void call_hookrail_calls_fd(void)
{
    int32_t fd = -1;
    STATUS(hookrail_calls_fd(NEEDED("client", abi.client), NEEDED("fd", &fd), ERROR));
}

static void call_hookrail_calls_collect(void)
{
    uint64_t tags[1];
    size_t count = 0;
    STATUS(hookrail_calls_collect(NEEDED("client", abi.client), NEEDED("tags", tags), 1,
                                  NEEDED("count", &count), ERROR));
}

static void call_hookrail_call_cancel(void)
{
    hookrail_call *call = done_call();
    NO_VALUE(hookrail_call_cancel(NEEDED("call", call)));
    hookrail_call_free(call);
}

static void call_hookrail_call_finish_send(void)
{
    hookrail_accepted *out = UNTOUCHED;
    hookrail_call *call = done_call();
    STATUS(hookrail_call_finish_send(NEEDED("call", call), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_accepted_free(out);
    }
    hookrail_call_free(call);
}

static void call_hookrail_call_finish_get_event(void)
{
    hookrail_event_status *out = UNTOUCHED;
    hookrail_call *call = NULL;
    hookrail_call_get_event(abi.client, TEXT(hookrail_accepted_event_id(abi.recorded)), 0, &call,
                            NULL);
    STATUS(hookrail_call_finish_get_event(NEEDED("call", call), NEEDED("out", &out), ERROR));
    if (MADE(out)) {
        hookrail_event_status_free(out);
    }
    hookrail_call_free(call);
}

static void call_hookrail_call_free(void)
{
    hookrail_call *call = done_call();
    NO_VALUE(hookrail_call_free(NEEDED("call", call)));
    if (abi_spoiled != NULL) {
        hookrail_call_free(call);
    }
}

static void call_hookrail_submit_event(void)
{
    uint64_t token = 0;
    STATUS(hookrail_submit_event(NEEDED("client", abi.client), EVENT,
                                 OPTIONAL("options", abi.send_options), 1, 0,
                                 OPTIONAL("token", &token), ERROR));
}

static void call_hookrail_submit_event_wait(void)
{
    uint64_t token = 0;
    STATUS(hookrail_submit_event_wait(NEEDED("client", abi.client), EVENT,
                                      OPTIONAL("options", abi.send_options), 1, 0, LONG_MS,
                                      OPTIONAL("token", &token), ERROR));
}

static void call_hookrail_submit_prepared(void)
{
    uint64_t token = 0;
    STATUS(hookrail_submit_prepared(NEEDED("client", abi.client), BLOB, 0, 1, 0,
                                    OPTIONAL("token", &token), ERROR));
}

static void call_hookrail_poll(void)
{
    hookrail_completion completions[4];
    size_t count = 0;
    hookrail_submit_event(abi.client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, NULL);
    STATUS(hookrail_poll(NEEDED("client", abi.client), NEEDED("completions", completions),
                         sizeof completions[0], 4, LONG_MS, NEEDED("count", &count), ERROR));
    for (size_t i = 0; i < count; i++) {
        hookrail_accepted_free(completions[i].accepted);
        hookrail_error_free(completions[i].error);
    }
}

static void call_hookrail_event_fd(void)
{
    int32_t fd = -1;
    STATUS(hookrail_event_fd(NEEDED("client", abi.client), NEEDED("fd", &fd), ERROR));
}

static void call_hookrail_wakeup(void)
{
    hookrail_client *client = NULL;
    hookrail_client_new(TEXT("hk_abi"), TEXT("http://127.0.0.1:1"), NULL, &client, NULL);
    NO_VALUE(hookrail_wakeup(NEEDED("client", client)));
    hookrail_client_free(client);
}

static void call_hookrail_cancel_submitted(void)
{
    STATUS(hookrail_cancel_submitted(NEEDED("client", abi.client), 1, ERROR));
}

static void call_hookrail_flush(void)
{
    size_t remaining = 0;
    STATUS(hookrail_flush(NEEDED("client", abi.client), LONG_MS, OPTIONAL("remaining", &remaining),
                          ERROR));
}

static void call_hookrail_purge(void)
{
    size_t purged = 0;
    STATUS(hookrail_purge(NEEDED("client", abi.client), HOOKRAIL_PURGE_QUEUED,
                          OPTIONAL("purged", &purged), ERROR));
}

static void call_hookrail_pending(void)
{
    size_t counts[3];
    STATUS(hookrail_pending(NEEDED("client", abi.client), OPTIONAL("queued", &counts[0]),
                            OPTIONAL("in_flight", &counts[1]), OPTIONAL("completions", &counts[2]),
                            ERROR));
}

const struct abi_case event_cases[] = {
    CASE(hookrail_send_event),
    CASE(hookrail_get_event),
    CASE(hookrail_event_prepare),
    CASE(hookrail_send_prepared),
    CASE_WITH_VALUE(hookrail_prepared_free, ""),
    CASE(hookrail_call_send),
    CASE(hookrail_call_send_prepared),
    CASE(hookrail_call_get_event),
    CASE(hookrail_send_event_interruptible),
    CASE(hookrail_send_prepared_interruptible),
    CASE(hookrail_call_wait),
    CASE_WITH_VALUE(hookrail_call_fd, "-1"),
    CASE(hookrail_call_report),
    CASE(hookrail_calls_fd),
    CASE(hookrail_calls_collect),
    CASE_WITH_VALUE(hookrail_call_cancel, ""),
    CASE(hookrail_call_finish_send),
    CASE(hookrail_call_finish_get_event),
    CASE_WITH_VALUE(hookrail_call_free, ""),
    CASE(hookrail_submit_event),
    CASE(hookrail_submit_event_wait),
    CASE(hookrail_submit_prepared),
    CASE(hookrail_poll),
    CASE(hookrail_event_fd),
    CASE_WITH_VALUE(hookrail_wakeup, ""),
    CASE(hookrail_cancel_submitted),
    CASE(hookrail_flush),
    CASE(hookrail_purge),
    CASE(hookrail_pending),
    END_OF_CASES,
};
