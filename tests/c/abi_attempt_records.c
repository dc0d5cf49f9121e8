/* Cases of abi.h: the records of attempts, and the ids of answers. */
#include "abi.h"

static void call_hookrail_accepted_attempt_record_count(void)
{
    NUMBER_VALUE(hookrail_accepted_attempt_record_count(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_accepted_attempt_record(void)
{
    hookrail_attempt_record record = {0};
    NUMBER_VALUE(hookrail_accepted_attempt_record(NEEDED("accepted", abi.accepted),
                                                  INDEX("index", 0), NEEDED("record", &record),
                                                  sizeof record));
}

static void call_hookrail_accepted_request_id(void)
{
    TEXT_VALUE(hookrail_accepted_request_id(NEEDED("accepted", abi.accepted)));
}

static void call_hookrail_event_status_attempt_record_count(void)
{
    NUMBER_VALUE(hookrail_event_status_attempt_record_count(NEEDED("status", abi.status)));
}

static void call_hookrail_event_status_attempt_record(void)
{
    hookrail_attempt_record record = {0};
    NUMBER_VALUE(hookrail_event_status_attempt_record(
        NEEDED("status", abi.status), INDEX("index", 0), NEEDED("record", &record), sizeof record));
}

static void call_hookrail_event_status_request_id(void)
{
    TEXT_VALUE(hookrail_event_status_request_id(NEEDED("status", abi.status)));
}

static void call_hookrail_error_attempt_record_count(void)
{
    NUMBER_VALUE(hookrail_error_attempt_record_count(NEEDED("error", abi.failure)));
}

static void call_hookrail_error_attempt_record(void)
{
    hookrail_attempt_record record = {0};
    NUMBER_VALUE(hookrail_error_attempt_record(NEEDED("error", abi.failure), INDEX("index", 0),
                                               NEEDED("record", &record), sizeof record));
}

static void call_hookrail_error_request_id(void)
{
    TEXT_VALUE(hookrail_error_request_id(NEEDED("error", abi.failure)));
}

const struct abi_case record_cases[] = {
    CASE_WITH_VALUE(hookrail_accepted_attempt_record_count, "0"),
    CASE_WITH_VALUE(hookrail_accepted_attempt_record, "0"),
    CASE_WITH_VALUE(hookrail_accepted_request_id, "NULL"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_record_count, "0"),
    CASE_WITH_VALUE(hookrail_event_status_attempt_record, "0"),
    CASE_WITH_VALUE(hookrail_event_status_request_id, "NULL"),
    CASE_WITH_VALUE(hookrail_error_attempt_record_count, "0"),
    CASE_WITH_VALUE(hookrail_error_attempt_record, "0"),
    CASE_WITH_VALUE(hookrail_error_request_id, "NULL"),
    END_OF_CASES,
};
