/* A client that was made and used before a fork: in the child and in the parent. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"
#include "sanitizer.h"

#define CHILDREN 8
#define SENDS 100

/* Far longer than any wait that succeeds. */
#define LONG_MS 60000

/* Returns a client with a connection in its pool. */
static hookrail_client *warmed_client(enum server server)
{
    hookrail_client *client = new_client(server);
    CHECK_INT(send_simple(client, "\"parent\""), HOOKRAIL_OK);
    return client;
}

static int send_many(const hookrail_client *client, int sends)
{
    for (int i = 0; i < sends; i++) {
        if (send_simple(client, "\"child\"") != HOOKRAIL_OK) {
            return 1;
        }
    }
    return 0;
}

static void check_exit(pid_t child)
{
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void check_children(enum server server)
{
    hookrail_client *client = warmed_client(server);
    pid_t children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int failed = send_many(client, SENDS);
            hookrail_client_free(client);
            _exit(failed);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        check_exit(children[i]);
    }
    CHECK_INT(devserver_count(server, "events"), 1 + CHILDREN * SENDS);
    CHECK_INT(devserver_count(server, "distinct_keys"), 1 + CHILDREN * SENDS);
    CHECK_INT(devserver_count(server, "requests"), 1 + CHILDREN * SENDS);
    CHECK_INT(devserver_count(server, "connections"), 1 + CHILDREN);

    /* The parent's connection still works. */
    CHECK_INT(send_simple(client, "\"parent\""), HOOKRAIL_OK);
    CHECK_INT(devserver_count(server, "connections"), 1 + CHILDREN);
    hookrail_client_free(client);
}

static void test_children_send_what_is_theirs(void)
{
    check_children(HTTP);
}

static void test_children_send_what_is_theirs_through_tls(void)
{
    check_children(HTTPS);
}

static void test_freeing_in_the_child_leaves_the_parent_alone(void)
{
    hookrail_client *client = warmed_client(HTTPS);
    pid_t child = fork();
    if (child == 0) {
        hookrail_client_free(client);
        _exit(0);
    }
    check_exit(child);
    CHECK_INT(send_simple(client, "\"parent\""), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTPS, "connections"), 1);
    hookrail_client_free(client);
}

static void test_parent_and_child_send_at_the_same_time(void)
{
    hookrail_client *client = warmed_client(HTTP);
    pid_t child = fork();
    if (child == 0) {
        _exit(send_many(client, SENDS));
    }
    CHECK_INT(send_many(client, SENDS), 0);
    check_exit(child);
    CHECK_INT(devserver_count(HTTP, "events"), 1 + 2 * SENDS);
    CHECK_INT(devserver_count(HTTP, "distinct_keys"), 1 + 2 * SENDS);
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
    hookrail_client_free(client);
}

static void test_a_daemon_goes_on(void)
{
    hookrail_client *client = warmed_client(HTTP);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        /* Like daemon(3), but with standard output: a second fork after setsid. */
        setsid();
        if (fork() == 0) {
            char result = send_many(client, SENDS) == 0 ? 'y' : 'n';
            _exit(write(ends[1], &result, 1) == 1 ? 0 : 1);
        }
        _exit(0);
    }
    check_exit(child);
    char result = 'n';
    close(ends[1]);
    CHECK_INT(read(ends[0], &result, 1), 1);
    CHECK(result == 'y');
    close(ends[0]);
    CHECK_INT(devserver_count(HTTP, "events"), 1 + SENDS);
    CHECK_INT(send_simple(client, "\"parent\""), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
    hookrail_client_free(client);
}

static void test_popen_and_system_do_no_harm(void)
{
    hookrail_client *client = warmed_client(HTTPS);
    for (int i = 0; i < 10; i++) {
        FILE *output = popen("echo from the shell", "r");
        char line[32] = "";
        REQUIRE(output != NULL);
        CHECK(fgets(line, sizeof line, output) != NULL);
        CHECK_STR(line, "from the shell\n");
        CHECK_INT(pclose(output), 0);
        CHECK_INT(system("true"), 0);
        CHECK_INT(send_simple(client, "\"parent\""), HOOKRAIL_OK);
    }
    CHECK_INT(devserver_count(HTTPS, "connections"), 1);
    hookrail_client_free(client);
}

