/* Many background calls at once: their threads and descriptors, and the one descriptor for all of
 * them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"
#include "refusal.h"

#define LONG_MS 60000
#define MANY 1500

static hookrail_call *start_send(const hookrail_client *client)
{
    hookrail_call *call = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL), HOOKRAIL_OK);
    return call;
}

static hookrail_call *start_reported(const hookrail_client *client, uint64_t tag)
{
    hookrail_call *call = start_send(client);
    CHECK_INT(hookrail_call_report(call, tag, NULL), HOOKRAIL_OK);
    return call;
}

static int calls_fd(const hookrail_client *client)
{
    int32_t fd = -1;
    CHECK_INT(hookrail_calls_fd(client, &fd, NULL), HOOKRAIL_OK);
    return fd;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd input = {fd, POLLIN, 0};
    return poll(&input, 1, timeout_ms) == 1;
}

static size_t collect(const hookrail_client *client, uint64_t *tags, size_t capacity)
{
    size_t count = 99;
    CHECK_INT(hookrail_calls_collect(client, tags, capacity, &count, NULL), HOOKRAIL_OK);
    return count;
}

static int entries(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return count;
}

static hookrail_status finish(hookrail_call *call)
{
    hookrail_accepted *accepted = NULL;
    hookrail_status status = hookrail_call_finish_send(call, &accepted, NULL);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    return status;
}

static void test_many_calls_share_a_thread_and_a_descriptor(void)
{
    static hookrail_call *calls[MANY];
    static bool seen[MANY];
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"delay_ms\":1000,\"times\":\"always\"}]");
    int threads = entries("/proc/self/task");
    int descriptors = entries("/proc/self/fd");
    int fd = calls_fd(client);
    for (size_t i = 0; i < MANY; i++) {
        calls[i] = start_reported(client, i);
    }
    devserver_wait(HTTP, "requests=300");
    CHECK(entries("/proc/self/task") <= threads + 3);
    /* Each call has its connection; the reactor and the shared descriptor are a few more. */
    CHECK(entries("/proc/self/fd") <= descriptors + MANY + 8);
    size_t collected = 0;
    while (collected < MANY && is_readable(fd, LONG_MS)) {
        uint64_t tags[64];
        size_t count = collect(client, tags, 64);
        CHECK(count > 0);
        for (size_t i = 0; i < count; i++) {
            REQUIRE(tags[i] < MANY && !seen[tags[i]]);
            seen[tags[i]] = true;
            CHECK_INT(hookrail_call_wait(calls[tags[i]], 0, NULL), HOOKRAIL_OK);
            CHECK_INT(finish(calls[tags[i]]), HOOKRAIL_OK);
        }
        collected += count;
    }
    CHECK_INT(collected, MANY);
    CHECK(!is_readable(fd, 0));
    hookrail_client_free(client);
}

