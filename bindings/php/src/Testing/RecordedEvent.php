<?php

declare(strict_types=1);

namespace Hookrail\Testing;

use Hookrail\Accepted;
use Hookrail\Exception\HookrailException;

/** An event that was passed to a FakeClient or a FakeProducer, and its result. */
final class RecordedEvent
{
    /**
     * @param string                   $json           the payload as JSON, as it would be sent
     * @param string                   $idempotencyKey a random one if the program passed none
     * @param float|null               $timeout        in seconds; null: the program passed none
     * @param array<array-key, string> $headers        by name, in lower case
     * @param Accepted|null            $accepted       null: the call failed, or the event is still queued
     * @param HookrailException|null   $error          the exception, or the error of the completion
     */
    public function __construct(
        public readonly string $topic,
        public readonly string $json,
        public readonly string $idempotencyKey,
        public readonly ?string $orderingKey = null,
        public readonly ?float $timeout = null,
        public readonly array $headers = [],
        public readonly ?Accepted $accepted = null,
        public readonly ?HookrailException $error = null,
    ) {
    }

    /** Returns the decoded payload, with objects as associative arrays. */
    public function payload(): mixed
    {
        return json_decode($this->json, true, flags: JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
    }

    /** Returns whether the service would take the other event for this one under the same idempotency key. */
    public function isSameAs(self $other): bool
    {
        return [$this->topic, $this->json, $this->orderingKey] === [$other->topic, $other->json, $other->orderingKey];
    }

    /** @internal */
    public function with(?Accepted $accepted, ?HookrailException $error): self
    {
        return new self(
            $this->topic,
            $this->json,
            $this->idempotencyKey,
            $this->orderingKey,
            $this->timeout,
            $this->headers,
            $accepted,
            $error,
        );
    }
}
