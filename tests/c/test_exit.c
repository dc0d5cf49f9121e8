/* A process that ends with events queued and in flight, without closing or freeing its client. */
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"

static hookrail_client *client;

static void test_events_are_left_in_flight(void)
{
    client = new_client(HTTP);
    devserver_set_faults(HTTP, "[{\"never_answer\":true,\"times\":\"always\"}]");
    for (uint64_t i = 0; i < 100; i++) {
        CHECK_INT(
            hookrail_submit_event(client, TEXT("exit.test"), TEXT("1"), NULL, i, 0, NULL, NULL),
            HOOKRAIL_OK);
    }
    /* The threads of the library are making attempts; the other events wait. */
    devserver_wait(HTTP, "requests=1");
    size_t queued = 0;
    CHECK_INT(hookrail_pending(client, &queued, NULL, NULL, NULL), HOOKRAIL_OK);
    CHECK(queued > 0);
}

int main(void)
{
    RUN(test_events_are_left_in_flight);
    exit(harness_end());
}
