<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;

/**
 * The calls of a client that wait for the service.
 *
 * @internal
 */
interface Calls
{
    /** @throws HookrailException */
    public function send(string $topic, string $payload, SendOptions $options): Accepted;

    /** @throws HookrailException */
    public function sendPrepared(string $blob, int $timeout, ?Cancellation $cancellation): Accepted;

    /** @throws HookrailException */
    public function getEvent(string $eventId, int $timeout, ?Cancellation $cancellation): EventStatus;
}
