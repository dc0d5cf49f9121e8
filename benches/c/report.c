#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct usage usage_now(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (struct usage){.wall = (double)clock_ns() / 1e9,
                          .cpu = seconds_of(used.ru_utime) + seconds_of(used.ru_stime)};
}

double resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*s %ld", &pages) != 1) {
        fail("cannot read /proc/self/statm");
    }
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

double quantile_of(uint32_t *values, size_t count, double quantile)
{
    qsort(values, count, sizeof *values, compare);
    return values[(size_t)((double)(count - 1) * quantile)];
}

void report(uint64_t count, struct usage start, struct usage end, const struct figure *figures,
            size_t figure_count)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"count\":%llu,\"seconds\":%.9f,\"cpu_seconds\":%.6f,\"max_rss\":%ld,\"rss\":%.0f",
           (unsigned long long)count, end.wall - start.wall, end.cpu - start.cpu,
           used.ru_maxrss * 1024, resident_bytes());
    for (size_t i = 0; i < figure_count; i++) {
        printf(",\"%s\":%.3f", figures[i].name, figures[i].value);
    }
    printf("}\n");
}
