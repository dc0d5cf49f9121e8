/* The library's results in the form of the line protocol. */
#ifndef RESULTS_H
#define RESULTS_H

#include <hookrail.h>
#include <jansson.h>

json_t *error_result(hookrail_status status, const hookrail_error *error);
json_t *accepted_result(const hookrail_accepted *accepted);
json_t *event_result(const hookrail_event_status *event);
json_t *completion_result(const hookrail_completion *completion);

#endif
