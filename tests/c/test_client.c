/* The set-up of a client: arguments, environment, options. */
#include <stdint.h>
#include <stdlib.h>

#include "fixture.h"
#include "harness.h"

static hookrail_status try_client(const char *key, const char *url,
                                  const hookrail_client_options *options, hookrail_error **error)
{
    hookrail_client *client = NULL;
    hookrail_status status =
        hookrail_client_new(key, key == NULL ? 0 : strlen(key), url, url == NULL ? 0 : strlen(url),
                            options, &client, error);
    CHECK((client != NULL) == (status == HOOKRAIL_OK));
    hookrail_client_free(client);
    return status;
}

static void test_bad_settings_are_refused_with_a_reason(void)
{
    static const struct {
        const char *key;
        const char *url;
        const char *named;
    } settings[] = {
        {NULL, NULL, "HOOKRAIL_API_KEY"},
        {"", NULL, "API key is empty"},
        {"hk_1\n", NULL, "white space"},
        {"hk_1", "", "base"},
        {"hk_1", "hooks.example.com", "http"},
        {"hk_1", "ftp://hooks.example.com", "http"},
        {"hk_1", "http://", "host"},
        {"hk_1", "http://user:swordfish@host", "user"},
        {"hk_1", "http://host/?query", "query"},
        {"hk_1", "http://host/#fragment", "fragment"},
        {"hk_1", "http://host:99999", "port"},
        {"hk_1", "http://\xff", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        hookrail_error *error = NULL;
        CHECK_INT(try_client(settings[i].key, settings[i].url, NULL, &error),
                  HOOKRAIL_CONFIGURATION);
        CHECK_INT(hookrail_error_status(error), HOOKRAIL_CONFIGURATION);
        CHECK_CONTAINS(hookrail_error_message(error), settings[i].named);
        CHECK(strstr(hookrail_error_message(error), "swordfish") == NULL);
        CHECK(strstr(hookrail_error_message(error), "hk_1") == NULL);
        hookrail_error_free(error);
    }
}

static void test_the_environment_fills_in(void)
{
    devserver_reset(HTTP);
    setenv("HOOKRAIL_API_KEY", API_KEY, 1);
    setenv("HOOKRAIL_BASE_URL", devserver_url(HTTP), 1);
    hookrail_client *client = NULL;
    CHECK_INT(hookrail_client_new(NULL, 0, NULL, 0, NULL, &client, NULL), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);

    /* An argument overrides it, also an empty one. */
    CHECK_INT(try_client("", NULL, NULL, NULL), HOOKRAIL_CONFIGURATION);
    setenv("HOOKRAIL_BASE_URL", "not a URL", 1);
    CHECK_INT(try_client(NULL, NULL, NULL, NULL), HOOKRAIL_CONFIGURATION);
    CHECK_INT(try_client(NULL, devserver_url(HTTP), NULL, NULL), HOOKRAIL_OK);
    unsetenv("HOOKRAIL_API_KEY");
    unsetenv("HOOKRAIL_BASE_URL");
    CHECK_INT(try_client(API_KEY, NULL, NULL, NULL), HOOKRAIL_OK);
}

static void test_the_user_agent_names_binding_and_program(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(
        hookrail_client_options_set_user_agent_suffix(options, TEXT("shop/2.1 (worker)"), NULL),
        HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_binding(options, TEXT("fortran77"), NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);

    char expected[96];
    snprintf(expected, sizeof expected,
             "[\"user-agent\",\"hookrail-fortran77/%s shop/2.1 (worker)\"]", hookrail_version());
    char *requests = devserver_requests(HTTP);
    CHECK_CONTAINS(requests, expected);
    free(requests);
}

static void test_the_cap_must_fit_the_total_timeout(void)
{
    hookrail_error *error = NULL;
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_total_timeout_ms(options, 1000, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, NULL, options, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_backoff_ms(options, 1, 1001, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, NULL, options, &error), HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), "cap");
    hookrail_error_free(error);
    hookrail_client_options_free(options);
}

static void test_the_payload_limit_can_be_moved(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_payload_limit(options, 4, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("12345"), NULL, &accepted, &error),
              HOOKRAIL_PAYLOAD_TOO_LARGE);
    CHECK_CONTAINS(hookrail_error_message(error), "5 bytes");
    CHECK_INT(hookrail_error_http_status(error), 0);
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    hookrail_error_free(error);
    CHECK_INT(devserver_count(HTTP, "requests"), 0);
    CHECK_INT(send_simple(client, "1234"), HOOKRAIL_OK);
    hookrail_client_free(client);
}

static void test_retries_can_be_switched_off(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_max_retries(options, 0, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    devserver_set_faults(HTTP, "[{\"status\":503}]");
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_INT(hookrail_error_attempts(error), 1);
    hookrail_error_free(error);
    hookrail_client_free(client);
}

static void test_retry_after_can_be_ignored(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_respect_retry_after(options, false, NULL), HOOKRAIL_OK);
    /* An hour does not fit into the total timeout, so a client that respects it gives up at once.
     */
    devserver_set_faults(HTTP, "[{\"status\":503,\"headers\":{\"Retry-After\":\"3600\"}}]");
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTP, "requests"), 2);
    hookrail_client_free(client);
}

