#include "abi.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"
#include "guarded.h"

struct abi_handles abi;
const char *abi_spoiled;
enum spoil abi_spoil;
void (*abi_before_call)(void);
void (*abi_after_call)(void);
bool abi_has_status;
hookrail_status abi_result;
char abi_message[512];
char abi_value[64];
bool abi_wrong_output;
struct parameter abi_parameters[MOST_PARAMETERS];
size_t abi_parameter_count;
char abi_untouched;

static hookrail_error *error;

static const struct abi_case *const all_cases[] = {client_cases, event_cases, result_cases,
                                                   record_cases, signature_cases};

const struct abi_case *abi_case_at(size_t index)
{
    for (size_t i = 0; i < sizeof all_cases / sizeof all_cases[0]; i++) {
        for (const struct abi_case *next = all_cases[i]; next->function != NULL; next++) {
            if (index == 0) {
                return next;
            }
            index--;
        }
    }
    return NULL;
}

const struct abi_case *abi_case_of(const char *function, size_t length)
{
    const struct abi_case *found;
    for (size_t i = 0; (found = abi_case_at(i)) != NULL; i++) {
        if (strlen(found->function) == length && memcmp(found->function, function, length) == 0) {
            break;
        }
    }
    return found;
}

void abi_run(const struct abi_case *run, const char *parameter, enum spoil how)
{
    abi_spoiled = parameter;
    abi_spoil = how;
    abi_has_status = false;
    abi_result = HOOKRAIL_OK;
    abi_message[0] = '\0';
    abi_value[0] = '\0';
    abi_wrong_output = false;
    abi_parameter_count = 0;
    run->call();
    guarded_free_all();
    abi_spoiled = NULL;
}

static bool is_spoiled(const char *name)
{
    return abi_spoiled != NULL && strcmp(abi_spoiled, name) == 0;
}

static void note_parameter(const char *name, enum parameter_kind kind,
                           const struct bytes_rules *rules)
{
    if (abi_parameter_count == MOST_PARAMETERS) {
        printf("# the test cannot go on: more parameters than any function had so far\n");
        exit(2);
    }
    abi_parameters[abi_parameter_count].name = name;
    abi_parameters[abi_parameter_count].kind = kind;
    abi_parameters[abi_parameter_count].rules = rules;
    abi_parameter_count++;
}

void *abi_pointer(const char *name, enum parameter_kind kind, const void *pointer)
{
    note_parameter(name, kind, NULL);
    return is_spoiled(name) ? NULL : (void *)(uintptr_t)pointer;
}

hookrail_error **abi_error_place(void)
{
    return abi_pointer("error", OPTIONAL_POINTER, &error);
}

static const char not_utf8[] = {'a', '\xff', 'b'};
static const char with_nul[] = {'a', '\0', 'b'};

void *abi_bytes(const char *name, const void *bytes, size_t length, const struct bytes_rules *rules)
{
    note_parameter(name, BYTES_POINTER, rules);
    if (!is_spoiled(name)) {
        return (void *)(uintptr_t)bytes;
    }
    switch (abi_spoil) {
    case NULL_POINTER:
    case NULL_AND_EMPTY:
        return NULL;
    case NOT_UTF8:
        return guarded_before_page(not_utf8, sizeof not_utf8);
    case WITH_NUL:
        return guarded_before_page(with_nul, sizeof with_nul);
    case BEFORE_GUARD:
        return guarded_before_page(bytes, length);
    case AFTER_GUARD:
        return guarded_after_page(bytes, length);
    default:
        return inaccessible();
    }
}

size_t abi_length(const char *name, size_t length)
{
    if (!is_spoiled(name)) {
        return length;
    }
    switch (abi_spoil) {
    case NULL_AND_EMPTY:
    case EMPTY:
        return 0;
    case LARGEST_NUMBER:
        return SIZE_MAX;
    case ONE_TOO_LARGE:
        return (size_t)PTRDIFF_MAX + 1;
    case LARGEST_OBJECT:
        return PTRDIFF_MAX;
    case NOT_UTF8:
        return sizeof not_utf8;
    case WITH_NUL:
        return sizeof with_nul;
    default:
        return length;
    }
}

void *abi_array(const char *name, const void *array, size_t size)
{
    note_parameter(name, ARRAY_POINTER, NULL);
    if (!is_spoiled(name)) {
        return (void *)(uintptr_t)array;
    }
    switch (abi_spoil) {
    case BEFORE_GUARD:
        return guarded_before_page(array, size);
    case AFTER_GUARD:
        return guarded_after_page(array, size);
    default:
        return NULL;
    }
}

size_t abi_index(const char *name, size_t index)
{
    note_parameter(name, AN_INDEX, NULL);
    return is_spoiled(name) ? SIZE_MAX : index;
}

void abi_enter(void)
{
    if (abi_before_call != NULL) {
        abi_before_call();
    }
}

void abi_leave(void)
{
    if (abi_after_call != NULL) {
        abi_after_call();
    }
}

/* Returns whether the function got a place for an error. */
static bool takes_error(void)
{
    for (size_t i = 0; i < abi_parameter_count; i++) {
        if (strcmp(abi_parameters[i].name, "error") == 0) {
            return !is_spoiled("error");
        }
    }
    return false;
}

void abi_keep_status(hookrail_status status)
{
    abi_leave();
    abi_has_status = true;
    abi_result = status;
    snprintf(abi_message, sizeof abi_message, "%s", hookrail_error_message(error));
    bool due = status != HOOKRAIL_OK && takes_error();
    if ((error != NULL) != due || (due && hookrail_error_status(error) != status)) {
        abi_wrong_output = true;
    }
    hookrail_error_free(error);
    error = NULL;
}

void abi_keep_text(const char *value)
{
    abi_leave();
    if (value == NULL) {
        snprintf(abi_value, sizeof abi_value, "NULL");
    } else {
        snprintf(abi_value, sizeof abi_value, "\"%.60s\"", value);
    }
}

void abi_keep_number(long long value)
{
    abi_leave();
    snprintf(abi_value, sizeof abi_value, "%lld", value);
}

bool abi_made(const void *output)
{
    bool made = output != &abi_untouched;
    if (made != (abi_result == HOOKRAIL_OK)) {
        abi_wrong_output = true;
    }
    return made;
}
