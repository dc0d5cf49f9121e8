/* What a benchmark took, and the line of JSON that says so. */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>
#include <stdint.h>

/* A moment: the wall clock, and the CPU time of the process, in seconds. */
struct usage {
    double wall;
    double cpu;
};

/* A further member of the line. */
struct figure {
    const char *name;
    double value;
};

struct usage usage_now(void);

/* Nanoseconds on a clock that only goes forward. */
uint64_t clock_ns(void);

/* How many bytes of memory the process has resident. */
double resident_bytes(void);

/* Sorts the values and returns the one that the fraction `quantile` of them does not exceed. */
double quantile_of(uint32_t *values, size_t count, double quantile);

void report(uint64_t count, struct usage start, struct usage end, const struct figure *figures,
            size_t figure_count);

#endif
