<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Accepted;
use Hookrail\Cancellation;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\PreparedEvent;

/**
 * Makes the calls of a client that wait for the service.
 *
 * @internal
 */
final class Sender implements Calls
{
    private readonly ResultReader $results;

    public function __construct(
        private readonly Library $library,
        private readonly Handle $client,
    ) {
        $this->results = new ResultReader($library);
    }

    public function send(string $topic, string $payload, SendOptions $options): Accepted
    {
        $inBackground = BackgroundCall::isAdvisable($options->cancellation);
        $native = $options->build($this->library, !$inBackground);
        $event = [$this->client, $topic, $payload, $native];
        $accepted = $inBackground
            ? BackgroundCall::start($this->library, 'hookrail_call_send', ...$event)
                ->finish('accepted', 'hookrail_call_finish_send', $options->cancellation)
            : $this->library->obtain('accepted', 'hookrail_send_event', ...$event);

        return $this->results->accepted($accepted);
    }

    public function sendPrepared(string $blob, int $timeout, ?Cancellation $cancellation): Accepted
    {
        $event = [$this->client, $blob];
        $accepted = BackgroundCall::isAdvisable($cancellation)
            ? BackgroundCall::start($this->library, 'hookrail_call_send_prepared', ...[...$event, $timeout])
                ->finish('accepted', 'hookrail_call_finish_send', $cancellation)
            : $this->library->obtain(
                'accepted',
                'hookrail_send_prepared',
                ...[...$event, $cancellation?->token()->handle, $timeout],
            );

        return $this->results->accepted($accepted);
    }

    public function getEvent(string $eventId, int $timeout, ?Cancellation $cancellation): EventStatus
    {
        $question = [$this->client, $eventId];
        $status = BackgroundCall::isAdvisable($cancellation)
            ? BackgroundCall::start($this->library, 'hookrail_call_get_event', ...[...$question, $timeout])
                ->finish('event_status', 'hookrail_call_finish_get_event', $cancellation)
            : $this->library->obtain(
                'event_status',
                'hookrail_get_event',
                ...[...$question, $cancellation?->token()->handle, $timeout],
            );

        return $this->results->eventStatus($status);
    }

    /** @throws HookrailException */
    public function prepare(string $topic, string $payload, SendOptions $options): PreparedEvent
    {
        $native = $options->build($this->library, false);
        $prepared = $this->library->obtain(
            'prepared',
            'hookrail_event_prepare',
            $this->client,
            $topic,
            $payload,
            $native,
        );

        return $this->results->prepared($prepared);
    }
}
