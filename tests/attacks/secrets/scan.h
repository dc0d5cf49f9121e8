/* Looks for needles in all the memory of another process, as a core image would show it. */
#ifndef SCAN_H
#define SCAN_H

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include "needles.h"

#define SCAN_CHUNK ((size_t)1 << 16)

struct scan {
    size_t bytes;
    size_t found[NEEDLE_LABELS];
};

static inline bool scan_is_zero(const unsigned char *bytes, size_t length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static inline void scan_mapping(struct scan *scan, const struct needles *needles, int memory,
                                unsigned long long start, unsigned long long end, const char *name)
{
    static unsigned char buffer[SCAN_CHUNK];
    bool shown[NEEDLE_LABELS] = {false};
    /* Chunks overlap, so that a window at the end of one is found complete in the next. */
    for (unsigned long long at = start; at + NEEDLE_WINDOW <= end;
         at += SCAN_CHUNK - (NEEDLE_WINDOW - 1)) {
        size_t wanted = end - at < SCAN_CHUNK ? (size_t)(end - at) : SCAN_CHUNK;
        ssize_t got = pread(memory, buffer, wanted, (off_t)at);
        if (got < NEEDLE_WINDOW) {
            /* Pages of the kernel, or pages behind the end of a file. */
            return;
        }
        scan->bytes += (size_t)got;
        if (scan_is_zero(buffer, (size_t)got)) {
            continue;
        }
        for (ssize_t i = 0; i + NEEDLE_WINDOW <= got; i++) {
            int label = needles_match(needles, buffer + i);
            if (label < 0) {
                continue;
            }
            scan->found[label]++;
            if (!shown[label]) {
                shown[label] = true;
                printf("#   %s at %llx %s\n", needles->label[label], at + (unsigned long long)i,
                       name);
            }
        }
    }
}

/* Reads every readable mapping of the process; returns false if the process cannot be read. */
static inline bool scan_process(struct scan *scan, const struct needles *needles, pid_t process)
{
    char path[64];
    char line[512];
    memset(scan, 0, sizeof *scan);
    snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
    int memory = open(path, O_RDONLY);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
    FILE *maps = fopen(path, "r");
    if (memory < 0 || maps == NULL) {
        return false;
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long long start;
        unsigned long long end;
        char access[5];
        int name = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%llx-%llx %4s %*s %*s %*s %n", &start, &end, access, &name) == 3
            && access[0] == 'r') {
            scan_mapping(scan, needles, memory, start, end, line + name);
        }
    }
    fclose(maps);
    close(memory);
    return scan->bytes > 0;
}

#endif
