// Sends events and asks for their status, with the development server.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "devserver.hpp"
#include "other_unit.hpp"

namespace {

using hookrail::outcome;
using hookrail::status;
using namespace std::chrono_literals;

hookrail::client_options options_for(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.backoff = hookrail::backoff{1ms, 2ms};
  return options;
}

template <class Call>
hookrail::error_info thrown_by(Call call) {
  try {
    call();
  } catch (const hookrail::error& error) {
    return error.info();
  }
  FAIL("nothing was thrown");
  return {};
}

std::string header(const nlohmann::json& request, const std::string& name) {
  for (const auto& field : request.at("headers")) {
    if (field.at(0) == name) {
      return field.at(1);
    }
  }
  return "(absent)";
}

}  // namespace

TEST_CASE("an event is sent byte for byte and accepted") {
  const testing::devserver server({"--endpoint", "http://127.0.0.1:9/", "--endpoint-secret", "whsec_a"});
  const hookrail::client client(options_for(server));
  hookrail::send_options options;
  options.idempotency_key = "key-1";
  options.ordering_key = "customer-7";

  const std::string payload = R"({"amount":  42.10,"name":"Zo\u00eb"})";
  const hookrail::accepted accepted = client.send("orders.created", payload, options);

  CHECK(accepted.event_id.size() == 26);
  CHECK(accepted.delivery_ids.size() == 1);
  CHECK_FALSE(accepted.replayed);
  CHECK(accepted.idempotency_key == "key-1");
  CHECK(accepted.attempts == 1);
  CHECK(nlohmann::json::parse(accepted.json).at("event_id") == accepted.event_id);

  const nlohmann::json request = server.requests().at(0);
  CHECK(request.at("body").at("text") == R"({"topic":"orders.created","payload":)" + payload + "}");
  CHECK(header(request, "idempotency-key") == "key-1");
  CHECK(header(request, "x-hookrail-ordering-key") == "customer-7");
  // The server shows the beginning of the SHA-256 of hk_dev.
  CHECK(header(request, "authorization") == "Bearer sha256:a789be255460cd2d");
  CHECK(header(request, "user-agent") == "hookrail-cpp/" + std::string(hookrail::version()));
}

TEST_CASE("the same key with the same bytes is a replay, with others a conflict") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  hookrail::send_options options;
  options.idempotency_key = "key-1";
  const auto first = client.send("orders.created", "{}", options);
  const auto second = client.send("orders.created", "{}", options);
  CHECK(second.replayed);
  CHECK(second.event_id == first.event_id);

  const auto third = client.try_send("orders.created", "[]", options);
  REQUIRE_FALSE(third);
  CHECK(third.error().status == status::conflict);
  CHECK(third.error().http_status == 409);
  CHECK(third.error().outcome == outcome::rejected);
}

TEST_CASE("an error carries all that the C error has") {
  const testing::devserver server;
  server.fault(
      {{{"times", "always"},
        {"status", 429},
        {"headers", {{"Retry-After", "7"}}},
        {"content_type", "application/problem+json"},
        {"body", {{"type", "about:limit"}, {"title", "Slow down"}, {"detail", "7 s"}, {"status", 429}}}}});
  auto options = options_for(server);
  options.respect_retry_after = false;
  options.max_retries = 2;
  const hookrail::client client(options);
  const auto error = thrown_by([&] { return client.send("orders.created", "{}"); });

  CHECK(error.status == status::retries_exhausted);
  CHECK(error.code() == status::retries_exhausted);
  CHECK(error.attempts == 3);
  CHECK(error.outcome == outcome::rejected);
  CHECK(error.retryable);
  REQUIRE(error.idempotency_key.has_value());
  CHECK(error.idempotency_key->size() == 36);
  REQUIRE(error.cause != nullptr);
  const hookrail::error_info& cause = *error.cause;
  CHECK(cause.status == status::rate_limited);
  CHECK(cause.http_status == 429);
  CHECK(cause.retry_after == 7s);
  CHECK(cause.problem_type == "about:limit");
  CHECK(cause.problem_title == "Slow down");
  CHECK(cause.problem_detail == "7 s");
  REQUIRE(cause.body.has_value());
  CHECK(nlohmann::json::parse(*cause.body).at("title") == "Slow down");
  CHECK(cause.cause == nullptr);
  CHECK(&error.last() == &cause);
}

TEST_CASE("the last error is at one place, whether it was final or the retries ran out") {
  const testing::devserver server;
  const nlohmann::json fault = {{"status", 429}, {"times", "always"}, {"headers", {{"Retry-After", "0"}}}};
  for (const int retries : {0, 2}) {
    server.fault(nlohmann::json::array({fault}));
    auto options = options_for(server);
    options.max_retries = retries;
    const hookrail::client client(options);
    const auto error = thrown_by([&] { return client.send("orders.created", "{}"); });
    CHECK(error.status == status::retries_exhausted);
    CHECK(error.last().status == status::rate_limited);
  }
  server.fault({{{"status", 403}}});
  const auto error =
      thrown_by([&] { return hookrail::client(options_for(server)).send("orders.created", "{}"); });
  CHECK(error.status == status::permission_denied);
  CHECK(&error.last() == &error);
}

