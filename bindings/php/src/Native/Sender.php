<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\PreparedEvent;

/**
 * The calls of a client that wait for the service.
 *
 * @internal
 */
final class Sender
{
    private readonly ResultReader $results;

    public function __construct(
        private readonly Library $library,
        private readonly Handle $client,
    ) {
        $this->results = new ResultReader($library->ffi);
    }

    /** @throws HookrailException */
    public function send(string $topic, string $payload, SendOptions $options): Accepted
    {
        $beside = Call::isAdvisable($options->cancellation);
        $native = $options->build($this->library, !$beside);
        $event = [$this->client->pointer, $topic, strlen($topic), $payload, strlen($payload), $native?->pointer];
        $accepted = $beside
            ? Call::start($this->library, 'hookrail_call_send', ...$event)
                ->finish('hookrail_accepted', 'hookrail_call_finish_send', $options->cancellation)
            : $this->library->obtain('hookrail_accepted', 'hookrail_send_event', ...$event);

        return $this->results->accepted($accepted->pointer);
    }

    /** @throws HookrailException */
    public function sendPrepared(string $blob, int $timeout, ?Cancellation $cancellation): Accepted
    {
        $event = [$this->client->pointer, $blob, strlen($blob)];
        $accepted = Call::isAdvisable($cancellation)
            ? Call::start($this->library, 'hookrail_call_send_prepared', ...[...$event, $timeout])
                ->finish('hookrail_accepted', 'hookrail_call_finish_send', $cancellation)
            : $this->library->obtain(
                'hookrail_accepted',
                'hookrail_send_prepared',
                ...[...$event, $cancellation?->token()->handle->pointer, $timeout],
            );

        return $this->results->accepted($accepted->pointer);
    }

    /** @throws HookrailException */
    public function getEvent(string $eventId, int $timeout, ?Cancellation $cancellation): EventStatus
    {
        $question = [$this->client->pointer, $eventId, strlen($eventId)];
        $status = Call::isAdvisable($cancellation)
            ? Call::start($this->library, 'hookrail_call_get_event', ...[...$question, $timeout])
                ->finish('hookrail_event_status', 'hookrail_call_finish_get_event', $cancellation)
            : $this->library->obtain(
                'hookrail_event_status',
                'hookrail_get_event',
                ...[...$question, $cancellation?->token()->handle->pointer, $timeout],
            );

        return $this->results->eventStatus($status->pointer);
    }

    /** @throws HookrailException */
    public function prepare(string $topic, string $payload, SendOptions $options): PreparedEvent
    {
        $native = $options->build($this->library, false);
        $prepared = $this->library->obtain(
            'hookrail_prepared',
            'hookrail_event_prepare',
            $this->client->pointer,
            $topic,
            strlen($topic),
            $payload,
            strlen($payload),
            $native?->pointer,
        );

        return $this->results->prepared($prepared->pointer);
    }
}
