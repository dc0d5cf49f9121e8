/* Has one fault for each sanitizer, in C and in C++. The argument chooses the fault; without an
 * argument there is none. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shared;

static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++) {
        shared++;
    }
    return unused;
}

int main(int argc, char **argv)
{
    const char *fault = argc > 1 ? argv[1] : "none";
    volatile int largest = INT_MAX;
    volatile size_t length = 8;
    pthread_t other;
    char *bytes = (char *)malloc(length);

    bytes[length - 1] = 1;
    if (strcmp(fault, "address") == 0) {
        bytes[length] = 1;
    }
    if (strcmp(fault, "undefined") == 0) {
        largest = largest + 1;
    }
    if (strcmp(fault, "memcheck") == 0) {
        volatile char after = bytes[length];
        (void)after;
    }
    if (pthread_create(&other, NULL, count, NULL) != 0) {
        return 2;
    }
    if (strcmp(fault, "thread") == 0) {
        count(NULL);
    }
    pthread_join(other, NULL);
    free(bytes);
    puts("done");
    return 0;
}
