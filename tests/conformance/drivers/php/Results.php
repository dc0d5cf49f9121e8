<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Accepted;
use Hookrail\Attempt;
use Hookrail\AttemptRecord;
use Hookrail\Completion;
use Hookrail\Delivery;
use Hookrail\DeliveryState;
use Hookrail\EventStatus;
use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

/** Writes the package's results in the form of the protocol. */
final class Results
{
    /** @return array<string, mixed> */
    public static function verification(Verification $verification): array
    {
        return [
            'secret_index' => $verification->secretIndex,
            'signed_at' => $verification->signedAt,
            'skew_seconds' => $verification->skew,
        ];
    }

    /** @return array<string, mixed> */
    public static function accepted(Accepted $accepted): array
    {
        return [
            'event_id' => $accepted->eventId,
            'delivery_ids' => $accepted->deliveryIds,
            'replayed' => $accepted->replayed,
            'idempotency_key' => $accepted->idempotencyKey,
            'attempts' => $accepted->attempts,
            'attempt_records' => array_map(self::record(...), $accepted->attemptRecords),
            'request_id' => $accepted->requestId,
            'json' => base64_encode($accepted->json),
        ];
    }

    /** @return array<string, mixed> */
    public static function event(EventStatus $event): array
    {
        return [
            'event_id' => $event->eventId,
            'topic' => $event->topic,
            'attempt_records' => array_map(self::record(...), $event->attemptRecords),
            'request_id' => $event->requestId,
            'json' => base64_encode($event->json),
            'deliveries' => array_map(self::delivery(...), $event->deliveries),
        ];
    }

    /** @return array<string, mixed> */
    public static function completion(Completion $completion): array
    {
        return [
            'tag' => $completion->tag,
            'outcome' => $completion->outcome->value,
            'attempts' => $completion->attempts,
            'accepted' => $completion->accepted === null ? null : self::accepted($completion->accepted),
            'error' => $completion->error === null ? null : self::error($completion->error),
        ];
    }

    /** @return array<string, mixed> */
    public static function error(HookrailException $error): array
    {
        $problem = $error->problem();
        $cause = $error->getPrevious();

        return [
            'status' => $error->statusName(),
            'message' => $error->getMessage(),
            'http_status' => $error->httpStatus(),
            'retry_after_ms' => self::milliseconds($error->retryAfter()),
            'problem' => [
                'type' => $problem?->type,
                'title' => $problem?->title,
                'detail' => $problem?->detail,
            ],
            'body' => $problem === null || $problem->body === '' ? null : base64_encode($problem->body),
            'retryable' => $error->isRetryable(),
            'attempts' => $error->attempts(),
            'idempotency_key' => $error->idempotencyKey(),
            'outcome' => $error->outcome()->value,
            'attempt_records' => array_map(self::record(...), $error->attemptRecords()),
            'request_id' => $error->requestId(),
            'cause' => $cause instanceof HookrailException ? self::error($cause) : null,
        ];
    }

    /** @return array<string, mixed> */
    private static function record(AttemptRecord $record): array
    {
        return [
            'number' => $record->number,
            'status' => $record->statusName,
            'http_status' => $record->httpStatus,
            'new_connection' => $record->newConnection,
            'message' => $record->message,
            'request_id' => $record->requestId,
        ];
    }

    /** @return array<string, mixed> */
    private static function delivery(Delivery $delivery): array
    {
        $isKnown = $delivery->state instanceof DeliveryState;

        return [
            'id' => $delivery->deliveryId,
            'state' => $isKnown ? $delivery->state->value : $delivery->state,
            'state_known' => $isKnown,
            'attempts_truncated' => $delivery->attemptsTruncated,
            'attempts' => array_map(self::attempt(...), $delivery->attempts),
        ];
    }

    /** @return array<string, mixed> */
    private static function attempt(Attempt $attempt): array
    {
        return [
            'number' => $attempt->number,
            'claim_version' => $attempt->claimVersion,
            'status' => $attempt->status,
            'http_status' => $attempt->httpStatus,
            'error_class' => $attempt->errorClass,
            'latency_ms' => self::milliseconds($attempt->latency),
        ];
    }

    private static function milliseconds(?float $seconds): ?int
    {
        if ($seconds === null) {
            return null;
        }
        $milliseconds = round($seconds * 1000);

        return $milliseconds < PHP_INT_MAX ? (int) $milliseconds : PHP_INT_MAX;
    }
}
