/* The functions that hookrail.h declares, and their parameters. */
#ifndef ABI_HEADER_H
#define ABI_HEADER_H

#include <stdbool.h>
#include <stddef.h>

struct declared_parameter {
    char name[64];
    bool is_pointer;
    /* Bytes whose length is the next parameter. */
    bool has_length;
};

struct declared_function {
    char name[64];
    struct declared_parameter parameters[16];
    size_t parameter_count;
};

/* Reads the header in the folder that HOOKRAIL_INCLUDE_DIR names, and returns the number of
 * functions. */
size_t read_header(struct declared_function *functions, size_t most);

#endif
