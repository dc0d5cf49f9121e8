/*
 * A correct call of each function of the ABI, of which a test may spoil one argument.
 *
 * A case makes the handles of its function and calls it once. NEEDED, OPTIONAL, BYTES, ARRAY and
 * INDEX hold its arguments: they record the parameters' names and insert the spoiled argument.
 * STATUS, TEXT_VALUE, NUMBER_VALUE or NO_VALUE hold the call: they record its result.
 */
#ifndef ABI_H
#define ABI_H

#include <hookrail.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The ways to spoil an argument. */
enum spoil {
    AS_IS,
    /* NULL, with its length if it has one. */
    NULL_POINTER,
    NULL_AND_EMPTY,
    /* A place that must not be read, with the length 0. */
    EMPTY,
    /* The same, with more bytes than any object has. */
    LARGEST_NUMBER,
    ONE_TOO_LARGE,
    /* The same, with the most bytes that an object can have. */
    LARGEST_OBJECT,
    NOT_UTF8,
    WITH_NUL,
    /* The correct bytes, directly before or after an inaccessible page. */
    BEFORE_GUARD,
    AFTER_GUARD,
    /* An index that is out of range. */
    OUT_OF_RANGE
};

/* There is no limit: as many bytes as the length are read. */
#define UNLIMITED ((hookrail_status)-1)

/* The status that a function returns for spoiled bytes. */
struct bytes_rules {
    hookrail_status null_and_empty;
    hookrail_status empty;
    hookrail_status not_utf8;
    hookrail_status with_nul;
    hookrail_status largest_object;
};

enum parameter_kind { NEEDED_POINTER, OPTIONAL_POINTER, ARRAY_POINTER, BYTES_POINTER, AN_INDEX };

struct parameter {
    const char *name;
    enum parameter_kind kind;
    /* For bytes; else NULL. */
    const struct bytes_rules *rules;
};

struct abi_case {
    const char *function;
    void (*call)(void);
    /* The value of a function without a status for NULL, written like abi_value. */
    const char *absent;
};

extern const struct abi_case client_cases[];
extern const struct abi_case event_cases[];
extern const struct abi_case result_cases[];
extern const struct abi_case record_cases[];
extern const struct abi_case signature_cases[];

/* Returns the case number `index`; NULL after the last. */
const struct abi_case *abi_case_at(size_t index);

/* Returns the case of a function; NULL if there is none. */
const struct abi_case *abi_case_of(const char *function, size_t length);

/* Makes the handles that the cases use, and frees them. */
void abi_set_up(void);
void abi_tear_down(void);

/* Handles for the cases. */
extern struct abi_handles {
    hookrail_client *client;
    hookrail_client_options *client_options;
    hookrail_send_options *send_options;
    hookrail_cancel *cancel;
    hookrail_accepted *accepted;
    hookrail_event_status *status;
    hookrail_error *failure;
    hookrail_prepared *prepared;
    /* That of the prepared event. */
    const char *blob;
    size_t blob_len;
    /* An event that the service knows. */
    hookrail_accepted *recorded;
    hookrail_verifier_options *verifier_options;
    hookrail_verifier *verifier;
} abi;

/* The spoiled argument and the way; NULL for none. */
extern const char *abi_spoiled;
extern enum spoil abi_spoil;

/* Called directly before and after the function; NULL for none. */
extern void (*abi_before_call)(void);
extern void (*abi_after_call)(void);

/* Calls the case's function with the spoiled argument. The variables below have the result. */
void abi_run(const struct abi_case *run, const char *parameter, enum spoil how);

extern bool abi_has_status;
extern hookrail_status abi_result;
extern char abi_message[512];
extern char abi_value[64];
/* Whether an output is wrong: a success must set it, a failure must not change it. */
extern bool abi_wrong_output;

/* The parameters of the last call. */
enum { MOST_PARAMETERS = 12 };
extern struct parameter abi_parameters[MOST_PARAMETERS];
extern size_t abi_parameter_count;

/* For the cases. */
void *abi_pointer(const char *name, enum parameter_kind kind, const void *pointer);
hookrail_error **abi_error_place(void);
void *abi_bytes(const char *name, const void *bytes, size_t length,
                const struct bytes_rules *rules);
size_t abi_length(const char *name, size_t length);
void *abi_array(const char *name, const void *array, size_t size);
size_t abi_index(const char *name, size_t index);
void abi_enter(void);
void abi_leave(void);
void abi_keep_status(hookrail_status status);
void abi_keep_text(const char *value);
void abi_keep_number(long long value);
bool abi_made(const void *output);
extern char abi_untouched;

#define NEEDED(name, pointer) abi_pointer((name), NEEDED_POINTER, (pointer))
#define OPTIONAL(name, pointer) abi_pointer((name), OPTIONAL_POINTER, (pointer))
#define ERROR abi_error_place()
#define BYTES_OF(name, bytes, length, rules)                                                       \
    abi_bytes((name), (bytes), (length), &(rules)), abi_length((name), (length))
#define BYTES(name, text, rules) BYTES_OF(name, text, strlen(text), rules)
#define ARRAY(name, array) abi_array((name), (array), sizeof(array))
#define INDEX(name, index) abi_index((name), (index))

#define STATUS(call) (abi_enter(), abi_keep_status(call))
#define TEXT_VALUE(call) (abi_enter(), abi_keep_text(call))
#define NUMBER_VALUE(call) (abi_enter(), abi_keep_number((long long)(call)))
#define NO_VALUE(call) (abi_enter(), (call), abi_leave())
#define POINTER_VALUE(call) TEXT_VALUE((call) == NULL ? NULL : "a pointer")

/* The value of an output before a call. */
#define UNTOUCHED ((void *)&abi_untouched)
/* Returns whether the call has set the output; then it must be freed. */
#define MADE(output) abi_made(output)

#define CASE(function)                                                                             \
    {                                                                                              \
#function, call_##function, NULL                                                           \
    }
#define CASE_WITH_VALUE(function, absent)                                                          \
    {                                                                                              \
#function, call_##function, (absent)                                                       \
    }
#define END_OF_CASES                                                                               \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

#endif