static void test_production_can_require_https_and_a_base_url(void)
{
    hookrail_client_options *options = hookrail_client_options_new();
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_client_options_set_proxy(options, NULL, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, "http://192.0.2.1", options, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, NULL, options, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_require_https(options, true, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_require_base_url(options, true, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, "http://192.0.2.1", options, &error), HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), "use https");
    hookrail_error_free(error);
    error = NULL;
    CHECK_INT(try_client(API_KEY, NULL, options, &error), HOOKRAIL_CONFIGURATION);
    CHECK_CONTAINS(hookrail_error_message(error), "HOOKRAIL_BASE_URL");
    hookrail_error_free(error);
    CHECK_INT(try_client(API_KEY, "http://127.0.0.1:1", options, NULL), HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, "https://192.0.2.1", options, NULL), HOOKRAIL_OK);
    hookrail_client_options_free(options);
}

static void test_a_proxy_is_explicit_or_from_the_environment(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = hookrail_client_options_new();
    CHECK_INT(hookrail_client_options_set_proxy(options, TEXT("socks4://proxy.example.com"), NULL),
              HOOKRAIL_OK);
    CHECK_INT(try_client(API_KEY, NULL, options, NULL), HOOKRAIL_CONFIGURATION);

    CHECK_INT(hookrail_client_options_set_max_retries(options, 0, NULL), HOOKRAIL_OK);
    CHECK_INT(hookrail_client_options_set_proxy(options, TEXT(refusing_url()), NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    CHECK_INT(hookrail_send_event(client, TEXT("t"), TEXT("1"), NULL, &accepted, &error),
              HOOKRAIL_RETRIES_EXHAUSTED);
    CHECK_CONTAINS(hookrail_error_message(error), refusing_url() + strlen("http://"));
    CHECK_INT(hookrail_error_outcome(error), HOOKRAIL_OUTCOME_NOT_SENT);
    hookrail_error_free(error);
    hookrail_client_free(client);

    setenv("http_proxy", refusing_url(), 1);
    client = new_client_with(HTTP, new_options(HTTP));
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);
    unsetenv("http_proxy");
}

static void test_a_client_keeps_no_more_idle_connections_than_asked(void)
{
    devserver_reset(HTTP);
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_idle_connections(options, 0, NULL), HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTP, "connections"), 2);
    hookrail_client_free(client);

    client = new_client(HTTP);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    CHECK_INT(send_simple(client, "2"), HOOKRAIL_OK);
    CHECK_INT(devserver_count(HTTP, "connections"), 1);
    hookrail_client_free(client);
}

static void check_connections(int64_t max_age_ms, int64_t connections)
{
    devserver_reset(HTTP);
    devserver_set_faults(HTTP, "[{\"delay_ms\":5,\"times\":\"always\"}]");
    hookrail_client_options *options = new_options(HTTP);
    CHECK_INT(hookrail_client_options_set_max_connection_age_ms(options, max_age_ms, NULL),
              HOOKRAIL_OK);
    hookrail_client *client = new_client_with(HTTP, options);
    for (int count = 0; count < 3; count++) {
        CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    }
    CHECK_INT(devserver_count(HTTP, "connections"), connections);
    hookrail_client_free(client);
}

static void test_a_connection_that_has_reached_its_age_is_replaced(void)
{
    check_connections(1, 3);
    check_connections(0, 1);
}

static void test_what_a_client_was_made_with_may_go(void)
{
    devserver_reset(HTTP);
    char key[] = API_KEY;
    char *url = malloc(strlen(devserver_url(HTTP)) + 1);
    REQUIRE(url != NULL);
    strcpy(url, devserver_url(HTTP));
    hookrail_client_options *options = new_options(HTTP);
    hookrail_client *client = NULL;
    REQUIRE(hookrail_client_new(TEXT(key), TEXT(url), options, &client, NULL) == HOOKRAIL_OK);
    hookrail_client_options_free(options);
    memset(key, 'x', strlen(key));
    free(url);
    CHECK_INT(send_simple(client, "1"), HOOKRAIL_OK);
    hookrail_client_free(client);
}

int main(void)
{
    RUN(test_bad_settings_are_refused_with_a_reason);
    RUN(test_the_environment_fills_in);
    RUN(test_the_user_agent_names_binding_and_program);
    RUN(test_the_cap_must_fit_the_total_timeout);
    RUN(test_the_payload_limit_can_be_moved);
    RUN(test_retries_can_be_switched_off);
    RUN(test_retry_after_can_be_ignored);
    RUN(test_production_can_require_https_and_a_base_url);
    RUN(test_a_proxy_is_explicit_or_from_the_environment);
    RUN(test_a_client_keeps_no_more_idle_connections_than_asked);
    RUN(test_a_connection_that_has_reached_its_age_is_replaced);
    RUN(test_what_a_client_was_made_with_may_go);
    return harness_end();
}
