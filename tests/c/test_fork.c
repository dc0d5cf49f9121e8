/* A client that was made and used before a fork, in the child and in the parent. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"

#define CHILDREN 8
#define SENDS 100

/* A client with a connection in its pool. */
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

    /* The parent's connection is as good as before. */
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
        /* As daemon(3) does, but with its standard output: a second fork after setsid. */
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

static void test_no_descriptor_reaches_an_executed_program(void)
{
    hookrail_client *client = warmed_client(HTTP);
    hookrail_cancel *cancel = NULL;
    CHECK_INT(hookrail_cancel_new(&cancel, NULL), HOOKRAIL_OK);
    FILE *output = popen("for fd in /proc/self/fd/*; do readlink $fd; done | grep -c '^socket'", "r");
    char line[32] = "";
    REQUIRE(output != NULL);
    CHECK(fgets(line, sizeof line, output) != NULL);
    pclose(output);
    CHECK_STR(line, "0\n");
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
    return harness_end();
}
