/* Calls that must refuse an argument. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <hookrail.h>
#include <stdint.h>

#include "harness.h"

/* No object can be that large. */
#define HUGE_LENGTH SIZE_MAX

/* `call` must refuse an argument with an error that contains `named`. It uses a variable `error`.
 */
#define REFUSES(named, call)                                                                       \
    do {                                                                                           \
        hookrail_error *error = NULL;                                                              \
        hookrail_status status_ = (call);                                                          \
        check_refusal(status_, error, named, __FILE__, __LINE__);                                  \
    } while (0)

static inline void check_refusal(hookrail_status status, hookrail_error *error, const char *named,
                                 const char *file, int line)
{
    if (status != HOOKRAIL_INVALID_ARGUMENT) {
        printf("# %s:%d: the next failures are of this call\n", file, line);
    }
    CHECK_INT(status, HOOKRAIL_INVALID_ARGUMENT);
    CHECK_INT(hookrail_error_status(error), HOOKRAIL_INVALID_ARGUMENT);
    CHECK_CONTAINS(hookrail_error_message(error), named);
    CHECK_INT(hookrail_error_message_len(error), strlen(hookrail_error_message(error)));
    CHECK(!hookrail_error_retryable(error));
    CHECK_INT(hookrail_error_http_status(error), 0);
    CHECK_INT(hookrail_error_attempts(error), 0);
    CHECK(hookrail_error_cause(error) == NULL);
    hookrail_error_free(error);
}

#endif
