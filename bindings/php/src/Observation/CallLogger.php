<?php

declare(strict_types=1);

namespace Hookrail\Observation;

use Hookrail\Accepted;
use Hookrail\AttemptRecord;
use Psr\Log\LoggerInterface;

/**
 * Writes calls into a PSR-3 log: failed attempts that were repeated as warning, failures as error, or as warning if the
 * caller can make the same call again, and successes as debug, or as info after several attempts.
 *
 * @internal
 */
final class CallLogger
{
    public function __construct(private readonly LoggerInterface $logger)
    {
    }

    public function succeeded(CallSucceeded $event): void
    {
        $call = $event->call;
        foreach ($call->attemptRecords as $attempt) {
            if (!$attempt->isSuccess()) {
                $this->repeated($call, $attempt);
            }
        }
        $attempts = $event->result instanceof Accepted ? $event->result->attempts : count($call->attemptRecords);
        $this->logger->log(
            $attempts > 1 ? 'info' : 'debug',
            $event->result instanceof Accepted
                ? 'Hookrail: event {event_id} is recorded after {attempts} attempt(s)'
                : 'Hookrail: the status of event {event_id} arrived after {attempts} attempt(s)',
            self::context($call, [
                'attempts' => $attempts,
                'replayed' => $event->result instanceof Accepted ? $event->result->replayed : null,
                'request_id' => $event->result->requestId,
            ]),
        );
    }

    public function failed(CallFailed $event): void
    {
        foreach (array_slice($event->call->attemptRecords, 0, -1) as $attempt) {
            $this->repeated($event->call, $attempt);
        }
        $error = $event->error;
        $isCallers = $event->call->operation !== Operation::Deliver;
        $this->logger->log(
            $isCallers && $error->isRetryable() ? 'warning' : 'error',
            'Hookrail: {operation} failed: {error}',
            self::context($event->call, [
                'error' => $error->getMessage(),
                'status' => $error->lastError()->statusName(),
                'outcome' => $error->outcome()->value,
                'retryable' => $error->isRetryable(),
                'attempts' => $error->attempts(),
                'http_status' => $error->httpStatus(),
                'request_id' => $error->requestId(),
                'exception' => $error,
            ]),
        );
    }

    public function warn(string $message): void
    {
        $this->logger->warning($message);
    }

    private function repeated(Call $call, AttemptRecord $attempt): void
    {
        $this->logger->warning('Hookrail: attempt {attempt} of {operation} failed: {error}', self::context($call, [
            'attempt' => $attempt->number,
            'error' => $attempt->message,
            'status' => $attempt->statusName,
            'http_status' => $attempt->httpStatus,
            'request_id' => $attempt->requestId,
            'attempt_ms' => self::milliseconds($attempt->duration),
        ]));
    }

    /**
     * @param array<string, mixed> $details
     *
     * @return array<string, mixed> without members that are null
     */
    private static function context(Call $call, array $details): array
    {
        return array_filter([
            'operation' => $call->operation->value,
            'topic' => $call->topic,
            'event_id' => $call->eventId,
            'idempotency_key' => $call->idempotencyKey,
            'ordering_key' => $call->orderingKey,
            'tag' => $call->tag,
            'duration_ms' => self::milliseconds($call->duration),
        ] + $details, static fn (mixed $member) => $member !== null);
    }

    private static function milliseconds(float $seconds): float
    {
        return round($seconds * 1000, 3);
    }
}
