/*
 * Forks at every moment of the first use of the library by another thread. A state that is made at
 * first use, in the library or below it, is incomplete at some of these moments, and the thread
 * that makes it does not exist in the child: a child that waited for it would hang.
 *
 * A moment is an allocation. Each has a process of its own, which has not used the library before:
 * other threads stop at the moment until the process has forked, and the child must then be able
 * to do the same work.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "harness.h"
#include "sanitizer.h"

/* Far longer than any wait that succeeds. */
#define LONG_S 60
#define LONG_MS (LONG_S * 1000)

/* How long a thread stops. A fork may wait for a thread that is inside the library. */
#define STOP_MS 50

/* How often a moment is tried. A fork waits for a thread only briefly, and a busy machine may be
 * slower than that. */
#define TRIES 3

/* The result of a process for a moment. */
enum { GOOD, BAD, PAST_THE_LAST };

static pthread_t forking_thread;
/* The allocations of other threads before the moment; 0: they are not counted. */
static atomic_int left;
static sem_t moment_has_come;
static sem_t has_forked;
static atomic_bool has_ended;

/* Sanitizers have an allocator of their own. */
#if !HAS_ADDRESS_SANITIZER && !HAS_THREAD_SANITIZER
static void stop_at_moment(void)
{
    if (atomic_load(&left) == 0 || pthread_equal(pthread_self(), forking_thread)
        || atomic_fetch_sub(&left, 1) != 1) {
        return;
    }
    int saved = errno;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += STOP_MS * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    sem_post(&moment_has_come);
    while (sem_timedwait(&has_forked, &end) != 0 && errno == EINTR) {
    }
    errno = saved;
}

/* Finds the allocator of the C library. It is called for each allocation, because the first ones
 * come before any code of the program. */
static void find_next(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(function, &symbol, sizeof symbol);
}

void *malloc(size_t size)
{
    void *(*next)(size_t size);
    find_next("malloc", &next);
    stop_at_moment();
    return next(size);
}

void *calloc(size_t count, size_t size)
{
    void *(*next)(size_t count, size_t size);
    find_next("calloc", &next);
    stop_at_moment();
    return next(count, size);
}

void *realloc(void *old, size_t size)
{
    void *(*next)(void *old, size_t size);
    find_next("realloc", &next);
    stop_at_moment();
    return next(old, size);
}
#endif

/* The work: first of other threads, then of the child. */
struct task {
    const char *url;
    enum server server;
    /* Whether the client is made before the fork, or each process makes its own. */
    bool shares_client;
    /* Whether the host is a name, and not an address. */
    bool looks_up;
    bool (*run)(const hookrail_client *client);
    hookrail_client *client;
};

static hookrail_client *make_client(const struct task *task)
{
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(task->server);
    hookrail_status status =
        hookrail_client_new(TEXT(API_KEY), TEXT(task->url), options, &client, NULL);
    hookrail_client_options_free(options);
    return status == HOOKRAIL_OK ? client : NULL;
}

static bool run(const struct task *task)
{
    if (task->shares_client) {
        return task->run(task->client);
    }
    hookrail_client *client = make_client(task);
    bool good = client != NULL && task->run(client);
    hookrail_client_free(client);
    return good;
}

static void *run_beside(void *task)
{
    bool good = run(task);
    atomic_store(&has_ended, true);
    sem_post(&moment_has_come);
    return good ? task : NULL;
}

static int fork_at(struct task *task, int moment)
{
    if (task->shares_client) {
        task->client = make_client(task);
    }
    forking_thread = pthread_self();
    sem_init(&moment_has_come, 0, 0);
    sem_init(&has_forked, 0, 0);
    atomic_store(&left, moment);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_beside, task) != 0) {
        return BAD;
    }
    while (sem_wait(&moment_has_come) != 0) {
    }
    bool past_the_last = atomic_load(&has_ended) && atomic_load(&left) > 0;
    pid_t child = fork();
    if (child == 0) {
        atomic_store(&left, 0);
        alarm(LONG_S);
        _exit(run(task) ? GOOD : BAD);
    }
    sem_post(&has_forked);
    void *good = NULL;
    pthread_join(thread, &good);
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) {
        printf("# a child of moment %d ended with status %#x\n", moment, (unsigned)status);
        return BAD;
    }
    if (good == NULL) {
        printf("# the parent failed at moment %d\n", moment);
        return BAD;
    }
    return past_the_last ? PAST_THE_LAST : GOOD;
}

