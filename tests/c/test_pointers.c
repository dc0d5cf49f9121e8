/* Numbers in place of pointers. */
#include "harness.h"
#include <hookrail.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENT = 1, VERIFIER = 2 };

static char first;
static char second;

static void test_a_number_stands_for_its_pointer(void)
{
    uint64_t one = hookrail_pointer_keep(CLIENT, &first);
    uint64_t two = hookrail_pointer_keep(CLIENT, &second);
    CHECK(one != 0 && two != 0 && one != two);
    CHECK(hookrail_pointer_get(CLIENT, one) == &first);
    CHECK(hookrail_pointer_get(CLIENT, two) == &second);
    CHECK(hookrail_pointer_take(CLIENT, one) == &first);
    CHECK(hookrail_pointer_get(CLIENT, two) == &second);
    CHECK(hookrail_pointer_take(CLIENT, two) == &second);
}

static void test_any_other_number_stands_for_nothing(void)
{
    uint64_t number = hookrail_pointer_keep(CLIENT, &first);
    CHECK(hookrail_pointer_get(VERIFIER, number) == NULL);
    CHECK(hookrail_pointer_take(VERIFIER, number) == NULL);
    CHECK(hookrail_pointer_get(CLIENT, number + 1) == NULL);
    CHECK(hookrail_pointer_get(CLIENT, 0) == NULL);
    CHECK(hookrail_pointer_get(CLIENT, UINT64_MAX) == NULL);
    CHECK(hookrail_pointer_get(CLIENT, (uint64_t)(uintptr_t)&first) == NULL);
    CHECK(hookrail_pointer_take(CLIENT, number) == &first);
}

static void test_a_number_is_never_given_again(void)
{
    uint64_t number = hookrail_pointer_keep(CLIENT, &first);
    hookrail_pointer_take(CLIENT, number);
    CHECK(hookrail_pointer_get(CLIENT, number) == NULL);
    CHECK(hookrail_pointer_take(CLIENT, number) == NULL);
    uint64_t next = hookrail_pointer_keep(CLIENT, &first);
    CHECK(next > number);
    hookrail_pointer_take(CLIENT, next);
}

static void test_null_is_kept_as_well(void)
{
    uint64_t number = hookrail_pointer_keep(CLIENT, NULL);
    CHECK(number != 0);
    CHECK(hookrail_pointer_get(CLIENT, number) == NULL);
    CHECK(hookrail_pointer_take(CLIENT, number) == NULL);
}

static void test_a_child_goes_on_with_its_parents_numbers(void)
{
    uint64_t number = hookrail_pointer_keep(CLIENT, &first);
    pid_t child = fork();
    if (child == 0) {
        _exit(hookrail_pointer_take(CLIENT, number) == &first ? 0 : 1);
    }
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(hookrail_pointer_take(CLIENT, number) == &first);
}

enum { THREADS = 4, ROUNDS = 1000 };

static void *keep_and_take(void *place)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t number = hookrail_pointer_keep(CLIENT, place);
        if (hookrail_pointer_get(CLIENT, number) != place
            || hookrail_pointer_take(CLIENT, number) != place) {
            return NULL;
        }
    }
    return place;
}

static void test_threads_do_not_get_each_others(void)
{
    char places[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_create(&threads[i], NULL, keep_and_take, &places[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK_INT(pthread_join(threads[i], &result), 0);
        CHECK(result == &places[i]);
    }
}

int main(void)
{
    RUN(test_a_number_stands_for_its_pointer);
    RUN(test_any_other_number_stands_for_nothing);
    RUN(test_a_number_is_never_given_again);
    RUN(test_null_is_kept_as_well);
    RUN(test_a_child_goes_on_with_its_parents_numbers);
    RUN(test_threads_do_not_get_each_others);
    return harness_end();
}
