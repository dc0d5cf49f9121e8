/* Calls every function with each of its arguments spoiled in each way. */
#include "abi.h"
#include "abi_header.h"
#include "fixture.h"
#include "harness.h"

static const struct abi_case *current;

/* Prints the call, for the report of a failure. */
static const char *label(const char *parameter, const char *how)
{
    static char text[160];
    snprintf(text, sizeof text, "%s(%s %s)", current->function, parameter, how);
    return text;
}

static void check_that(bool holds, const char *what)
{
    if (!harness_check(holds, what, __FILE__, __LINE__)) {
        printf("#   %s, value %s: %s\n", hookrail_status_name(abi_result), abi_value, abi_message);
    }
}

static void expect_status(const char *what, hookrail_status expected)
{
    if (!harness_check_int(abi_result, expected, what, __FILE__, __LINE__)) {
        printf("#   %s\n", abi_message);
    }
    check_that(!abi_wrong_output, what);
}

/* Checks that the argument is refused, and that the error, if any, names it. */
static void expect_refusal(const char *what, const char *parameter)
{
    expect_status(what, HOOKRAIL_INVALID_ARGUMENT);
    bool has_error = false;
    for (size_t i = 0; i < abi_parameter_count; i++) {
        has_error = has_error || strcmp(abi_parameters[i].name, "error") == 0;
    }
    check_that(!has_error || strstr(abi_message, parameter) != NULL, what);
}

static void expect_absent(const char *what)
{
    if (current->absent == NULL) {
        return;
    }
    check_that(!abi_has_status && strcmp(abi_value, current->absent) == 0, what);
}

static void expect_success(const char *what)
{
    if (abi_has_status) {
        expect_status(what, HOOKRAIL_OK);
    } else {
        bool says_something = strcmp(abi_value, current->absent) != 0;
        check_that(says_something || abi_value[0] == '\0', what);
    }
}

static void spoil(const struct parameter *parameter, enum spoil how)
{
    abi_run(current, parameter->name, how);
}

static void check_null(const struct parameter *parameter)
{
    const char *what = label(parameter->name, "NULL");
    spoil(parameter, NULL_POINTER);
    if (parameter->kind == OPTIONAL_POINTER) {
        expect_success(what);
    } else if (abi_has_status) {
        expect_refusal(what, parameter->name);
    } else {
        expect_absent(what);
    }
}

static void check_guard_pages(const struct parameter *parameter)
{
    spoil(parameter, BEFORE_GUARD);
    expect_success(label(parameter->name, "before an inaccessible page"));
    spoil(parameter, AFTER_GUARD);
    expect_success(label(parameter->name, "after an inaccessible page"));
}

static void check_bytes(const struct parameter *parameter)
{
    const struct bytes_rules *rules = parameter->rules;
    const char *name = parameter->name;
    spoil(parameter, NULL_AND_EMPTY);
    expect_status(label(name, "NULL and empty"), rules->null_and_empty);
    spoil(parameter, EMPTY);
    expect_status(label(name, "empty"), rules->empty);
    spoil(parameter, LARGEST_NUMBER);
    expect_refusal(label(name, "of SIZE_MAX bytes"), name);
    spoil(parameter, ONE_TOO_LARGE);
    expect_refusal(label(name, "of PTRDIFF_MAX + 1 bytes"), name);
    if (rules->largest_object != UNLIMITED) {
        spoil(parameter, LARGEST_OBJECT);
        expect_status(label(name, "of PTRDIFF_MAX bytes"), rules->largest_object);
    }
    spoil(parameter, NOT_UTF8);
    expect_status(label(name, "not UTF-8"), rules->not_utf8);
    spoil(parameter, WITH_NUL);
    expect_status(label(name, "with NUL"), rules->with_nul);
    check_guard_pages(parameter);
}

static void check_parameter(const struct parameter *parameter)
{
    switch (parameter->kind) {
    case AN_INDEX:
        spoil(parameter, OUT_OF_RANGE);
        expect_absent(label(parameter->name, "out of range"));
        return;
    case BYTES_POINTER:
        check_bytes(parameter);
        break;
    case ARRAY_POINTER:
        check_guard_pages(parameter);
        break;
    default:
        break;
    }
    check_null(parameter);
}

static void test_function(void)
{
    abi_run(current, NULL, AS_IS);
    expect_success(label("nothing", "spoiled"));
    struct parameter parameters[MOST_PARAMETERS];
    size_t count = abi_parameter_count;
    memcpy(parameters, abi_parameters, sizeof parameters);
    for (size_t i = 0; i < count; i++) {
        check_parameter(&parameters[i]);
    }
    abi_run(current, NULL, AS_IS);
    expect_success(label("nothing", "spoiled any more"));
}

static const struct parameter *covered(const char *name)
{
    for (size_t i = 0; i < abi_parameter_count; i++) {
        if (strcmp(abi_parameters[i].name, name) == 0) {
            return &abi_parameters[i];
        }
    }
    return NULL;
}

static bool is_covered_as_declared(const struct declared_parameter *declared)
{
    if (!declared->is_pointer) {
        return true;
    }
    const struct parameter *parameter = covered(declared->name);
    return parameter != NULL && declared->has_length == (parameter->kind == BYTES_POINTER);
}

/* Every function and every pointer of the header must have a case. */
static void test_the_header_has_no_other_pointers(void)
{
    enum { MOST = 256 };
    static struct declared_function functions[MOST];
    size_t count = read_header(functions, MOST);
    size_t cases = 0;
    size_t pointers = 0;
    while (abi_case_at(cases) != NULL) {
        cases++;
    }
    CHECK_INT(count, cases);
    for (size_t i = 0; i < count; i++) {
        const struct abi_case *found = abi_case_of(functions[i].name, strlen(functions[i].name));
        if (!harness_check(found != NULL, functions[i].name, __FILE__, __LINE__)) {
            continue;
        }
        current = found;
        abi_run(current, NULL, AS_IS);
        for (size_t j = 0; j < functions[i].parameter_count; j++) {
            const struct declared_parameter *declared = &functions[i].parameters[j];
            CHECK_STR(is_covered_as_declared(declared) ? "" : label(declared->name, "uncovered"),
                      "");
            pointers += declared->is_pointer ? 1 : 0;
        }
    }
    printf("# %zu functions with %zu pointers\n", count, pointers);
}

int main(void)
{
    abi_set_up();
    for (size_t i = 0; (current = abi_case_at(i)) != NULL; i++) {
        harness_run(current->function, test_function);
    }
    RUN(test_the_header_has_no_other_pointers);
    abi_tear_down();
    /* Their memory would look like a leak when the process ends. */
    (void)threads_have_ended();
    return harness_end();
}