static int fork_in_new_process(struct task *task, int moment)
{
    fflush(stdout);
    pid_t process = fork();
    if (process == 0) {
        /* The fork itself may hang. */
        alarm(2 * LONG_S);
        int result = fork_at(task, moment);
        fflush(stdout);
        _exit(result);
    }
    int status = 0;
    return waitpid(process, &status, 0) == process && WIFEXITED(status) ? WEXITSTATUS(status) : BAD;
}

/* Tries every `step`th moment. */
static void check_moments(struct task task, int step)
{
    int moment = 1 - step;
    int result = GOOD;
    while (result == GOOD) {
        moment += step;
        int tries = task.looks_up ? TRIES : 1;
        do {
            result = fork_in_new_process(&task, moment);
        } while (result == BAD && --tries > 0);
    }
    CHECK_INT(result, PAST_THE_LAST);
    CHECK(moment > 10 * step);
}

static bool sends(const hookrail_client *client)
{
    return send_simple(client, "1") == HOOKRAIL_OK;
}

static bool submits(const hookrail_client *client)
{
    hookrail_completion completion;
    size_t count = 0;
    memset(&completion, 0, sizeof completion);
    bool good =
        hookrail_submit_event(client, TEXT("t"), TEXT("1"), NULL, 1, 0, NULL, NULL) == HOOKRAIL_OK
        && hookrail_poll(client, &completion, sizeof completion, 1, LONG_MS, &count, NULL)
               == HOOKRAIL_OK
        && count == 1 && completion.status == HOOKRAIL_OK;
    hookrail_accepted_free(completion.accepted);
    hookrail_error_free(completion.error);
    return good;
}

static bool calls(const hookrail_client *client)
{
    hookrail_call *call = NULL;
    hookrail_accepted *accepted = NULL;
    bool good = hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK
                && hookrail_call_wait(call, LONG_MS, NULL) == HOOKRAIL_OK
                && hookrail_call_finish_send(call, &accepted, NULL) == HOOKRAIL_OK;
    hookrail_accepted_free(accepted);
    hookrail_call_free(call);
    return good;
}

static void test_a_fork_while_another_thread_sends(void)
{
    check_moments((struct task){devserver_url(HTTP), HTTP, true, false, sends, NULL}, 1);
}

static void test_a_fork_while_another_thread_makes_its_client_and_sends(void)
{
    check_moments((struct task){devserver_url(HTTP), HTTP, false, false, sends, NULL}, 1);
}

static void test_a_fork_while_another_thread_sends_through_tls(void)
{
    check_moments((struct task){devserver_url(HTTPS), HTTPS, true, false, sends, NULL}, 1);
}

static void test_a_fork_while_another_thread_makes_its_client_for_tls(void)
{
    /* Reading certificates makes nearly all allocations. */
    check_moments((struct task){devserver_url(HTTPS), HTTPS, false, false, sends, NULL}, 7);
}

static void test_a_fork_while_a_name_is_looked_up(void)
{
    char url[64];
    snprintf(url, sizeof url, "http://localhost%s", strrchr(devserver_url(HTTP), ':'));
    check_moments((struct task){url, HTTP, true, true, sends, NULL}, 1);
}

static void test_a_fork_while_an_event_is_submitted(void)
{
    check_moments((struct task){devserver_url(HTTP), HTTP, true, false, submits, NULL}, 1);
}

static void test_a_fork_while_a_call_starts(void)
{
    check_moments((struct task){devserver_url(HTTP), HTTP, true, false, calls, NULL}, 1);
}

int main(void)
{
    devserver_reset(HTTP);
    devserver_reset(HTTPS);
    RUN(test_a_fork_while_another_thread_sends);
    RUN(test_a_fork_while_another_thread_makes_its_client_and_sends);
    RUN(test_a_fork_while_another_thread_sends_through_tls);
    RUN(test_a_fork_while_another_thread_makes_its_client_for_tls);
    RUN(test_a_fork_while_a_name_is_looked_up);
    RUN(test_a_fork_while_an_event_is_submitted);
    RUN(test_a_fork_while_a_call_starts);
    return harness_end();
}
