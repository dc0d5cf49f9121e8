/* Signals during calls, and SIGPIPE, which the library must never cause. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"

#define SENDS 1000

static volatile sig_atomic_t signals_seen;

static void count_signal(int number)
{
    (void)number;
    signals_seen++;
}

/* Every send is one request and one event, although a timer interrupts the thread every 5 ms. */
static void check_sends_under_signals(enum server server, int flags)
{
    hookrail_client *client = new_client(server);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_signal;
    action.sa_flags = flags;
    signals_seen = 0;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    const struct itimerval every_5_ms = {{0, 5000}, {0, 5000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &every_5_ms, NULL) == 0);
    for (int i = 0; i < SENDS; i++) {
        if (send_simple(client, "{\"n\":1}") != HOOKRAIL_OK) {
            CHECK(!"a send failed");
            break;
        }
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    /* A signal may still be pending, and the default action would end the program. */
    action.sa_handler = SIG_IGN;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(signals_seen > 0);
    CHECK_INT(devserver_count(server, "events"), SENDS);
    CHECK_INT(devserver_count(server, "requests"), SENDS);
    CHECK_INT(devserver_count(server, "distinct_keys"), SENDS);
    CHECK_INT(devserver_count(server, "connections"), 1);
    hookrail_client_free(client);
}

static void test_signals_with_restart(void)
{
    check_sends_under_signals(HTTP, SA_RESTART);
}

static void test_signals_without_restart(void)
{
    check_sends_under_signals(HTTP, 0);
}

static void test_signals_with_restart_through_tls(void)
{
    check_sends_under_signals(HTTPS, SA_RESTART);
}

static void test_signals_without_restart_through_tls(void)
{
    check_sends_under_signals(HTTPS, 0);
}

/* Sends to a server that resets every other connection. A SIGPIPE would end the process. */
static int send_into_resets(enum server server)
{
    enum { LENGTH = 200 * 1024 };
    signal(SIGPIPE, SIG_DFL);
    char *payload = malloc(LENGTH);
    hookrail_client *client = new_client_with(server, new_options(server));
    if (payload == NULL) {
        return 1;
    }
    memset(payload, ' ', LENGTH);
    payload[LENGTH - 1] = '1';
    for (int i = 0; i < 20; i++) {
        hookrail_accepted *accepted = NULL;
        if (hookrail_send_event(client, TEXT("t"), payload, LENGTH, NULL, &accepted, NULL)
            == HOOKRAIL_INVALID_ARGUMENT) {
            return 1;
        }
        hookrail_accepted_free(accepted);
    }
    hookrail_client_free(client);
    free(payload);
    return 0;
}

static void check_no_sigpipe(enum server server)
{
    devserver_reset(server);
    devserver_set_faults(server, "[{\"reset\":\"after_headers\",\"probability\":0.5,\"seed\":1},"
                                 "{\"reset\":\"before_reading\",\"probability\":0.5,\"seed\":2},"
                                 "{\"close\":\"after_answer\",\"probability\":0.5,\"seed\":3}]");
    pid_t child = fork();
    if (child == 0) {
        _exit(send_into_resets(server));
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(!WIFSIGNALED(status));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_a_reset_raises_no_sigpipe(void)
{
    check_no_sigpipe(HTTP);
}

static void test_a_reset_raises_no_sigpipe_through_tls(void)
{
    check_no_sigpipe(HTTPS);
}

/* Compares with the handler before the library's first call, and not with SIG_DFL: sanitizers
 * have handlers of their own. */
static void test_the_signal_dispositions_are_left_alone(void)
{
    static const int numbers[] = {SIGPIPE, SIGALRM, SIGCHLD, SIGTERM, SIGSEGV, SIGUSR1};
    enum { COUNT = sizeof numbers / sizeof numbers[0] };
    struct sigaction before[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(sigaction(numbers[i], NULL, &before[i]) == 0);
    }
    hookrail_client *client = new_client(HTTP);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    for (size_t i = 0; i < COUNT; i++) {
        struct sigaction now;
        CHECK(sigaction(numbers[i], NULL, &now) == 0);
        CHECK(now.sa_handler == before[i].sa_handler && now.sa_flags == before[i].sa_flags);
    }
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_the_signal_dispositions_are_left_alone);
    RUN(test_signals_with_restart);
    RUN(test_signals_without_restart);
    RUN(test_signals_with_restart_through_tls);
    RUN(test_signals_without_restart_through_tls);
    RUN(test_a_reset_raises_no_sigpipe);
    RUN(test_a_reset_raises_no_sigpipe_through_tls);
    return harness_end();
}
