/*
 * Memory with inaccessible pages around it: reading or writing one byte too many is a SIGSEGV.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

/* Returns a copy of the bytes that ends directly before an inaccessible page. */
void *guarded_before_page(const void *bytes, size_t length);

/* Returns a copy of the bytes that begins directly after an inaccessible page. */
void *guarded_after_page(const void *bytes, size_t length);

/* Returns a place that must not be read or written. */
void *inaccessible(void);

/* Makes all copies invalid. */
void guarded_free_all(void);

#endif