/* Returns the number of sockets and event descriptors of a program that this one executes. */
static int descriptors_of_an_executed_program(void)
{
    const char *command = "for fd in /proc/self/fd/*; do readlink $fd; done | "
                          "grep -c -e '^socket' -e '^anon_inode'";
    char line[32] = "";
    FILE *output = popen(command, "r");
    if (output == NULL) {
        return -1;
    }
    CHECK(fgets(line, sizeof line, output) != NULL);
    pclose(output);
    return (int)strtol(line, NULL, 10);
}

static void test_no_descriptor_reaches_an_executed_program(void)
{
    /* Standard streams may be sockets. */
    int before = descriptors_of_an_executed_program();
    CHECK(before >= 0);
    hookrail_client *client = warmed_client(HTTP);
    hookrail_cancel *cancel = NULL;
    int32_t events = -1;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_event_fd(client, &events, NULL), HOOKRAIL_OK);
    CHECK_INT(descriptors_of_an_executed_program(), before);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_a_token_from_before_the_fork_is_each_process_its_own(void)
{
    hookrail_client *client = warmed_client(HTTP);
    hookrail_cancel *cancel = NULL;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    hookrail_send_options *options = hookrail_send_options_new();
    CHECK_INT(hookrail_send_options_set_cancel(options, cancel, NULL), HOOKRAIL_OK);
    pid_t child = fork();
    if (child == 0) {
        hookrail_accepted *accepted = NULL;
        hookrail_cancel_fire(cancel);
        _exit(hookrail_send_event(client, TEXT("t"), TEXT("1"), options, &accepted, NULL)
                      == HOOKRAIL_CANCELLED
                  ? 0
                  : 1);
    }
    check_exit(child);
    CHECK(!hookrail_cancel_is_fired(cancel));
    hookrail_send_options_free(options);
    hookrail_cancel_free(cancel);
    hookrail_client_free(client);
}

static void test_a_child_counts_its_own(void)
{
    hookrail_client *client = warmed_client(HTTP);
    pid_t child = fork();
    if (child == 0) {
        char json[1024];
        hookrail_status status = hookrail_client_stats(client, json, sizeof json, NULL, NULL);
        _exit(status == HOOKRAIL_OK && strstr(json, "\"requests\":0") != NULL ? 0 : 1);
    }
    check_exit(child);
    hookrail_client_free(client);
}

/* Collects one completion, and returns whether it has this tag and was delivered. */
static bool collect(const hookrail_client *client, uint64_t tag)
{
    hookrail_completion completion;
    size_t count = 0;
    memset(&completion, 0, sizeof completion);
    bool right = hookrail_poll(client, &completion, sizeof completion, 1, LONG_MS, &count, NULL)
                     == HOOKRAIL_OK
                 && count == 1 && completion.tag == tag && completion.status == HOOKRAIL_OK;
    hookrail_accepted_free(completion.accepted);
    hookrail_error_free(completion.error);
    return right;
}

static bool submit_and_collect(const hookrail_client *client, uint64_t tag)
{
    return hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, tag, 0, NULL, NULL)
               == HOOKRAIL_OK
           && collect(client, tag);
}

