/*
 * A harness for the tests in C.
 *
 * CHECK records a failure and continues, REQUIRE leaves the test, RUN prints whether a test passed,
 * and harness_end() prints the totals and returns the result for main.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int harness_passed;
static int harness_failed;
static int harness_failures_of_test;

static inline bool harness_check(bool holds, const char *text, const char *file, int line)
{
    if (!holds) {
        harness_failures_of_test++;
        printf("# %s:%d: failed: %s\n", file, line, text);
    }
    return holds;
}

static inline bool harness_check_int(long long actual, long long expected, const char *text,
                                     const char *file, int line)
{
    if (actual != expected) {
        harness_failures_of_test++;
        printf("# %s:%d: %s is %lld, not %lld\n", file, line, text, actual, expected);
    }
    return actual == expected;
}

static inline bool harness_check_str(const char *actual, const char *expected, const char *text,
                                     const char *file, int line)
{
    bool equal = actual != NULL && strcmp(actual, expected) == 0;
    if (!equal) {
        harness_failures_of_test++;
        printf("# %s:%d: %s is \"%s\", not \"%s\"\n", file, line, text,
               actual == NULL ? "(NULL)" : actual, expected);
    }
    return equal;
}

static inline bool harness_check_contains(const char *text, const char *part, const char *file,
                                          int line)
{
    bool contains = text != NULL && strstr(text, part) != NULL;
    if (!contains) {
        harness_failures_of_test++;
        printf("# %s:%d: \"%s\" does not contain \"%s\"\n", file, line,
               text == NULL ? "(NULL)" : text, part);
    }
    return contains;
}

#define CHECK(condition) (void)harness_check((condition), #condition, __FILE__, __LINE__)

#define CHECK_INT(actual, expected)                                                                \
    (void)harness_check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)

#define CHECK_STR(actual, expected)                                                                \
    (void)harness_check_str((actual), (expected), #actual, __FILE__, __LINE__)

#define CHECK_CONTAINS(text, part) (void)harness_check_contains((text), (part), __FILE__, __LINE__)

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!harness_check((condition), #condition, __FILE__, __LINE__)) {                         \
            return;                                                                                \
        }                                                                                          \
    } while (0)

#define RUN(test) harness_run(#test, test)

static inline void harness_run(const char *name, void (*test)(void))
{
    harness_failures_of_test = 0;
    test();
    if (harness_failures_of_test == 0) {
        harness_passed++;
        printf("ok %s\n", name);
    } else {
        harness_failed++;
        printf("not ok %s\n", name);
    }
    /* A forked child would print the buffer a second time. */
    fflush(stdout);
}

static inline int harness_end(void)
{
    printf("%d passed, %d failed\n", harness_passed, harness_failed);
    return harness_failed == 0 ? 0 : 1;
}

#endif
