// Ends calls early with cancel tokens and stop tokens, and background calls.
#include <doctest/doctest.h>
#include <hookrail.hpp>
#include <poll.h>
#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "devserver.hpp"

namespace {

using hookrail::outcome;
using hookrail::status;
using namespace std::chrono_literals;

hookrail::client client_of(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.read_timeout = 60s;
  options.total_timeout = 60s;
  return hookrail::client(options);
}

const hookrail::cancel_token* for_the_handler = nullptr;

}  // namespace

TEST_CASE("a fired token keeps a call from beginning") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const hookrail::cancel_token token;
  CHECK_FALSE(token.fired());
  token.fire();
  token.fire();
  CHECK(token.fired());
  hookrail::send_options options;
  options.cancel = &token;
  const auto sent = client.try_send("orders.created", "{}", options);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code() == std::errc::operation_canceled);
  CHECK(sent.error().outcome == outcome::not_sent);
  CHECK(client.try_get_event("e1", {{}, &token}).error().status == status::cancelled);
  CHECK(server.summary().at("requests") == 0);
}

TEST_CASE("a token that was moved elsewhere is refused, not taken for none") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  hookrail::cancel_token token;
  const hookrail::cancel_token moved = std::move(token);
  hookrail::send_options options;
  options.cancel = &token;
  const auto refused = [](const auto& result, outcome known) {
    REQUIRE_FALSE(result);
    CHECK(result.error().outcome == known);
    CHECK(result.error().status == status::invalid_argument);
    CHECK(result.error().message.find("cancel token was moved from") != std::string::npos);
  };
  refused(client.try_send("orders.created", "{}", options), outcome::not_sent);
  refused(client.try_start_send("orders.created", "{}", options), outcome::not_sent);
  refused(client.try_prepare("orders.created", "{}", options), outcome::none);
  const hookrail::prepared_event prepared = client.prepare("orders.created", "{}");
  refused(client.try_send_prepared(prepared.blob, {{}, &token}), outcome::not_sent);
  refused(client.try_get_event("e1", {{}, &token}), outcome::none);
  CHECK(server.summary().at("requests") == 0);
  options.cancel = &moved;
  CHECK(client.try_send("orders.created", "{}", options).has_value());
}

TEST_CASE("another thread ends a send, whose outcome is then open") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  auto token = hookrail::cancel_token::try_create();
  REQUIRE(token.has_value());
  std::thread firing([&] {
    server.wait_for("requests=1");
    token->fire();
  });
  hookrail::send_options options;
  options.cancel = &*token;
  const auto sent = client.try_send("orders.created", "{}", options);
  firing.join();
  REQUIRE_FALSE(sent);
  CHECK(sent.error().status == status::cancelled);
  CHECK(sent.error().outcome == outcome::maybe_sent);
  CHECK(sent.error().idempotency_key.has_value());
}

TEST_CASE("a signal handler fires a token") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const hookrail::cancel_token token;
  for_the_handler = &token;
  struct sigaction action {};
  action.sa_handler = [](int) { for_the_handler->fire(); };
  struct sigaction before {};
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  CHECK(token.fired());
  CHECK(client.try_send_prepared(client.prepare("t", "{}").blob, {{}, &token}).error().status ==
        status::cancelled);
}

#if defined(__cpp_lib_jthread)
TEST_CASE("a requested stop ends a send") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  hookrail::result<hookrail::accepted> sent = hookrail::unexpected(hookrail::error_info{});
  {
    std::jthread sending(
        [&](const std::stop_token& stop) { sent = client.try_send("orders.created", "{}", stop); });
    server.wait_for("requests=1");
  }
  REQUIRE_FALSE(sent);
  CHECK(sent.error().status == status::cancelled);
  CHECK(sent.error().outcome == outcome::maybe_sent);
}

