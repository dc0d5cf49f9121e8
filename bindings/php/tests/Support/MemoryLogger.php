<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Psr\Log\AbstractLogger;

/** A PSR-3 logger that keeps its lines. */
final class MemoryLogger extends AbstractLogger
{
    /** @var list<array{string, string, array<string, mixed>}> level, message with its placeholders replaced, context */
    public array $lines = [];

    /**
     * @param mixed                $level
     * @param string               $message
     * @param array<string, mixed> $context
     */
    public function log($level, $message, array $context = []): void
    {
        $values = [];
        foreach ($context as $name => $value) {
            $values["{{$name}}"] = is_scalar($value) ? (string) $value : get_debug_type($value);
        }
        $this->lines[] = [$level, strtr($message, $values), $context];
    }

    /** @return list<string> the lines without their context */
    public function text(): array
    {
        return array_map(static fn (array $line) => "$line[0]: $line[1]", $this->lines);
    }
}
