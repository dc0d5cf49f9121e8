# frozen_string_literal: true

require_relative "bytes"

# The package's results in the form of answers.
module Results
  module_function

  def accepted(value)
    value.to_h.slice(:event_id, :delivery_ids, :replayed, :idempotency_key, :attempts)
         .merge(json: Bytes.write(value.json), **looked_in(value))
  end

  def event(value)
    { event_id: value.event_id, topic: value.topic, json: Bytes.write(value.json), **looked_in(value),
      deliveries: value.deliveries.map { |delivery| delivery(delivery) } }
  end

  def delivery(value)
    { id: value.id, state: value.state_text, state_known: value.state != :unknown,
      attempts_truncated: value.attempts_truncated?, attempts: value.attempts.map { |attempt| attempt(attempt) } }
  end

  def attempt(value)
    value.to_h.except(:latency).merge(latency_ms: milliseconds(value.latency))
  end

  def completion(tag, submission)
    result = submission.error || submission.value
    { tag:, outcome: submission.outcome, attempts: result.attempts,
      accepted: submission.error ? nil : accepted(result), error: submission.error && error(submission.error) }
  end

  def error(value)
    { status: value.status, message: value.message, http_status: value.http_status,
      retry_after_ms: milliseconds(value.retry_after), problem: problem(value.problem),
      body: Bytes.write(value.body), retryable: value.retryable?, attempts: value.attempts,
      idempotency_key: value.idempotency_key, outcome: value.outcome || "none", **looked_in(value),
      cause: value.cause.is_a?(Hookrail::Error) ? error(value.cause) : nil }
  end

  def looked_in(value)
    records = value.attempt_records.map do |record|
      record.to_h.slice(:number, :status, :http_status, :new_connection, :message, :request_id)
    end
    { attempt_records: records, request_id: value.request_id }
  end

  def problem(value)
    value ? value.to_h : { type: nil, title: nil, detail: nil }
  end

  def milliseconds(seconds)
    # A Float may be rounded up beyond the largest 64-bit number.
    seconds && [(seconds * 1000).round, (2**63) - 1].min
  end
end
