<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Observation\Observer;

/**
 * Completions that earlier requests have left in the queue of a shared client. They take room until they are collected,
 * so a worker whose requests never poll() would at last accept no more events.
 *
 * @internal
 */
final class UnreadCompletions
{
    /** How many completions are taken at once. */
    private const AT_ONCE = 100;

    private int $dropped = 0;

    /** @var array<string, int> how many events failed, by status name */
    private array $failures = [];

    private string $lastMessage = '';

    /**
     * Drops the completions of earlier requests, and logs how many of their events failed.
     *
     * @param int|null      $first    the first token of the present request; null: it has none
     * @param Observer|null $observer gets the warning; null: PHP's error log gets it
     *
     * @return list<array<string, mixed>> the taken completions of the present request, as from CompletionReader
     */
    public static function drop(Handle $client, ?int $first, ?Observer $observer): array
    {
        $unread = new self();
        $own = [];
        do {
            [, $completions] = CompletionReader::poll($client, self::AT_ONCE, 0);
            foreach ($completions as $completion) {
                if ($first !== null && $completion['token'] >= $first) {
                    $own[] = $completion;
                } else {
                    $unread->add($completion);
                }
            }
        } while ($completions !== [] && $own === []);
        $unread->log($observer);

        return $own;
    }

    /** @param array<string, mixed> $completion */
    private function add(array $completion): void
    {
        $this->dropped++;
        $error = $completion['error'][0] ?? null;
        if ($error !== null) {
            $this->failures[$error['name']] = ($this->failures[$error['name']] ?? 0) + 1;
            $this->lastMessage = $error['message'];
        }
    }

    private function log(?Observer $observer): void
    {
        if ($this->failures === []) {
            return;
        }
        $failed = \array_sum($this->failures);
        $causes = [];
        foreach ($this->failures as $name => $count) {
            $causes[] = "$count $name";
        }
        $message = "hookrail: $failed of $this->dropped events that earlier requests submitted, and whose completions"
            . ' they did not poll, failed (' . \implode(', ', $causes) . "); the last error: $this->lastMessage";
        if ($observer === null) {
            \error_log($message);
        } else {
            $observer->warn($message);
        }
    }
}
