/* The times of a benchmark, and the line of JSON that reports them. */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>
#include <stdint.h>

/* A moment: the wall clock, and the CPU time of the process, in seconds. */
struct usage {
    double wall;
    double cpu;
};

/* An additional member of the line. */
struct figure {
    const char *name;
    double value;
};

struct usage usage_now(void);

/* Nanoseconds of a monotonic clock. */
uint64_t clock_ns(void);

/* Returns the resident memory of the process in bytes. */
double resident_bytes(void);

/* Sorts the values and returns the one that the fraction `quantile` of them does not exceed. */
double quantile_of(uint32_t *values, size_t count, double quantile);

void report(uint64_t count, struct usage start, struct usage end, const struct figure *figures,
            size_t figure_count);

#endif