TEST_CASE("each answer has its status") {
  const testing::devserver server;
  auto options = options_for(server);
  options.max_retries = 0;
  const hookrail::client client(options);
  const std::vector<std::pair<int, status>> answers = {
      {400, status::bad_request},      {401, status::authentication}, {403, status::permission_denied},
      {404, status::not_found},        {409, status::conflict},       {413, status::payload_too_large},
      {418, status::unexpected_status}};
  for (const auto& answer : answers) {
    const auto [http_status, expected] = answer;
    CAPTURE(answer.first);
    server.fault({{{"status", http_status}}});
    const auto sent = client.try_send("orders.created", "{}");
    REQUIRE_FALSE(sent);
    CHECK(sent.error().status == expected);
    CHECK(sent.error().http_status == http_status);
    CHECK_FALSE(sent.error().retry_after.has_value());
  }
}

TEST_CASE("a lost answer leaves a send that may have happened, and its key settles it") {
  const testing::devserver server;
  server.fault({{{"reset", "after_recording"}}});
  auto options = options_for(server);
  options.max_retries = 0;
  const hookrail::client client(options);
  const auto lost = client.try_send("orders.created", "{}");
  REQUIRE_FALSE(lost);
  CHECK(lost.error().outcome == outcome::maybe_sent);

  hookrail::send_options again;
  again.idempotency_key = lost.error().idempotency_key;
  CHECK(client.send("orders.created", "{}", again).replayed);
  CHECK(server.summary().at("events") == 1);
}

TEST_CASE("a bad argument is refused before anything is sent") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  const auto refused = [](const auto& attempted, const char* word) {
    REQUIRE_FALSE(attempted);
    CHECK(attempted.error().status == status::invalid_argument);
    CHECK(attempted.error().message.find(word) != std::string::npos);
  };
  refused(client.try_send("", "{}"), "topic");
  refused(client.try_send("orders.created", "{} {}"), "payload");
  refused(client.try_send("orders.created", std::string_view("{}\0", 3)), "payload");
  hookrail::send_options empty_key;
  empty_key.idempotency_key = "";
  refused(client.try_send("orders.created", "{}", empty_key), "key");
  hookrail::send_options bad_ordering;
  bad_ordering.ordering_key = "a\nb";
  refused(client.try_send("orders.created", "{}", bad_ordering), "key");
  hookrail::send_options no_time;
  no_time.timeout = 0ms;
  refused(client.try_send("orders.created", "{}", no_time), "timeout");
  refused(client.try_get_event(""), "id");
  refused(client.try_get_event("id", {0ms, nullptr}), "timeout");
  refused(client.try_send_prepared("", {-1ms, nullptr}), "timeout");

  const auto large = client.try_send("orders.created", '"' + std::string(300'000, 'x') + '"');
  REQUIRE_FALSE(large);
  CHECK(large.error().status == status::payload_too_large);
  CHECK(server.summary().at("requests") == 0);
}

TEST_CASE("a client that was moved from refuses") {
  const testing::devserver server;
  hookrail::client client(options_for(server));
  const hookrail::client taken = std::move(client);
  CHECK(client.try_send("orders.created", "{}").error().status == status::invalid_argument);
  CHECK(client.try_stats().error().status == status::invalid_argument);
  CHECK(taken.send("orders.created", "{}").attempts == 1);
}

TEST_CASE("a send has its own timeout") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}}});
  const hookrail::client client(options_for(server));
  hookrail::send_options options;
  options.timeout = 50ms;
  const auto sent = client.try_send("orders.created", "{}", options);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().last().code() == std::errc::timed_out);
}

TEST_CASE("an event's deliveries and attempts are told") {
  const testing::devserver server({"--endpoint", "http://127.0.0.1:9/", "--endpoint-secret", "whsec_a",
                                   "--delivery-max-attempts", "2", "--delivery-retry-ms", "1"});
  const hookrail::client client(options_for(server));
  const auto accepted = client.send("orders.created", "{}");
  server.wait_for("dead_lettered=1");
  const hookrail::event_status event = client.get_event(accepted.event_id);

  CHECK(event.event_id == accepted.event_id);
  CHECK(event.topic == "orders.created");
  CHECK(nlohmann::json::parse(event.json).at("topic") == "orders.created");
  REQUIRE(event.deliveries.size() == 1);
  const hookrail::delivery& delivery = event.deliveries.front();
  CHECK(delivery.id == accepted.delivery_ids.front());
  CHECK(delivery.state == hookrail::delivery_state::dead_lettered);
  CHECK(delivery.state_text == "dead_lettered");
  CHECK_FALSE(delivery.attempts_truncated);
  REQUIRE(delivery.attempts.size() == 2);
  CHECK(delivery.attempts[0].number == 1);
  CHECK(delivery.attempts[1].number == 2);
  CHECK_FALSE(delivery.attempts[1].status.empty());
  CHECK(delivery.attempts[1].error_class.has_value());
  CHECK_FALSE(delivery.attempts[1].http_status.has_value());
}

