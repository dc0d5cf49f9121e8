// Tests of a small shop, in the two ways that hookrail_testing.hpp offers, and tests of that header.
#include <doctest/doctest.h>
#include <hookrail_testing.hpp>

#include <string>
#include <utility>

namespace {

using hookrail::outcome;
using hookrail::status;
namespace testing = hookrail::testing;

// The code under test: it reports paid orders, and keeps those for later that it could not report.
class checkout {
 public:
  explicit checkout(const hookrail::sender& events) : events_(events) {}

  bool pay(const std::string& order) {
    hookrail::send_options options;
    options.idempotency_key = "paid-" + order;
    options.ordering_key = order;
    const auto sent = events_.try_send("order.paid", R"({"order":")" + order + R"("})", options);
    if (!sent && sent.error().retryable) {
      left_.push_back(order);
    }
    return sent.has_value();
  }

  void pay_rest() {
    for (const std::string& order : std::exchange(left_, {})) {
      pay(order);
    }
  }

  [[nodiscard]] const std::vector<std::string>& left() const { return left_; }

 private:
  const hookrail::sender& events_;
  std::vector<std::string> left_;
};

}  // namespace

TEST_CASE("a paid order is reported") {
  const testing::recorder events;
  checkout shop(events);
  CHECK(shop.pay("o_1"));
  REQUIRE(events.events().size() == 1);
  CHECK(events.events()[0].topic == "order.paid");
  CHECK(events.events()[0].payload == R"({"order":"o_1"})");
  CHECK(events.events()[0].idempotency_key == "paid-o_1");
  CHECK(events.events()[0].ordering_key == "o_1");
}

TEST_CASE("an order is reported later if the service fails, and only once") {
  testing::recorder events;
  events.fail_next(testing::exhausted(testing::failure(status::server_error)), true);
  events.fail_next(testing::failure(status::bad_request));
  checkout shop(events);
  CHECK_FALSE(shop.pay("o_1"));
  CHECK(shop.left().size() == 1);
  CHECK_FALSE(shop.pay("o_2"));
  CHECK(shop.left().size() == 1);
  shop.pay_rest();
  CHECK(shop.left().empty());
  CHECK(events.events().size() == 1);
}

TEST_CASE("the shop with a real client: the answer is lost, and the event is recorded once") {
  const testing::devserver service;
  const hookrail::client client(service.client_options());
  const hookrail::client_sender events(client);
  checkout shop(events);
  service.lose_answers();
  CHECK(shop.pay("o_1"));
  CHECK(service.count("events") == 1);
  CHECK(service.count("requests") == 2);
  CHECK(service.events().find("paid-o_1") != std::string::npos);
  service.answer(503, 4);
  CHECK_FALSE(shop.pay("o_2"));
  CHECK(shop.left().size() == 1);
  service.clear_faults();
  shop.pay_rest();
  CHECK(service.count("events") == 2);
}

TEST_CASE("a recorder refuses what a client refuses") {
  const testing::recorder events;
  const auto refused = events.try_send("order.paid", "{");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == status::invalid_argument);
  CHECK(refused.error().outcome == outcome::not_sent);
  hookrail::send_options options;
  options.idempotency_key = "key-1";
  const auto first = events.send("order.paid", "1", options);
  CHECK_FALSE(first.replayed);
  const auto again = events.send("order.paid", "1", options);
  CHECK(again.replayed);
  CHECK(again.event_id == first.event_id);
  CHECK(events.try_send("order.paid", "2", options).error().status == status::conflict);
  CHECK(events.events().size() == 1);
}

TEST_CASE("the errors for tests are those of a client") {
  const testing::devserver service;
  auto settings = service.client_options();
  settings.max_retries = 0;
  const hookrail::client client(settings);
  for (const auto& [number, reason] : {std::pair(400, status::bad_request),
                                       {401, status::authentication},
                                       {403, status::permission_denied},
                                       {404, status::not_found},
                                       {409, status::conflict},
                                       {413, status::payload_too_large},
                                       {418, status::unexpected_status},
                                       {429, status::rate_limited},
                                       {503, status::server_error}}) {
    const int http_status = number;
    service.answer(http_status);
    const auto failed = client.try_send("order.paid", "1");
    REQUIRE_FALSE(failed);
    const hookrail::error_info& real = failed.error();
    const hookrail::error_info last = testing::failure(reason);
    const hookrail::error_info made = last.retryable ? testing::exhausted(last, 1) : last;
    CAPTURE(http_status);
    CHECK(made.status == real.status);
    CHECK(made.last().status == real.last().status);
    CHECK(made.http_status == real.http_status);
    CHECK(made.outcome == real.outcome);
    CHECK(made.retryable == real.retryable);
    CHECK(made.attempts == real.attempts);
  }
}

TEST_CASE("a program that cannot be started is named") {
  const std::string kept = std::getenv("HOOKRAIL_DEVSERVER");
  setenv("HOOKRAIL_DEVSERVER", "/nonexistent/devserver", 1);
  // A std::system_error, but under valgrind the child starts and ends at once.
  CHECK_THROWS_WITH_AS(testing::devserver(), doctest::Contains("/nonexistent/devserver"), std::runtime_error);
  setenv("HOOKRAIL_DEVSERVER", "/bin/true", 1);
  CHECK_THROWS_WITH_AS(testing::devserver(), doctest::Contains("/bin/true said"), std::runtime_error);
  setenv("HOOKRAIL_DEVSERVER", kept.c_str(), 1);
}
