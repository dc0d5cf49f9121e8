/* Without arguments: sends an event and prints its id. With a signature, the id of a delivery and
 * its body: verifies it. */
#include <stdio.h>
#include <string.h>

#include <hookrail.h>

static int say(hookrail_error *error)
{
    fprintf(stderr, "%s\n", hookrail_error_message(error));
    hookrail_error_free(error);
    return 1;
}

static int send_event(void)
{
    hookrail_client *client = NULL;
    hookrail_accepted *accepted = NULL;
    hookrail_error *error = NULL;
    const char *payload = "{\"order_id\":\"o_1\"}";
    if (hookrail_client_new(NULL, 0, NULL, 0, NULL, &client, &error) != HOOKRAIL_OK
        || hookrail_send_event(client, "order.paid", strlen("order.paid"), payload, strlen(payload),
                               NULL, &accepted, &error)
               != HOOKRAIL_OK) {
        return say(error);
    }
    printf("%s\n", hookrail_accepted_event_id(accepted));
    hookrail_accepted_free(accepted);
    hookrail_client_free(client);
    return 0;
}

static int verify(const char *signature, const char *id, const char *body)
{
    const char *secret = "whsec_install";
    const size_t length = strlen(secret);
    if (hookrail_verify_signature(&secret, &length, 1, signature, strlen(signature), id, strlen(id),
                                  body, strlen(body), HOOKRAIL_DEFAULT_TOLERANCE, HOOKRAIL_NOW)
        != HOOKRAIL_OK) {
        return 1;
    }
    puts("verified");
    return 0;
}

int main(int count, char **arguments)
{
    return count == 4 ? verify(arguments[1], arguments[2], arguments[3]) : send_event();
}
