/* Calls the functions that a signal handler may call, on a small alternate stack and at any moment.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "completions.h"
#include "sanitizer.h"

#define SENDS 500

static const hookrail_client *client_of_handler;
static const hookrail_call *call_of_handler;
static const hookrail_cancel *token_of_handler;
static volatile sig_atomic_t handled;
static volatile sig_atomic_t wrong;

static void handler(int number)
{
    (void)number;
    stack_t stack;
    int errno_before = errno;
    errno = E2BIG;
    hookrail_cancel_fire(token_of_handler);
    hookrail_call_cancel(call_of_handler);
    hookrail_wakeup(client_of_handler);
    bool right = hookrail_cancel_is_fired(token_of_handler) && errno == E2BIG;
    bool on_stack = sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) != 0;
    /* ThreadSanitizer delays handlers, and calls them elsewhere. */
    right = right && (on_stack || HAS_THREAD_SANITIZER);
    wrong = wrong || !right;
    handled++;
    errno = errno_before;
}

/* A stack of the smallest size, with an inaccessible page beneath it, which detects an overflow. */
static void set_alternate_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (size_t)SIGSTKSZ;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    char *memory =
        mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, page, PROT_NONE) != 0) {
        printf("# the test cannot go on: no memory for a stack\n");
        exit(2);
    }
    stack.ss_sp = memory + page;
    stack.ss_size = size;
    CHECK(sigaltstack(&stack, NULL) == 0);
}

static void set_handler(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
}

static void set_timer(suseconds_t microseconds)
{
    const struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void test_handlers_may_fire_cancel_and_wake_up(void)
{
    hookrail_client *client = new_client(HTTP);
    hookrail_call *call = NULL;
    hookrail_cancel *token = NULL;
    REQUIRE(hookrail_cancel_new(&token, NULL) == HOOKRAIL_OK);
    REQUIRE(hookrail_call_send(client, TEXT("t"), TEXT("1"), NULL, &call, NULL) == HOOKRAIL_OK);
    CHECK_INT(hookrail_call_wait(call, LONG_MS, NULL), HOOKRAIL_OK);
    client_of_handler = client;
    call_of_handler = call;
    token_of_handler = token;
    set_alternate_stack();
    set_handler();
    set_timer(2000);
    /* The handler runs while the library allocates, holds its locks and waits. */
    for (int i = 0; i < SENDS; i++) {
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        CHECK_INT(submit(client, "1", 1, NULL), HOOKRAIL_OK);
    }
    while (handled == 0) {
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    }
    set_timer(0);
    CHECK_INT(wrong, 0);
    printf("# the handler came %d times\n", (int)handled);

    hookrail_completion completion;
    size_t count = 0;
    size_t collected = 0;
    int interruptions = 0;
    while (collected < SENDS || interruptions == 0) {
        hookrail_status status =
            hookrail_poll(client, &completion, sizeof completion, 1, LONG_MS, &count, NULL);
        if (status == HOOKRAIL_INTERRUPTED) {
            interruptions++;
            continue;
        }
        CHECK_INT(status, HOOKRAIL_OK);
        REQUIRE(count == 1);
        CHECK_INT(completion.status, HOOKRAIL_OK);
        free_completion(&completion);
        collected++;
    }
    CHECK_INT(interruptions, 1);
    hookrail_cancel_free(token);
    hookrail_call_free(call);
    CHECK_INT(hookrail_client_close(client, LONG_MS, NULL, NULL), HOOKRAIL_OK);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_handlers_may_fire_cancel_and_wake_up);
    return harness_end();
}