static void test_a_tag_is_collected_once(void)
{
    hookrail_client *client = new_client(HTTP);
    uint64_t tags[4] = {0};
    hookrail_call *before = start_reported(client, UINT64_MAX);
    int fd = calls_fd(client);
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(collect(client, tags, 4), 1);
    CHECK(tags[0] == UINT64_MAX && !is_readable(fd, 0));
    CHECK_INT(collect(client, tags, 4), 0);
    REFUSES("tag", hookrail_call_report(before, 2, &error));

    hookrail_call *late = start_send(client);
    CHECK_INT(hookrail_call_wait(late, LONG_MS, NULL), HOOKRAIL_OK);
    CHECK(!is_readable(fd, 0));
    CHECK_INT(hookrail_call_report(late, 3, NULL), HOOKRAIL_OK);
    CHECK(is_readable(fd, 0));
    CHECK_INT(collect(client, tags, 1), 1);
    CHECK(tags[0] == 3);
    CHECK_INT(finish(before), HOOKRAIL_OK);
    CHECK_INT(finish(late), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_a_freed_call_is_not_collected(void)
{
    hookrail_client *client = new_client(HTTP);
    int fd = calls_fd(client);
    hookrail_call *done = start_reported(client, 1);
    CHECK(is_readable(fd, LONG_MS));
    hookrail_call_free(done);
    CHECK(!is_readable(fd, 0));
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_call *running = start_reported(client, 2);
    devserver_wait(HTTP, "requests=2");
    hookrail_call_free(running);
    devserver_wait(HTTP, "max_open_connections=0");
    uint64_t tag = 0;
    CHECK(!is_readable(fd, 50));
    CHECK_INT(collect(client, &tag, 1), 0);
    hookrail_client_free(client);
}

static void test_a_call_without_a_tag_is_not_collected(void)
{
    hookrail_client *client = new_client(HTTP);
    uint64_t tag = 0;
    CHECK_INT(finish(start_send(client)), HOOKRAIL_OK);
    CHECK(!is_readable(calls_fd(client), 0));
    CHECK_INT(collect(client, &tag, 1), 0);
    hookrail_client_free(client);
}

static const hookrail_call *call_of_handler;

static void cancel_call(int number)
{
    (void)number;
    hookrail_call_cancel(call_of_handler);
}

static void test_a_signal_handler_cancels(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true}]");
    hookrail_call *call = start_reported(client, 1);
    int fd = calls_fd(client);
    devserver_wait(HTTP, "requests=1");
    CHECK(!is_readable(fd, 0));
    call_of_handler = call;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = cancel_call;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0);
    uint64_t tag = 0;
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(collect(client, &tag, 1), 1);
    CHECK(tag == 1);
    CHECK_INT(finish(call), HOOKRAIL_CANCELLED);
    hookrail_client_free(client);
}

static void test_calls_are_collected_after_close(void)
{
    hookrail_client *client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"delay_ms\":200}]");
    int fd = calls_fd(client);
    hookrail_call *call = start_reported(client, 1);
    devserver_wait(HTTP, "requests=1");
    CHECK_INT(hookrail_client_close(client, 0, NULL, NULL), HOOKRAIL_OK);
    uint64_t tag = 0;
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(collect(client, &tag, 1), 1);
    CHECK_INT(finish(call), HOOKRAIL_OK);
    hookrail_call *refused = start_reported(client, 2);
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(collect(client, &tag, 1), 1);
    CHECK(tag == 2);
    CHECK_INT(finish(refused), HOOKRAIL_CLOSED);
    hookrail_client_free(client);
}

static void test_bad_arguments_are_refused(void)
{
    hookrail_client *client = new_client(HTTP);
    int32_t fd = -1;
    size_t count = 0;
    uint64_t tag = 0;
    REFUSES("client", hookrail_calls_fd(NULL, &fd, &error));
    REFUSES("fd", hookrail_calls_fd(client, NULL, &error));
    REFUSES("client", hookrail_calls_collect(NULL, &tag, 1, &count, &error));
    REFUSES("tags", hookrail_calls_collect(client, NULL, 1, &count, &error));
    REFUSES("capacity", hookrail_calls_collect(client, &tag, 0, &count, &error));
    REFUSES("count", hookrail_calls_collect(client, &tag, 1, NULL, &error));
    REFUSES("call", hookrail_call_report(NULL, 1, &error));
    hookrail_client_free(client);
}

static void test_threads_end_after_their_calls(void)
{
    CHECK(threads_have_ended());
}

int main(void)
{
    RUN(test_many_calls_share_a_thread_and_a_descriptor);
    RUN(test_a_tag_is_collected_once);
    RUN(test_a_freed_call_is_not_collected);
    RUN(test_a_call_without_a_tag_is_not_collected);
    RUN(test_a_signal_handler_cancels);
    RUN(test_calls_are_collected_after_close);
    RUN(test_bad_arguments_are_refused);
    RUN(test_threads_end_after_their_calls);
    return harness_end();
}