static void test_a_child_has_a_queue_of_its_own(void)
{
    hookrail_client *client = new_client(HTTP);
    CHECK_INT(hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, NULL),
              HOOKRAIL_OK);
    CHECK_INT(hookrail_flush(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    pid_t child = fork();
    if (child == 0) {
        size_t completions = 99;
        bool right = hookrail_pending(client, NULL, NULL, &completions, NULL) == HOOKRAIL_OK
                     && completions == 0 && submit_and_collect(client, 2);
        hookrail_client_free(client);
        _exit(right ? 0 : 1);
    }
    check_exit(child);
    CHECK(collect(client, 1));
    CHECK(submit_and_collect(client, 3));
    CHECK_INT(devserver_count(HTTP, "events"), 3);
    hookrail_client_free(client);
}

static void test_a_call_belongs_to_its_process(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK);
    if (HAS_ADDRESS_SANITIZER || HAS_THREAD_SANITIZER) {
        /* Their allocators have locks that a starting thread may hold. */
        CHECK_INT(hookrail_call_wait(call, LONG_MS, NULL), HOOKRAIL_OK);
    }
    pid_t child = fork();
    if (child == 0) {
        alarm(LONG_MS / 1000);
        hookrail_accepted *accepted = NULL;
        bool right = hookrail_call_wait(call, 0, NULL) == HOOKRAIL_FORKED
                     && hookrail_call_finish_send(call, &accepted, NULL) == HOOKRAIL_FORKED;
        hookrail_call_free(call);
        right = right && send_simple(client, "\"child\"") == HOOKRAIL_OK;
        _exit(right ? 0 : 1);
    }
    check_exit(child);
    hookrail_accepted *accepted = NULL;
    CHECK_INT(hookrail_call_finish_send(call, &accepted, NULL), HOOKRAIL_OK);
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    CHECK_INT(devserver_count(HTTP, "events"), 2);
    hookrail_client_free(client);
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd input = {fd, POLLIN, 0};
    return poll(&input, 1, timeout_ms) == 1;
}

static int calls_fd(const hookrail_client *client)
{
    int32_t fd = -1;
    CHECK_INT(hookrail_calls_fd(client, &fd, NULL), HOOKRAIL_OK);
    return fd;
}

static hookrail_call *start_call(const hookrail_client *client)
{
    hookrail_call *call = NULL;
    CHECK_INT(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL), HOOKRAIL_OK);
    return call;
}

/* Whether a call has ended that has this tag, and no other one. */
static bool collects(const hookrail_client *client, uint64_t expected)
{
    uint64_t tags[2] = {0, 0};
    size_t count = 0;
    return is_readable(calls_fd(client), LONG_MS)
           && hookrail_calls_collect(client, tags, 2, &count, NULL) == HOOKRAIL_OK && count == 1
           && tags[0] == expected;
}

static bool child_collects_its_own(const hookrail_client *client, int parents_fd)
{
    hookrail_call *call = start_call(client);
    bool right = calls_fd(client) != parents_fd
                 && hookrail_call_report(call, 2, NULL) == HOOKRAIL_OK && collects(client, 2);
    hookrail_call_free(call);
    return right;
}

static void test_a_child_collects_its_own_calls(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *tagged = start_call(client);
    hookrail_call *untagged = start_call(client);
    int fd = calls_fd(client);
    CHECK_INT(hookrail_call_report(tagged, 1, NULL), HOOKRAIL_OK);
    CHECK(is_readable(fd, LONG_MS));
    CHECK_INT(hookrail_call_wait(untagged, LONG_MS, NULL), HOOKRAIL_OK);
    pid_t child = fork();
    if (child == 0) {
        alarm(LONG_MS / 1000);
        bool right = !is_readable(calls_fd(client), 0)
                     && hookrail_call_report(untagged, 3, NULL) == HOOKRAIL_FORKED;
        hookrail_call_free(tagged);
        right = right && child_collects_its_own(client, fd);
        hookrail_client_free(client);
        _exit(right ? 0 : 1);
    }
    check_exit(child);
    CHECK(collects(client, 1));
    hookrail_call_free(tagged);
    hookrail_call_free(untagged);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_children_send_what_is_theirs);
    RUN(test_children_send_what_is_theirs_through_tls);
    RUN(test_freeing_in_the_child_leaves_the_parent_alone);
    RUN(test_parent_and_child_send_at_the_same_time);
    RUN(test_a_daemon_goes_on);
    RUN(test_popen_and_system_do_no_harm);
    RUN(test_no_descriptor_reaches_an_executed_program);
    RUN(test_a_token_from_before_the_fork_is_each_process_its_own);
    RUN(test_a_child_counts_its_own);
    RUN(test_a_child_has_a_queue_of_its_own);
    RUN(test_a_call_belongs_to_its_process);
    RUN(test_a_child_collects_its_own_calls);
    return harness_end();
}
