/* The handles that the cases of abi.h use. */
#include <stdio.h>
#include <stdlib.h>

#include "abi.h"
#include "fixture.h"

/* An answer in which no value is the one that a getter returns for NULL. */
static const char accepted_answer[] =
    "[{\"status\":202,\"body\":{\"event_id\":\"E1\",\"delivery_ids\":[\"D1\"]},"
    "\"headers\":{\"Idempotent-Replay\":\"true\",\"X-Request-Id\":\"R1\"}}]";

static const char status_answer[] =
    "[{\"match\":{\"method\":\"GET\"},\"status\":200,\"headers\":{\"X-Request-Id\":\"R1\"},"
    "\"body\":{\"event_id\":\"E1\",\"topic\":\"t\","
    "\"deliveries\":[{\"delivery_id\":\"D1\",\"state\":\"retry_scheduled\","
    "\"attempts_truncated\":true,\"attempts\":[{\"attempt_no\":3,\"claim_version\":2,"
    "\"status\":\"failed\",\"latency_ms\":12,\"http_status\":500,\"error_class\":\"http\"}]}]}}]";

static const char failures[] =
    "[{\"status\":503,\"times\":2,\"headers\":{\"Retry-After\":\"0\",\"X-Request-Id\":\"R1\"},"
    "\"content_type\":\"application/problem+json\","
    "\"body\":{\"type\":\"urn:t\",\"title\":\"T\",\"detail\":\"D\"}}]";

static void must(hookrail_status status, hookrail_status expected, const char *what)
{
    if (status != expected) {
        printf("# the test cannot go on: %s: %s\n", what, hookrail_status_name(status));
        exit(2);
    }
}

void abi_set_up(void)
{
    hookrail_client_options *options = new_options(HTTP);
    must(hookrail_client_options_set_max_retries(options, 1, NULL), HOOKRAIL_OK, "options");
    devserver_reset(HTTP);
    abi.client = new_client_with(HTTP, options);
    abi.client_options = hookrail_client_options_new();
    abi.send_options = hookrail_send_options_new();
    must(hookrail_cancel_new(&abi.cancel, NULL), HOOKRAIL_OK, "token");

    devserver_set_faults(HTTP, accepted_answer);
    must(hookrail_send_event(abi.client, TEXT("t"), TEXT("1"), NULL, &abi.accepted, NULL),
         HOOKRAIL_OK, "send");
    devserver_set_faults(HTTP, status_answer);
    must(hookrail_get_event(abi.client, TEXT("E1"), NULL, 0, &abi.status, NULL), HOOKRAIL_OK,
         "status");
    devserver_set_faults(HTTP, failures);
    hookrail_accepted *none = NULL;
    must(hookrail_send_event(abi.client, TEXT("t"), TEXT("1"), NULL, &none, &abi.failure),
         HOOKRAIL_RETRIES_EXHAUSTED, "failure");
    must(hookrail_event_prepare(abi.client, TEXT("t"), TEXT("1"), NULL, &abi.prepared, NULL),
         HOOKRAIL_OK, "prepared event");

    abi.blob = hookrail_prepared_blob(abi.prepared);
    abi.blob_len = hookrail_prepared_blob_len(abi.prepared);
    must(hookrail_send_event(abi.client, TEXT("t"), TEXT("1"), NULL, &abi.recorded, NULL),
         HOOKRAIL_OK, "send");

    abi.verifier_options = hookrail_verifier_options_new();
    must(hookrail_verifier_options_add_secret(abi.verifier_options, TEXT("whsec_abi"), NULL),
         HOOKRAIL_OK, "secret");
    must(hookrail_verifier_new(abi.verifier_options, &abi.verifier, NULL), HOOKRAIL_OK, "verifier");
}

void abi_tear_down(void)
{
    hookrail_verifier_free(abi.verifier);
    hookrail_verifier_options_free(abi.verifier_options);
    hookrail_accepted_free(abi.recorded);
    hookrail_prepared_free(abi.prepared);
    hookrail_error_free(abi.failure);
    hookrail_event_status_free(abi.status);
    hookrail_accepted_free(abi.accepted);
    hookrail_cancel_free(abi.cancel);
    hookrail_send_options_free(abi.send_options);
    hookrail_client_options_free(abi.client_options);
    hookrail_client_free(abi.client);
}
