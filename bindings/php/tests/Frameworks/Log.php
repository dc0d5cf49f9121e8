<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Psr\Log\AbstractLogger;

/** Remembers what was logged. */
final class Log extends AbstractLogger
{
    /** @var list<array{string, string, array<string, mixed>}> level, message, context */
    public array $records = [];

    /** @param array<string, mixed> $context */
    public function log($level, $message, array $context = []): void
    {
        $this->records[] = [(string) $level, (string) $message, $context];
    }

    /** @return list<string> the messages with the values of their context */
    public function messages(string $level): array
    {
        $messages = [];
        foreach ($this->records as [$of, $message, $context]) {
            if ($of === $level) {
                $values = array_filter($context, is_scalar(...));
                $names = array_map(static fn (string $name): string => '{' . $name . '}', array_keys($values));
                $messages[] = strtr($message, array_combine($names, array_map(strval(...), $values)));
            }
        }

        return $messages;
    }
}