TEST_CASE("every call takes a stop token") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  std::stop_source source;
  const hookrail::prepared_event prepared = client.prepare("orders.created", "{}");
  const auto accepted = client.send("orders.created", "{}", source.get_token());
  CHECK_FALSE(client.send_prepared(prepared.blob, source.get_token()).replayed);
  CHECK(client.get_event(accepted.event_id, source.get_token()).topic == "orders.created");
  CHECK(client.send("orders.created", "{}", std::stop_token{}).attempts == 1);

  source.request_stop();
  CHECK(client.try_send("t", "{}", source.get_token()).error().status == status::cancelled);
  CHECK(client.try_send_prepared(prepared.blob, source.get_token()).error().status == status::cancelled);
  CHECK(client.try_get_event(accepted.event_id, source.get_token()).error().status == status::cancelled);
  CHECK_THROWS_AS(client.send("t", "{}", source.get_token()), hookrail::error);
}

TEST_CASE("a stop token and a cancel token are one too many") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const hookrail::cancel_token token;
  const std::stop_source source;
  CHECK(client.try_send("t", "{}", source.get_token(), {{}, {}, {}, &token}).error().status ==
        status::invalid_argument);
  CHECK(client.try_get_event("e1", source.get_token(), {{}, &token}).error().status ==
        status::invalid_argument);
}
#endif

TEST_CASE("a call beside this thread is done when its descriptor is readable") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  auto call = client.start_send("orders.created", "{}");
  pollfd readable{call.fd(), POLLIN, 0};
  REQUIRE(poll(&readable, 1, 30'000) == 1);
  CHECK(call.wait(0ms));
  const auto accepted = call.finish();
  CHECK(call.try_finish().error().status == status::invalid_argument);

  auto asking = client.start_get_event(accepted.event_id);
  CHECK(asking.wait());
  CHECK(asking.finish().event_id == accepted.event_id);

  const auto prepared = client.prepare("orders.created", "{}");
  CHECK_FALSE(client.start_send_prepared(prepared.blob, 30s).finish().replayed);
  CHECK(client.send_prepared(prepared.blob).replayed);
}

TEST_CASE("a call beside this thread can be waited for in part and cancelled") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  auto call = client.start_send("orders.created", "{}");
  server.wait_for("requests=1");
  CHECK_FALSE(call.wait(0ms));
  CHECK(call.try_wait(-5ms).error().status == status::timeout);
  call.cancel();
  const auto sent = call.try_finish();
  REQUIRE_FALSE(sent);
  CHECK(sent.error().status == status::cancelled);
  CHECK(sent.error().outcome == outcome::maybe_sent);
}

TEST_CASE("one descriptor tells of the ends of all background calls") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  pollfd readable{client.calls_fd(), POLLIN, 0};
  CHECK(poll(&readable, 1, 0) == 0);
  CHECK(client.collect_calls(8).empty());
  auto sending = client.start_send("orders.created", "{}");
  sending.report(7);
  REQUIRE(poll(&readable, 1, 30'000) == 1);
  CHECK(client.collect_calls(8) == std::vector<std::uint64_t>{7});
  CHECK(poll(&readable, 1, 0) == 0);
  CHECK(sending.try_report(8).error().status == status::invalid_argument);
  CHECK(client.try_collect_calls(nullptr, 0).error().status == status::invalid_argument);

  auto asking = client.start_get_event(sending.finish().event_id);
  CHECK(asking.wait());
  asking.report(9);
  CHECK(client.collect_calls(1) == std::vector<std::uint64_t>{9});
}

TEST_CASE("a call beside this thread refuses bad arguments at once") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const hookrail::cancel_token token;
  CHECK(client.try_start_send("", "{}").error().status == status::invalid_argument);
  CHECK(client.try_start_send("t", "{}", {{}, {}, {}, &token}).error().status == status::invalid_argument);
  CHECK(client.try_start_send_prepared("nonsense").error().status == status::damaged_blob);
  CHECK(client.try_start_send_prepared("nonsense", 0ms).error().status == status::invalid_argument);
  CHECK(client.try_start_get_event("..").error().status == status::invalid_argument);
  CHECK(client.try_start_get_event("e1", 0ms).error().status == status::invalid_argument);
}
