/*
 * Memory with inaccessible pages around it: who reads or writes a byte too many ends by SIGSEGV.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

/* A copy of the bytes that ends where an inaccessible page begins. */
void *guarded_before_page(const void *bytes, size_t length);

/* A copy of the bytes that begins where an inaccessible page ends. */
void *guarded_after_page(const void *bytes, size_t length);

/* A place of which nothing may be read or written. */
void *inaccessible(void);

/* Makes all copies invalid. */
void guarded_free_all(void);

#endif
