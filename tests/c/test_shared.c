/* Shared clients, which the process keeps. */
#include "fixture.h"
#include "harness.h"
#include "refusal.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static hookrail_client *shared_client(const char *key)
{
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_shared(TEXT(key), TEXT(API_KEY), TEXT(devserver_url(HTTP)), options,
                                     &client, NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
    return client;
}

static void test_a_shared_client_keeps_its_connections(void)
{
    devserver_reset(HTTP);
    for (int i = 0; i < 3; i++) {
        hookrail_client *client = shared_client("one");
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        hookrail_client_free(client);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), 1);
    hookrail_client *other = shared_client("two");
    CHECK_INT(send_simple(other, "1"), HOOKRAIL_OK);
    hookrail_client_free(other);
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
}

static hookrail_client *shared_client_with_header(const char *value)
{
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_add_header(options, TEXT("x-token"), TEXT(value), NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_client_shared(TEXT("headers"), TEXT(API_KEY), TEXT(devserver_url(HTTP)),
                                     options, &client, NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
    return client;
}

static void test_the_added_headers_are_part_of_the_key(void)
{
    static const char *const values[] = {"first", "second", "first"};
    devserver_reset(HTTP);
    for (int i = 0; i < 3; i++) {
        hookrail_client *client = shared_client_with_header(values[i]);
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        hookrail_client_free(client);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
    char *requests = devserver_requests(HTTP);
    const char *first = strstr(requests, "\"first\"");
    CHECK(first != NULL && strstr(first + 1, "\"first\"") != NULL);
    CHECK_CONTAINS(requests, "\"second\"");
    free(requests);
}

static void test_the_client_certificate_is_part_of_the_key(void)
{
    static const enum server owners[] = {HTTPS, HTTPS_OTHER_HOST, HTTPS};
    devserver_reset(HTTP);
    for (int i = 0; i < 3; i++) {
        hookrail_client *client = NULL;
        hookrail_client_options *options = new_options(HTTP);
        CHECK_INT(hookrail_client_options_set_client_certificate_file(
                      options, TEXT(devserver_certificate_file(owners[i])),
                      TEXT(devserver_key_file(owners[i])), NULL),
                  HOOKRAIL_OK);
        CHECK_INT(hookrail_client_shared(TEXT("certificates"), TEXT(API_KEY),
                                         TEXT(devserver_url(HTTP)), options, &client, NULL),
                  HOOKRAIL_OK);
        hookrail_client_options_free(options);
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        hookrail_client_free(client);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder != NULL);
    int count = 0;
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* A host that makes up a key for every request, or has a key for each of many tenants. */
static void test_many_keys_do_not_keep_a_connection_each(void)
{
    enum { KEYS = 120, KEPT = 32 };
    devserver_reset(HTTP);
    hookrail_client *held = shared_client("held");
    CHECK_INT(send_simple(held, "1"), HOOKRAIL_OK);
    int before = open_descriptors();
    for (int i = 0; i < KEYS; i++) {
        char key[16];
        snprintf(key, sizeof key, "key %d", i);
        hookrail_client *client = shared_client(key);
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        hookrail_client_free(client);
    }
    CHECK(open_descriptors() - before <= KEPT);
    CHECK_INT(devserver_count(HTTP, "connections"), KEYS + 1);

    /* A client with a handle stays, although it was not asked for the longest. */
    CHECK_INT(send_simple(held, "1"), HOOKRAIL_OK);
    hookrail_client *same = shared_client("held");
    CHECK_INT(send_simple(same, "1"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTP, "connections"), KEYS + 1);
    hookrail_client_free(same);
    hookrail_client_free(held);
}

static void test_events_in_the_queue_keep_their_client(void)
{
    enum { KEYS = 40 };
    devserver_reset(HTTP);
    devserver_set_faults(HTTP, "[{\"delay_ms\":1000}]");
    hookrail_client *client = shared_client("queue");
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 0, 0, NULL, NULL),
              HOOKRAIL_OK);
    hookrail_client_free(client);
    for (int i = 0; i < KEYS; i++) {
        char key[16];
        snprintf(key, sizeof key, "other %d", i);
        hookrail_client_free(shared_client(key));
    }
    devserver_wait(HTTP, "events=1");
    client = shared_client("queue");
    hookrail_completion completion;
    size_t count = 0;
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, 10000, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 1);
    hookrail_accepted_free(completion.accepted);
    hookrail_error_free(completion.error);
    hookrail_client_free(client);
}

static void test_a_closed_client_is_replaced(void)
{
    devserver_reset(HTTP);
    hookrail_client *closed = shared_client("closed");
    hookrail_client *same = shared_client("closed");
    CHECK_INT(hookrail_submit_event(closed, TEXT("t"), TEXT("1"), NULL, 7, 0, NULL, NULL),
              HOOKRAIL_OK);
    size_t unsent = 1;
    CHECK_INT(hookrail_client_close(closed, 10000, &unsent, NULL), HOOKRAIL_OK);
    CHECK_INT(unsent, 0);
    CHECK_INT(send_simple(same, "1"), HOOKRAIL_CLOSED);

    hookrail_client *next = shared_client("closed");
    CHECK_INT(send_simple(next, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(closed, "1"), HOOKRAIL_CLOSED);

    hookrail_completion completion;
    size_t count = 0;
    CHECK_INT(hookrail_poll(same, &completion, sizeof completion, 1, 0, &count, NULL), HOOKRAIL_OK);
    CHECK_INT(count, 1);
    CHECK_INT(completion.tag, 7);
    hookrail_accepted_free(completion.accepted);
    hookrail_error_free(completion.error);
    hookrail_client_free(closed);
    hookrail_client_free(same);
    hookrail_client_free(next);
}

static void test_sharing_refuses_bad_arguments(void)
{
    hookrail_client *client = NULL;
    REFUSES("key", hookrail_client_shared(NULL, 0, TEXT(API_KEY), NULL, 0, NULL, &client, &error));
    REFUSES("key", hookrail_client_shared(NULL, 1, TEXT(API_KEY), NULL, 0, NULL, &client, &error));
    REFUSES("out",
            hookrail_client_shared(TEXT("three"), TEXT(API_KEY), NULL, 0, NULL, NULL, &error));
    CHECK_INT(hookrail_client_shared(TEXT("four"), NULL, 0, NULL, 0, NULL, &client, NULL),
              HOOKRAIL_CONFIGURATION);
    CHECK(client == NULL);
}

int main(void)
{
    RUN(test_a_shared_client_keeps_its_connections);
    RUN(test_the_added_headers_are_part_of_the_key);
    RUN(test_the_client_certificate_is_part_of_the_key);
    RUN(test_many_keys_do_not_keep_a_connection_each);
    RUN(test_events_in_the_queue_keep_their_client);
    RUN(test_a_closed_client_is_replaced);
    RUN(test_sharing_refuses_bad_arguments);
    return harness_end();
}
