/* Clients that the process keeps. */
#include "fixture.h"
#include "harness.h"
#include "refusal.h"

static hookrail_client *shared_client(const char *key)
{
    hookrail_client *client = NULL;
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_shared(TEXT(key), TEXT(API_KEY), TEXT(devserver_url(HTTP)), options,
                                     &client, NULL),
              HOOKRAIL_OK);
    hookrail_client_options_free(options);
    return client;
}

static void test_a_shared_client_keeps_its_connections(void)
{
    devserver_reset(HTTP);
    for (int i = 0; i < 3; i++) {
        hookrail_client *client = shared_client("one");
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
        hookrail_client_free(client);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), 1);
    hookrail_client *other = shared_client("two");
    CHECK_INT(send_simple(other, "1"), HOOKRAIL_OK);
    hookrail_client_free(other);
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
}

static void test_sharing_refuses_bad_arguments(void)
{
    hookrail_client *client = NULL;
    REFUSES("key", hookrail_client_shared(NULL, 0, TEXT(API_KEY), NULL, 0, NULL, &client, &error));
    REFUSES("key", hookrail_client_shared(NULL, 1, TEXT(API_KEY), NULL, 0, NULL, &client, &error));
    REFUSES("out",
            hookrail_client_shared(TEXT("three"), TEXT(API_KEY), NULL, 0, NULL, NULL, &error));
    CHECK_INT(hookrail_client_shared(TEXT("four"), NULL, 0, NULL, 0, NULL, &client, NULL),
              HOOKRAIL_CONFIGURATION);
    CHECK(client == NULL);
}

int main(void)
{
    RUN(test_a_shared_client_keeps_its_connections);
    RUN(test_sharing_refuses_bad_arguments);
    return harness_end();
}
