/*
 * Sends one event and, with --watch, watches its deliveries until they have ended.
 *
 *     HOOKRAIL_API_KEY=hk_... HOOKRAIL_BASE_URL=http://localhost:8080 \
 *         sender [--watch] TOPIC PAYLOAD [IDEMPOTENCY_KEY]
 *
 * With your own idempotency key, such as the number of an order, you can run the program again
 * after any failure, and the event is still recorded once.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hookrail.h>

/* The interval and the number of checks of the deliveries. */
#define WATCH_INTERVAL_MS 200
#define WATCH_ROUNDS 150

/* The settings of the command line. */
struct order {
    const char *topic;
    const char *payload;
    const char *idempotency_key;
    bool watch;
};

static bool read_order(int argc, char **argv, struct order *order)
{
    int at = 1;
    order->watch = argc > at && strcmp(argv[at], "--watch") == 0;
    at += order->watch ? 1 : 0;
    if (argc - at < 2 || argc - at > 3) {
        fprintf(stderr, "usage: %s [--watch] TOPIC PAYLOAD [IDEMPOTENCY_KEY]\n", argv[0]);
        return false;
    }
    order->topic = argv[at];
    order->payload = argv[at + 1];
    order->idempotency_key = argc - at == 3 ? argv[at + 2] : NULL;
    return true;
}

static void report(const char *what, const hookrail_error *error)
{
    fprintf(stderr, "%s failed (%s): %s\n", what,
            hookrail_status_name(hookrail_error_status(error)), hookrail_error_message(error));
    /* This case needs care: the event may be recorded already. */
    if (hookrail_error_outcome(error) == HOOKRAIL_OUTCOME_MAYBE_SENT) {
        fprintf(stderr, "it may have been recorded; send it again with the idempotency key %s\n",
                hookrail_error_idempotency_key(error));
    }
}

/* Sends the event. The caller frees the answer; NULL means that it failed. */
static hookrail_accepted *send_event(const hookrail_client *client, const struct order *order)
{
    hookrail_error *error = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_send_options *options = hookrail_send_options_new();
    hookrail_status status = HOOKRAIL_OK;
    if (order->idempotency_key != NULL) {
        status = hookrail_send_options_set_idempotency_key(options, order->idempotency_key,
                                                           strlen(order->idempotency_key), &error);
    }
    if (status == HOOKRAIL_OK) {
        status = hookrail_send_event(client, order->topic, strlen(order->topic), order->payload,
                                     strlen(order->payload), options, &accepted, &error);
    }
    if (status != HOOKRAIL_OK) {
        report("sending", error);
    }
    hookrail_send_options_free(options);
    hookrail_error_free(error);
    return accepted;
}

static bool is_final(hookrail_delivery_state state)
{
    return state == HOOKRAIL_DELIVERY_SUCCEEDED || state == HOOKRAIL_DELIVERY_DEAD_LETTERED
           || state == HOOKRAIL_DELIVERY_CANCELLED || state == HOOKRAIL_DELIVERY_SKIPPED;
}

/* Prints the state of the deliveries; returns whether all have ended, and sets the number that
 * succeeded. */
static bool print_deliveries(const hookrail_event_status *status, size_t *succeeded)
{
    bool settled = true;
    size_t count = hookrail_event_status_delivery_count(status);
    *succeeded = 0;
    for (size_t i = 0; i < count; i++) {
        hookrail_delivery_state state = hookrail_event_status_delivery_state(status, i);
        settled = settled && is_final(state);
        *succeeded += state == HOOKRAIL_DELIVERY_SUCCEEDED ? 1 : 0;
        printf("delivery %s: %s, attempts: %zu\n", hookrail_event_status_delivery_id(status, i),
               hookrail_event_status_delivery_state_text(status, i),
               hookrail_event_status_attempt_count(status, i));
    }
    fflush(stdout);
    return settled;
}

/* Watches the deliveries; returns true if all of them succeeded. */
static bool watch(const hookrail_client *client, const char *event_id)
{
    const struct timespec interval = {0, WATCH_INTERVAL_MS * 1000000L};
    for (int round = 0; round < WATCH_ROUNDS; round++) {
        hookrail_error *error = NULL;
        hookrail_event_status *status = NULL;
        if (hookrail_get_event(client, event_id, strlen(event_id), NULL, 0, &status, &error)
            != HOOKRAIL_OK) {
            report("asking for the event", error);
            hookrail_error_free(error);
            return false;
        }
        size_t succeeded = 0;
        bool settled = print_deliveries(status, &succeeded);
        bool all = succeeded == hookrail_event_status_delivery_count(status);
        hookrail_event_status_free(status);
        if (settled) {
            return all;
        }
        nanosleep(&interval, NULL);
    }
    fprintf(stderr, "the deliveries take long; ask again later for event %s\n", event_id);
    return false;
}

int main(int argc, char **argv)
{
    struct order order;
    if (!read_order(argc, argv, &order)) {
        return EXIT_FAILURE;
    }
    hookrail_error *error = NULL;
    hookrail_client *client = NULL;
    /* API key and base URL come from the environment. */
    if (hookrail_client_new(NULL, 0, NULL, 0, NULL, &client, &error) != HOOKRAIL_OK) {
        report("setting up", error);
        hookrail_error_free(error);
        return EXIT_FAILURE;
    }
    bool success = false;
    hookrail_accepted *accepted = send_event(client, &order);
    if (accepted != NULL) {
        printf("event %s is recorded%s, deliveries: %zu\n", hookrail_accepted_event_id(accepted),
               hookrail_accepted_replayed(accepted) ? " (it was before)" : "",
               hookrail_accepted_delivery_count(accepted));
        success = !order.watch || watch(client, hookrail_accepted_event_id(accepted));
    }
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
    return success ? EXIT_SUCCESS : EXIT_FAILURE;
}
