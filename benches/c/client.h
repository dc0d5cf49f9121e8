/* Makes a Hookrail client from the command line. */
#ifndef CLIENT_H
#define CLIENT_H

#include <hookrail.h>

#include "options.h"

/* Ends the program with the message of the error. */
void fail_with(const char *what, hookrail_error *error);

/* `settings`, which may be NULL, has the differences from the defaults; its certificate authority
 * is set here. */
hookrail_client *client_open(const struct options *options, hookrail_client_options *settings);

#endif
