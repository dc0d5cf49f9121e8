/* Verifies a delivery with a prepared verifier: header, time, MAC, comparison. */
#include <string.h>

#include "client.h"
#include "delivery.h"
#include "fail.h"
#include "load.h"

struct receiver {
    hookrail_verifier *verifier;
    struct delivery delivery;
};

static void *open_receiver(const struct options *options, void *shared)
{
    (void)shared;
    struct receiver *receiver = malloc(sizeof *receiver);
    hookrail_verifier_options *settings = hookrail_verifier_options_new();
    hookrail_error *error = NULL;
    if (receiver == NULL) {
        fail("no memory");
    }
    receiver->delivery = delivery_make(options);
    if (hookrail_verifier_options_add_secret(settings, DELIVERY_SECRET, strlen(DELIVERY_SECRET),
                                             &error)
            != HOOKRAIL_OK
        || hookrail_verifier_new(settings, &receiver->verifier, &error) != HOOKRAIL_OK) {
        fail_with("the verifier", error);
    }
    hookrail_verifier_options_free(settings);
    return receiver;
}

static void verify(void *own)
{
    struct receiver *receiver = own;
    const struct delivery *delivery = &receiver->delivery;
    hookrail_error *error = NULL;
    if (hookrail_verifier_verify(receiver->verifier, delivery->header, delivery->header_length,
                                 DELIVERY_ID, strlen(DELIVERY_ID), delivery->body,
                                 delivery->body_length, HOOKRAIL_NOW, NULL, NULL, NULL, &error)
        != HOOKRAIL_OK) {
        fail_with("a verification", error);
    }
}

static void close_receiver(void *own)
{
    struct receiver *receiver = own;
    hookrail_verifier_free(receiver->verifier);
    free(receiver);
}

int main(int argc, char **argv)
{
    const struct load load = {NULL, open_receiver, verify, close_receiver, NULL};
    return load_main(argc, argv, &load);
}
