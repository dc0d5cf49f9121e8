<?php

declare(strict_types=1);

namespace Hookrail\Native;

use WeakReference;

/**
 * Topics and ordering keys of the events that this script has submitted to a native client: its completions do not
 * contain them.
 *
 * @internal
 */
final class SubmittedEvents
{
    /** @var array<string, WeakReference<self>> those of shared native clients, by the key of the client */
    private static array $shared = [];

    /** @var array<int, array{string, string|null}> topic and ordering key by token, until the completion is taken */
    private array $events = [];

    private function __construct(private readonly ?string $key)
    {
    }

    public function __destruct()
    {
        $this->separate();
    }

    /** @param string|null $key the key of a shared client; null: the client is not shared */
    public static function of(?string $key): self
    {
        if ($key === null) {
            return new self(null);
        }
        $events = (self::$shared[$key] ?? null)?->get() ?? new self($key);
        self::$shared[$key] = WeakReference::create($events);

        return $events;
    }

    /** Leaves later clients with the same key without these events: after a close() they have another native client. */
    public function separate(): void
    {
        if ($this->key !== null && (self::$shared[$this->key] ?? null)?->get() === $this) {
            unset(self::$shared[$this->key]);
        }
    }

    public function add(int $token, string $topic, ?string $orderingKey): void
    {
        $this->events[$token] = [$topic, $orderingKey];
    }

    /** @return array{string|null, string|null} topic and ordering key */
    public function take(int $token): array
    {
        $event = $this->events[$token] ?? [null, null];
        unset($this->events[$token]);

        return $event;
    }
}
