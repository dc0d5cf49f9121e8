#include "results.hpp"

#include <optional>

#include "base64.hpp"

namespace {

using nlohmann::json;

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json or_null(const std::optional<std::chrono::milliseconds>& time) {
  return time ? json(time->count()) : json();
}

json to_json(const std::vector<hookrail::attempt_record>& records) {
  json list = json::array();
  for (const hookrail::attempt_record& record : records) {
    list.push_back({{"number", record.number},
                    {"status", hookrail::name(record.status)},
                    {"http_status", record.http_status == 0 ? json() : json(record.http_status)},
                    {"new_connection", record.new_connection},
                    {"message", record.message.empty() ? json() : json(record.message)},
                    {"request_id", or_null(record.request_id)}});
  }
  return list;
}

json to_json(const hookrail::attempt& attempt) {
  return {{"number", attempt.number},
          {"claim_version", attempt.claim_version},
          {"status", attempt.status},
          {"http_status", or_null(attempt.http_status)},
          {"error_class", or_null(attempt.error_class)},
          {"latency_ms", or_null(attempt.latency)}};
}

json to_json(const hookrail::delivery& delivery) {
  json attempts = json::array();
  for (const hookrail::attempt& attempt : delivery.attempts) {
    attempts.push_back(to_json(attempt));
  }
  return {{"id", delivery.id},
          {"state", delivery.state_text},
          {"state_known", delivery.state != hookrail::delivery_state::unknown},
          {"attempts_truncated", delivery.attempts_truncated},
          {"attempts", attempts}};
}

}  // namespace

json to_json(const hookrail::error_info& error) {
  return {{"status", hookrail::name(error.status)},
          {"message", error.message},
          {"http_status", error.http_status == 0 ? json() : json(error.http_status)},
          {"retry_after_ms", or_null(error.retry_after)},
          {"problem",
           {{"type", or_null(error.problem_type)},
            {"title", or_null(error.problem_title)},
            {"detail", or_null(error.problem_detail)}}},
          {"body", error.body && !error.body->empty() ? json(encode_base64(*error.body)) : json()},
          {"retryable", error.retryable},
          {"attempts", error.attempts},
          {"idempotency_key", or_null(error.idempotency_key)},
          {"outcome", hookrail::name(error.outcome)},
          {"attempt_records", to_json(error.attempt_records)},
          {"request_id", or_null(error.request_id)},
          {"cause", error.cause ? to_json(*error.cause) : json()}};
}

json to_json(const hookrail::accepted& accepted) {
  return {{"event_id", accepted.event_id},
          {"delivery_ids", accepted.delivery_ids},
          {"replayed", accepted.replayed},
          {"idempotency_key", accepted.idempotency_key},
          {"attempts", accepted.attempts},
          {"attempt_records", to_json(accepted.attempt_records)},
          {"request_id", or_null(accepted.request_id)},
          {"json", encode_base64(accepted.json)}};
}

json to_json(const hookrail::event_status& event) {
  json deliveries = json::array();
  for (const hookrail::delivery& delivery : event.deliveries) {
    deliveries.push_back(to_json(delivery));
  }
  return {{"event_id", event.event_id},
          {"topic", event.topic},
          {"attempt_records", to_json(event.attempt_records)},
          {"request_id", or_null(event.request_id)},
          {"json", encode_base64(event.json)},
          {"deliveries", deliveries}};
}

json to_json(const hookrail::completion& completion) {
  return {{"tag", completion.tag},
          {"outcome", hookrail::name(completion.outcome)},
          {"attempts", completion.attempts},
          {"accepted", completion.accepted ? to_json(*completion.accepted) : json()},
          {"error", completion.error ? to_json(*completion.error) : json()}};
}

json to_json(const hookrail::verified& verified) {
  return {{"secret_index", verified.secret_index},
          {"signed_at", verified.signed_at.time_since_epoch().count()},
          {"skew_seconds", verified.skew.count()}};
}
