#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "fail.h"

static const char usage[] = "options, of which each benchmark needs some:\n"
                            "  --url URL        where the server is\n"
                            "  --count N        how many operations are measured (1)\n"
                            "  --warmup N       how many come before, in each thread (0)\n"
                            "  --threads N      threads (1)\n"
                            "  --under-way N    requests under way at most (1)\n"
                            "  --depth N        submitted events at most (1000)\n"
                            "  --held           measure the memory of requests under way\n"
                            "  --payload FILE   the payload, or the body that is verified\n"
                            "  --ca FILE        the certificate authority of an https server\n"
                            "  --mac KIND       how to compute a MAC: hmac, evp or pads\n"
                            "  --whole          do all of a verification, not only the MAC\n"
                            "  --library FILE   the library to load\n";

static uint64_t parse_number(const char *text)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end != '\0') {
        fail("\"%s\" is no number", text);
    }
    return number;
}

static void read_payload(struct options *options, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        fail("cannot read %s", path);
    }
    long size = ftell(file);
    rewind(file);
    options->payload_length = size < 0 ? 0 : (size_t)size;
    options->payload = malloc(options->payload_length + 1);
    if (size < 0 || options->payload == NULL
        || fread(options->payload, 1, options->payload_length, file) != options->payload_length) {
        fail("cannot read %s", path);
    }
    options->payload[options->payload_length] = '\0';
    fclose(file);
}

struct options options_parse(int argc, char **argv)
{
    static const struct option known[] = {{"url", required_argument, NULL, 'u'},
                                          {"count", required_argument, NULL, 'n'},
                                          {"warmup", required_argument, NULL, 'w'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"under-way", required_argument, NULL, 'y'},
                                          {"depth", required_argument, NULL, 'd'},
                                          {"held", no_argument, NULL, 'h'},
                                          {"payload", required_argument, NULL, 'p'},
                                          {"ca", required_argument, NULL, 'c'},
                                          {"mac", required_argument, NULL, 'm'},
                                          {"library", required_argument, NULL, 'l'},
                                          {"whole", no_argument, NULL, 'a'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.count = 1, .threads = 1, .under_way = 1, .depth = 1000};
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'u':
            options.url = optarg;
            break;
        case 'n':
            options.count = parse_number(optarg);
            break;
        case 'w':
            options.warmup = parse_number(optarg);
            break;
        case 't':
            options.threads = (int)parse_number(optarg);
            break;
        case 'y':
            options.under_way = (int)parse_number(optarg);
            break;
        case 'h':
            options.held = 1;
            break;
        case 'd':
            options.depth = parse_number(optarg);
            break;
        case 'p':
            read_payload(&options, optarg);
            break;
        case 'c':
            options.ca = optarg;
            break;
        case 'm':
            options.mac = optarg;
            break;
        case 'a':
            options.whole = 1;
            break;
        case 'l':
            options.library = optarg;
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    if (optind < argc) {
        fail("\"%s\" is no option", argv[optind]);
    }
    if (options.count == 0 || options.threads < 1 || options.threads > 1024 || options.under_way < 1
        || options.under_way > 4096) {
        fail("--count must be at least 1, --threads 1 to 1024, --under-way 1 to 4096");
    }
    return options;
}

void options_require(const void *value, const char *name)
{
    if (value == NULL) {
        fail("--%s is missing\n%s", name, usage);
    }
}
