"""Makes clients and closes them."""

import hookrail

import bench


def main() -> None:
    options = bench.options()
    for _ in range(options.warmup):
        hookrail.Hookrail(api_key=bench.API_KEY, base_url=options.url).close()
    with bench.Measured(options.count):
        for _ in range(options.count):
            hookrail.Hookrail(api_key=bench.API_KEY, base_url=options.url).close()


if __name__ == "__main__":
    main()
