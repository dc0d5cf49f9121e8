/* Checks the example receiver's answer to each status. Most of them cannot be caused from outside.
 * */
#define main receiver_main
#include "../../../examples/c/receiver.c"
#undef main

static int wanted(int status)
{
    switch (status) {
    case HOOKRAIL_SIGNATURE_MISSING:
        return 400;
    case HOOKRAIL_SIGNATURE_MALFORMED:
        return 401;
    case HOOKRAIL_BODY_INCOMPLETE:
        return 408;
    case HOOKRAIL_BODY_TOO_LARGE:
        return 413;
    case HOOKRAIL_SIGNATURE_MISMATCH:
    case HOOKRAIL_TIMESTAMP_TOO_OLD:
    case HOOKRAIL_TIMESTAMP_TOO_NEW:
        return 503;
    default:
        return 500;
    }
}

int main(void)
{
    int wrong = 0;
    mismatch_status = 503;
    for (int status = 1; status < 1000; status++) {
        int answer = answer_to((hookrail_status)status);
        if (answer != wanted(status)) {
            printf("status %d: answered %d, wanted %d\n", status, answer, wanted(status));
            wrong++;
        }
    }
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
