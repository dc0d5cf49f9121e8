package main

import (
	"time"

	"github.com/hookrail/hookrail-go"
)

// orNull returns null for the zero value.
func orNull[T comparable](value T) any {
	var none T
	if value == none {
		return nil
	}
	return value
}

func describeAccepted(accepted *hookrail.Accepted) any {
	if accepted == nil {
		return nil
	}
	ids := accepted.DeliveryIDs
	if ids == nil {
		ids = []string{}
	}
	return object{
		"event_id": accepted.EventID, "delivery_ids": ids, "replayed": accepted.Replayed,
		"idempotency_key": accepted.IdempotencyKey, "attempts": accepted.Attempts, "json": []byte(accepted.Raw),
		"attempt_records": describeRecords(accepted.AttemptRecords), "request_id": orNull(accepted.RequestID),
	}
}

func describeEvent(status *hookrail.EventStatus) any {
	deliveries := []object{}
	for _, delivery := range status.Deliveries {
		attempts := []object{}
		for _, attempt := range delivery.Attempts {
			attempts = append(attempts, describeAttempt(attempt))
		}
		deliveries = append(deliveries, object{
			"id": delivery.ID, "state": delivery.State, "state_known": delivery.State.Known(),
			"attempts_truncated": delivery.AttemptsTruncated, "attempts": attempts,
		})
	}
	return object{
		"event_id": status.EventID, "topic": status.Topic, "json": []byte(status.Raw), "deliveries": deliveries,
		"attempt_records": describeRecords(status.AttemptRecords), "request_id": orNull(status.RequestID),
	}
}

func describeRecords(records []hookrail.AttemptRecord) []object {
	described := []object{}
	for _, record := range records {
		described = append(described, object{
			"number": record.Number, "status": record.Status.String(), "http_status": orNull(record.HTTPStatus),
			"new_connection": record.NewConnection, "message": orNull(record.Message),
			"request_id": orNull(record.RequestID),
		})
	}
	return described
}

func describeAttempt(attempt hookrail.Attempt) object {
	var latency any
	if attempt.Latency >= 0 {
		latency = int64(attempt.Latency / time.Millisecond)
	}
	return object{
		"number": attempt.Number, "claim_version": attempt.ClaimVersion, "status": attempt.Status,
		"http_status": orNull(attempt.HTTPStatus), "error_class": orNull(attempt.ErrorClass), "latency_ms": latency,
	}
}

func describeError(failure *hookrail.Error) any {
	if failure == nil {
		return nil
	}
	var retryAfter, body any
	if failure.HasRetryAfter {
		retryAfter = int64(failure.RetryAfter / time.Millisecond)
	}
	if len(failure.Body) > 0 {
		body = failure.Body
	}
	return object{
		"status": failure.Status.String(), "message": failure.Message,
		"http_status": orNull(failure.HTTPStatus), "retry_after_ms": retryAfter,
		"problem": object{
			"type": orNull(failure.Problem.Type), "title": orNull(failure.Problem.Title),
			"detail": orNull(failure.Problem.Detail),
		},
		"body": body, "retryable": failure.Retryable, "attempts": failure.Attempts,
		"idempotency_key": orNull(failure.IdempotencyKey), "outcome": failure.Outcome.String(),
		"attempt_records": describeRecords(failure.AttemptRecords), "request_id": orNull(failure.RequestID),
		"cause": describeError(failure.Cause),
	}
}
