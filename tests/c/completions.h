/* Submits events and collects their completions. */
#ifndef COMPLETIONS_H
#define COMPLETIONS_H

#include "fixture.h"
#include "harness.h"

/* Far longer than any wait that succeeds. */
#define LONG_MS 60000

static inline hookrail_status submit(const hookrail_client *client, const char *payload,
                                     uint64_t tag, uint64_t *token)
{
    return hookrail_submit_event(client, TEXT("t"), TEXT(payload), NULL, tag, 0, token, NULL);
}

/* Collects one completion. The caller frees its handles. */
static inline hookrail_completion next_completion(const hookrail_client *client)
{
    hookrail_completion completion;
    size_t count = 0;
    memset(&completion, 0, sizeof completion);
    CHECK_INT(hookrail_poll(client, &completion, sizeof completion, 1, LONG_MS, &count, NULL),
              HOOKRAIL_OK);
    CHECK_INT(count, 1);
    return completion;
}

static inline void free_completion(hookrail_completion *completion)
{
    hookrail_accepted_free(completion->accepted);
    hookrail_error_free(completion->error);
}

static inline void check_pending(const hookrail_client *client, size_t queued, size_t in_flight,
                                 size_t completions)
{
    size_t counts[3] = {99, 99, 99};
    CHECK_INT(hookrail_pending(client, &counts[0], &counts[1], &counts[2], NULL), HOOKRAIL_OK);
    CHECK_INT(counts[0], queued);
    CHECK_INT(counts[1], in_flight);
    CHECK_INT(counts[2], completions);
}

#endif
