// The records of attempts, ids of requests, and metrics.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <string>
#if defined(__cpp_lib_span)
#include <span>
#endif

#include "devserver.hpp"

namespace {

using hookrail::status;
using namespace std::chrono_literals;

hookrail::client_options options_for(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.backoff = hookrail::backoff{1ms, 2ms};
  return options;
}

}  // namespace

TEST_CASE("a success has the records of its attempts") {
  const testing::devserver server;
  server.fault({{{"status", 503}, {"headers", {{"X-Request-Id", "r-1"}}}}});
  const hookrail::client client(options_for(server));
  const auto before = std::chrono::system_clock::now() - 1s;
  const auto accepted = client.send("orders.created", "1");

  const auto& records = accepted.attempt_records;
  REQUIRE(records.size() == 2);
  CHECK(records[0].number == 1);
  CHECK(records[0].status == status::server_error);
  CHECK(records[0].http_status == 503);
  CHECK(records[0].new_connection);
  CHECK(records[0].started > before);
  CHECK(records[0].message.find("503") != std::string::npos);
  CHECK(records[0].request_id == "r-1");
  CHECK(records[1].number == 2);
  CHECK(records[1].status == status::ok);
  CHECK(records[1].http_status == 202);
  CHECK_FALSE(records[1].new_connection);
  CHECK(records[1].connect == 0us);
  CHECK(records[1].since_start >= records[0].duration);
  CHECK(records[1].message.empty());
  CHECK_FALSE(records[1].request_id);
  for (const auto& record : records) {
    CHECK(record.duration >= record.waiting);
    CHECK(record.duration > 0us);
    CHECK(record.tls == 0us);
    CHECK(record.bytes_sent > 100);
    CHECK(record.bytes_received > 20);
  }
#if defined(__cpp_lib_span)
  const std::span<const hookrail::attempt_record> span = accepted.attempt_records;
  CHECK(span.back().number == 2);
#endif
}

TEST_CASE("an error has the records of the call, and a completion those of its result") {
  const testing::devserver server;
  auto options = options_for(server);
  options.max_retries = 1;
  const hookrail::producer producer(options);
  server.fault({{{"status", 500}, {"times", 2}, {"headers", {{"X-Request-Id", "r-2"}}}}});
  const auto sent = producer.client().try_send("orders.created", "1");
  REQUIRE_FALSE(sent);
  CHECK(sent.error().attempt_records.size() == 2);
  CHECK(sent.error().request_id == "r-2");
  CHECK(sent.error().last().attempt_records.empty());
  const hookrail::error thrown(sent.error());
  CHECK(thrown.attempt_records().size() == 2);
  CHECK(thrown.request_id() == "r-2");

  server.fault({{{"status", 403}}});
  hookrail::submit_options submitting;
  submitting.idempotency_key = "key-1";
  submitting.ordering_key = "customer-7";
  submitting.tag = 5;
  producer.submit("orders.created", "1", submitting);
  const auto refused = producer.poll(1).at(0);
  CHECK(refused.attempt_records().at(0).status == status::permission_denied);
  producer.submit("orders.paid", R"({"ordering_key":"customer-8"})");
  const auto recorded = producer.poll(1).at(0);
  CHECK(recorded.attempt_records().at(0).status == status::ok);

  CHECK(refused.tag == 5);
  CHECK(refused.topic == "orders.created");
  CHECK(refused.idempotency_key == "key-1");
  CHECK(refused.ordering_key == "customer-7");
  CHECK(recorded.topic == "orders.paid");
  CHECK(recorded.idempotency_key == recorded.accepted->idempotency_key);
  CHECK(recorded.ordering_key == "customer-8");
  CHECK(hookrail::completion().attempt_records().empty());
}

TEST_CASE("an event's status has the records of the question") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  const auto event = client.get_event(client.send("orders.created", "1").event_id);
  CHECK(event.attempt_records.at(0).http_status == 200);
  CHECK_FALSE(event.request_id);
}

TEST_CASE("metrics are a text for Prometheus") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  client.send("orders.created", "1");
  const std::string metrics = client.metrics();
  CHECK(metrics.find("hookrail_client_requests_total 1\n") != std::string::npos);
  CHECK(metrics.find("hookrail_client_attempt_duration_seconds_count 1\n") != std::string::npos);
  const auto stats = nlohmann::json::parse(client.stats());
  CHECK(stats.at("attempt_duration").at("count") == 1);
}
