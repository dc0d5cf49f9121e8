#include "abi_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devserver.h"

/* Replaces comments and preprocessor directives by blanks. */
static void blank_out(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        const char *end = NULL;
        if (strncmp(at, "/*", 2) == 0) {
            end = strstr(at, "*/") + 2;
        } else if (strncmp(at, "//", 2) == 0 || *at == '#') {
            end = at + strcspn(at, "\n");
        }
        while (end != NULL && at < end) {
            *at++ = ' ';
        }
        if (*at == '\0') {
            return;
        }
    }
}

static bool is_of_name(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

/* Copies the name that ends before `end`, without white space. */
static void copy_name_before(const char *start, const char *end, char *name, size_t size)
{
    while (end > start && !is_of_name(end[-1])) {
        end--;
    }
    const char *begin = end;
    while (begin > start && is_of_name(begin[-1])) {
        begin--;
    }
    snprintf(name, size, "%.*s", (int)(end - begin), begin);
}

static void read_parameters(struct declared_function *function, const char *start, const char *end)
{
    const char *next = start;
    while (next < end) {
        size_t length = strcspn(next, ",)");
        struct declared_parameter *parameter = &function->parameters[function->parameter_count];
        copy_name_before(next, next + length, parameter->name, sizeof parameter->name);
        if (strcmp(parameter->name, "void") != 0) {
            parameter->is_pointer = memchr(next, '*', length) != NULL;
            parameter->has_length = false;
            if (function->parameter_count > 0) {
                struct declared_parameter *before = parameter - 1;
                char expected[80];
                snprintf(expected, sizeof expected, "%s_len", before->name);
                before->has_length =
                    !parameter->is_pointer && strcmp(parameter->name, expected) == 0;
            }
            function->parameter_count++;
        }
        next += length + 1;
    }
}

size_t read_header(struct declared_function *functions, size_t most)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/hookrail.h", required_environment("HOOKRAIL_INCLUDE_DIR"));
    char *text = read_file(path, NULL);
    blank_out(text);
    size_t count = 0;
    for (char *open = text; (open = strchr(open, '(')) != NULL; open++) {
        char *close = strchr(open, ')');
        if (count == most || close == NULL || close[1] != ';') {
            printf("# the test cannot go on: the header is not read as it is written\n");
            exit(2);
        }
        struct declared_function *function = &functions[count++];
        function->parameter_count = 0;
        copy_name_before(text, open, function->name, sizeof function->name);
        read_parameters(function, open + 1, close);
    }
    free(text);
    return count;
}
