<?php

declare(strict_types=1);

namespace Hookrail\Benchmarks;

/** The common parts of the benchmarks in PHP: the command line, the measurement, and the line of JSON with the
 * result. */
final class Bench
{
    public const API_KEY = 'hk_bench';
    public const TOPIC = 'order.paid';
    public const SECRET = 'whsec_3q2-8rTf0mWb7yLkXc9vNs5hJd1gZp4a';
    public const DELIVERY_ID = '01JCD5W2Q9M5V8B2C7E4G6J0KP';

    private function __construct(
        public readonly string $url,
        public readonly string $payload,
        private readonly int $count,
        private readonly int $warmup,
    ) {
    }

    public static function fromCommandLine(): self
    {
        $given = getopt('', ['url:', 'count:', 'warmup:', 'payload:']);

        return new self(
            $given['url'] ?? '',
            file_get_contents($given['payload']),
            (int) ($given['count'] ?? 1),
            (int) ($given['warmup'] ?? 0),
        );
    }

    /** Repeats the operation as often as the command line says, and reports. */
    public function run(callable $once): void
    {
        for ($i = 0; $i < $this->warmup; $i++) {
            $once();
        }
        $wall = hrtime(true);
        $cpu = self::cpuSeconds();
        for ($i = 0; $i < $this->count; $i++) {
            $once();
        }
        echo json_encode([
            'count' => $this->count,
            'seconds' => (hrtime(true) - $wall) / 1e9,
            'cpu_seconds' => self::cpuSeconds() - $cpu,
        ], JSON_THROW_ON_ERROR), "\n";
    }

    /** Returns the value of hookrail-signature for a body that is delivered now. */
    public static function signature(string $body): string
    {
        $now = time();

        return "t=$now,v1=" . hash_hmac('sha256', "$now." . self::DELIVERY_ID . ".$body", self::SECRET);
    }

    private static function cpuSeconds(): float
    {
        $used = getrusage();

        return $used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']
            + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1e6;
    }
}
