/* Headers of one's own, of a client and of a send. */
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static hookrail_client *new_client_with_headers(void)
{
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_add_header(options, TEXT("X-Gateway"), TEXT("open it"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_add_header(options, TEXT("traceparent"), TEXT("none"), NULL),
              HOOKRAIL_OK);
    devserver_reset(HTTP);
    return new_client_with(HTTP, options);
}

static hookrail_send_options *new_send_options(void)
{
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_add_header(options, TEXT("Traceparent"), TEXT("old"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_send_options_add_header(options, TEXT("traceparent"), TEXT(TRACE), NULL),
              HOOKRAIL_OK);
    return options;
}

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static void test_sends_have_the_headers_of_client_and_send(void)
{
    hookrail_client *client = new_client_with_headers();
    hookrail_send_options *options = new_send_options();
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL),
              HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    uint64_t token = 0;
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), options, 0, 0, &token, NULL),
              HOOKRAIL_OK);
    hookrail_call *call = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), options, &call, NULL), HOOKRAIL_OK);
    accepted = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    CHECK_INT(hookrail_flush(client, 20000, NULL, NULL), HOOKRAIL_OK);
    hookrail_send_options_free(options);
    devserver_wait(HTTP, "requests=3");

    char *requests = devserver_requests(HTTP);
    CHECK_INT(occurrences(requests, TRACE), 3);
    CHECK_INT(occurrences(requests, "traceparent"), 3);
    CHECK_INT(occurrences(requests, "x-gateway"), 3);
    CHECK_INT(occurrences(requests, "open it"), 3);
    free(requests);
    hookrail_client_free(client);
}

static void test_a_prepared_event_keeps_the_headers_of_its_send(void)
{
    hookrail_client *client = new_client_with_headers();
    hookrail_send_options *options = new_send_options();
    hookrail_prepared *prepared = NULL;
    CHECK_INT(hookrail_event_prepare(client, TEXT("t"), TEXT("1"), options, &prepared, NULL),
              HOOKRAIL_OK);
    hookrail_send_options_free(options);
    hookrail_client_free(client);

    client = new_client(HTTP);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_send_prepared(client, hookrail_prepared_blob(prepared),
                                     hookrail_prepared_blob_len(prepared), NULL, 0, &accepted,
                                     NULL),
              HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_prepared_free(prepared);
    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, TRACE);
    CHECK(strstr(requests, "x-gateway") == NULL);
    free(requests);
    hookrail_client_free(client);
}

static void test_headers_that_cannot_be_added_are_refused(void)
{
    hookrail_client_options *client = hookrail_client_options_new();
    hookrail_send_options *send = hookrail_send_options_new();
    REFUSES("options", hookrail_client_options_add_header(NULL, TEXT("a"), TEXT("1"), &error));
    REFUSES("options", hookrail_send_options_add_header(NULL, TEXT("a"), TEXT("1"), &error));
    static const char *const names[] = {"Authorization",       "Host",
                                        "Content-Type",        "Idempotency-Key",
                                        "Connection",          "Transfer-Encoding",
                                        "Proxy-Authorization", "X-Hookrail-Ordering-Key",
                                        "User-Agent",          "Expect"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        REFUSES("cannot be added",
                hookrail_client_options_add_header(client, TEXT(names[i]), TEXT("1"), &error));
        REFUSES("cannot be added",
                hookrail_send_options_add_header(send, TEXT(names[i]), TEXT("1"), &error));
    }
    REFUSES("name", hookrail_send_options_add_header(send, TEXT("a b"), TEXT("1"), &error));
    REFUSES("name", hookrail_send_options_add_header(send, NULL, 0, TEXT("1"), &error));
    REFUSES("name", hookrail_send_options_add_header(send, "a", HUGE_LENGTH, TEXT("1"), &error));
    REFUSES("`a` is empty", hookrail_send_options_add_header(send, TEXT("a"), NULL, 0, &error));
    REFUSES("a line end",
            hookrail_send_options_add_header(send, TEXT("a"), TEXT("1\r\nb: 2"), &error));
    REFUSES("value", hookrail_send_options_add_header(send, TEXT("a"), "1", HUGE_LENGTH, &error));
    static char large[8192];
    memset(large, 'v', sizeof large);
    REFUSES("8192", hookrail_send_options_add_header(send, TEXT("a"), large, sizeof large, &error));
    for (int i = 0; i < 32; i++) {
        char name[8];
        snprintf(name, sizeof name, "a%d", i);
        CHECK_INT(hookrail_send_options_add_header(send, TEXT(name), TEXT("1"), NULL), HOOKRAIL_OK);
    }
    REFUSES("32", hookrail_send_options_add_header(send, TEXT("b"), TEXT("1"), &error));
    hookrail_send_options_free(send);
    hookrail_client_options_free(client);
}

int main(void)
{
    RUN(test_sends_have_the_headers_of_client_and_send);
    RUN(test_a_prepared_event_keeps_the_headers_of_its_send);
    RUN(test_headers_that_cannot_be_added_are_refused);
    return harness_end();
}
