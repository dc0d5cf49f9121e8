#define _GNU_SOURCE
#include "guarded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The most copies that one call can have. */
enum { MOST_COPIES = 32 };

static struct {
    char *start;
    size_t size;
} mappings[MOST_COPIES];
static size_t mapping_count;

static void *map(size_t size)
{
    char *start = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mapping_count == MOST_COPIES) {
        printf("# the test cannot go on: no memory for guard pages\n");
        exit(2);
    }
    mappings[mapping_count].start = start;
    mappings[mapping_count].size = size;
    mapping_count++;
    return start;
}

/* Returns accessible pages with room for `length` bytes, between two inaccessible ones. */
static char *map_room(size_t length, size_t *room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *room = (length + page - 1) / page * page;
    char *start = map(*room + 2 * page);
    if (*room > 0 && mprotect(start + page, *room, PROT_READ | PROT_WRITE) != 0) {
        printf("# the test cannot go on: a page cannot be made accessible\n");
        exit(2);
    }
    return start + page;
}

void *guarded_before_page(const void *bytes, size_t length)
{
    size_t room = 0;
    char *start = map_room(length, &room);
    return memcpy(start + room - length, bytes, length);
}

void *guarded_after_page(const void *bytes, size_t length)
{
    size_t room = 0;
    char *start = map_room(length, &room);
    return memcpy(start, bytes, length);
}

void *inaccessible(void)
{
    static void *place;
    if (place == NULL) {
        place = map(1);
        /* Never freed. */
        mapping_count--;
    }
    return place;
}

void guarded_free_all(void)
{
    while (mapping_count > 0) {
        mapping_count--;
        munmap(mappings[mapping_count].start, mappings[mapping_count].size);
    }
}
