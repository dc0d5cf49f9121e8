"""The comparisons, in groups that can be run alone."""

from measure import Comparison

VERIFY_SIZES = (64, 1024, 16384, 262144)
THREADS = (1, 2, 4, 8, 16, 32, 64)
PAYLOADS = (100, 1024, 4096, 16384, 65536, 262144)
UNDER_WAY = (1, 4, 16, 64, 256, 1024)
SERVICE_MS = (0, 20, 50)
GO_GOROUTINES = (1, 16, 64, 256, 1024)
GO_SERVICE_MS = (0, 20)
# The tasks of asyncio that send at the same time.
TASKS = 50
DEPTHS = (1, 10, 100, 1000, 10_000, 100_000)

_VERIFY_OPENSSL = ("hookrail", "hmac", "hmac-whole", "evp", "evp-whole", "pads")
_VERIFY_LANGUAGES = {
    "go": ("go", "crypto", "crypto-reused"),
    "ruby": ("ruby", "openssl-hmac"),
    "php": ("php", "hash-hmac"),
    "python": ("python", "python-0.1.0"),
}
# A point of a growth curve needs fewer rounds than a ratio that is compared with a goal.
_POINT = 1 / 3
_UNDER_WAY_SHARE = 5 / 9

UNDER_WAY_PROGRAMS = (
    "queue/hookrail",
    "queue/calls",
    "queue/curl",
    "queue/curl-epoll",
    "send/go",
    "send/nethttp",
)


def _python(kind: str, **options: int) -> Comparison:
    return Comparison((f"{kind}/python", f"{kind}/python-0.1.0"), **options)


# A Go program gets all CPUs: with one CPU, its scheduler interferes with each call into C.
def _verify(names: tuple[str, ...], size: int, apart: bool = True) -> Comparison:
    return Comparison(tuple(f"verify/{name}" for name in names), payload=size, apart=apart)


# By group (the value of ONLY), and in the group by name.
COMPARISONS: dict[str, dict[str, Comparison]] = {
    "send": {
        "send-1": Comparison(("send/hookrail", "send/curl", "send/raw", "send/python-0.1.0")),
        "send-8": Comparison(("send/hookrail", "send/curl", "send/raw"), threads=8, apart=False),
        "send-tls": Comparison(("send/hookrail", "send/curl"), tls=True),
    },
    "queue": {
        "queue-8": Comparison(
            ("queue/hookrail", "queue/curl"), under_way=8, depth=1000, apart=False
        ),
    },
    "languages": {
        "send-go": Comparison(("send/go", "send/nethttp"), apart=False),
        "send-ruby": Comparison(("send/ruby", "send/net-http")),
        "send-php": Comparison(("send/php", "send/ext-curl")),
    },
    "python": {
        "python-1": _python("send"),
        f"python-{TASKS}": _python("send", under_way=TASKS, least_count=10 * TASKS),
        "python-client": _python("client"),
        "python-start": _python("start"),
    },
    "verify": {f"verify-{size}": _verify(_VERIFY_OPENSSL, size) for size in VERIFY_SIZES}
    | {
        f"verify-{language}-{size}": _verify(names, size, apart=language != "go")
        for language, names in _VERIFY_LANGUAGES.items()
        for size in VERIFY_SIZES
    },
    "growth": {
        f"threads-{threads}": Comparison(
            ("send/hookrail", "send/curl"), threads=threads, apart=False, share=_POINT
        )
        for threads in THREADS
    }
    | {
        f"payload-{payload}": Comparison(
            ("send/hookrail", "send/curl", "send/raw"), payload=payload, share=_POINT
        )
        for payload in PAYLOADS
    }
    | {
        f"depth-{depth}": Comparison(
            ("queue/hookrail",),
            under_way=8,
            depth=depth,
            apart=False,
            share=_POINT,
            least_count=2 * depth,
        )
        for depth in DEPTHS
    },
    "go": {
        f"go-{service_ms}-{goroutines}": Comparison(
            ("send/go", "send/nethttp"),
            under_way=goroutines,
            service_ms=service_ms,
            least_count=10 * goroutines,
            apart=False,
        )
        for service_ms in GO_SERVICE_MS
        for goroutines in GO_GOROUTINES
    },
    "under-way": {
        f"under-way-{service_ms}-{under_way}": Comparison(
            UNDER_WAY_PROGRAMS,
            under_way=under_way,
            # A producer has more events than requests under way.
            depth=max(1000, 4 * under_way),
            service_ms=service_ms,
            least_count=10 * under_way,
            apart=False,
            share=_UNDER_WAY_SHARE,
        )
        for service_ms in SERVICE_MS
        for under_way in UNDER_WAY
    },
}
