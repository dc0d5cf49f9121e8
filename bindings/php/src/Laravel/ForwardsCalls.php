<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use BadMethodCallException;

/**
 * Lets the facade call methods of the default client and its producer.
 *
 * @internal
 */
trait ForwardsCalls
{
    /**
     * @param array<array-key, mixed> $arguments
     *
     * @throws BadMethodCallException when neither of them is meant
     */
    public function __call(string $method, array $arguments): mixed
    {
        return match ($method) {
            'sendEvent', 'sendPrepared', 'prepare', 'getEvent', 'stats' => $this->client()->$method(...$arguments),
            'submit', 'submitPrepared' => $this->producer()->$method(...$arguments),
            default => throw new BadMethodCallException(
                "Hookrail has no method $method(): call it on Hookrail::client() or Hookrail::producer()",
            ),
        };
    }
}