TEST_CASE("members of an event that this version does not know are passed on") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  server.fault({{{"match", {{"method", "GET"}}},
                 {"status", 200},
                 {"body",
                  {{"event_id", "e1"},
                   {"topic", "t"},
                   {"news", 1},
                   {"deliveries",
                    {{{"delivery_id", "d1"},
                      {"state", "on_holiday"},
                      {"attempts_truncated", true},
                      {"attempts",
                       {{{"attempt_no", 3},
                         {"claim_version", 9},
                         {"status", "retryable_failure"},
                         {"latency_ms", 12},
                         {"http_status", 500}}}}}}}}}}});
  const auto event = client.get_event("e1");
  REQUIRE(event.deliveries.size() == 1);
  CHECK(event.deliveries[0].state == hookrail::delivery_state::unknown);
  CHECK(event.deliveries[0].state_text == "on_holiday");
  CHECK(event.deliveries[0].attempts_truncated);
  REQUIRE(event.deliveries[0].attempts.size() == 1);
  CHECK(event.deliveries[0].attempts[0].claim_version == 9);
  CHECK(event.deliveries[0].attempts[0].http_status == 500);
  CHECK(event.deliveries[0].attempts[0].latency == 12ms);
  CHECK_FALSE(event.deliveries[0].attempts[0].error_class.has_value());
  CHECK(event.json.find("news") != std::string::npos);
}

TEST_CASE("an unknown event is not found") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  const auto error = thrown_by([&] { return client.get_event("01JXAMPLEEVENTID0000000000"); });
  CHECK(error.status == status::not_found);
  CHECK(error.outcome == outcome::none);
}

TEST_CASE("a prepared event is one event, from any client") {
  const testing::devserver server;
  hookrail::prepared_event prepared;
  {
    const hookrail::client client(options_for(server));
    hookrail::send_options options;
    options.idempotency_key = "key-1";
    prepared = client.prepare("orders.created", R"({"a":1})", options);
  }
  CHECK(prepared.idempotency_key == "key-1");
  CHECK(prepared.blob.substr(0, 8) == "HKRLPREP");

  const hookrail::client client(options_for(server));
  CHECK_FALSE(client.send_prepared(prepared.blob).replayed);
  CHECK(client.send_prepared(prepared.blob).replayed);
  CHECK(client.send("orders.created", R"({"a":1})", {"key-1", {}, {}, nullptr}).replayed);

  std::string damaged = prepared.blob;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  CHECK(client.try_send_prepared(damaged).error().status == status::damaged_blob);
  CHECK(client.try_prepare("orders.created", "nonsense").error().status == status::invalid_argument);
}

TEST_CASE("counters are told as JSON") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  server.fault({{{"status", 503}}});
  client.send("orders.created", "{}");
  const auto stats = nlohmann::json::parse(client.stats());
  CHECK(stats.at("requests") == 1);
  CHECK(stats.at("attempts") == 2);
  CHECK(stats.at("retries").at("server_error") == 1);
}

TEST_CASE("threads share a client") {
  const testing::devserver server;
  const hookrail::client client(options_for(server));
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> ids(8);
  for (auto& own : ids) {
    threads.emplace_back([&client, &own] {
      for (int sent = 0; sent < 25; ++sent) {
        own.push_back(client.send("orders.created", "{}").event_id);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  std::set<std::string> distinct;
  for (const auto& own : ids) {
    distinct.insert(own.begin(), own.end());
  }
  CHECK(distinct.size() == 200);
  CHECK(server.summary().at("events") == 200);
  CHECK(server.summary().at("distinct_keys") == 200);
}

#if !defined(__cpp_lib_expected)
TEST_CASE("a unit of another standard uses this unit's objects") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  hookrail::send_options options;
  options.idempotency_key = "key-1";
  const auto accepted = other_unit_send(producer.client(), options);
  REQUIRE(accepted);
  CHECK(accepted->idempotency_key == "key-1");
  server.fault({{{"status", 403}}});
  const auto refused = other_unit_send(producer.client(), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().attempt_records.size() == 1);
  producer.submit("orders.created", "2");
  CHECK(other_unit_poll(producer).accepted);
}
#endif
