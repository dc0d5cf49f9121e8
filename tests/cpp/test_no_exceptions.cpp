// A program that is built without exceptions: only the try_ calls exist.
#define DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <cstdlib>
#include <map>
#include <string>
#include <type_traits>

#if defined(__cpp_exceptions)
#error "compile this program with -fno-exceptions"
#endif

namespace {

template <class T, class = void>
struct can_throw : std::false_type {};
template <class T>
struct can_throw<T, std::void_t<decltype(std::declval<const T&>().send("", ""))>> : std::true_type {};
static_assert(!can_throw<hookrail::client>::value, "a throwing call is there");
static_assert(!std::is_constructible_v<hookrail::client, hookrail::client_options>);
static_assert(!std::is_default_constructible_v<hookrail::cancel_token>);

// Returns the address of a development server that the runner has started.
hookrail::client_options options() {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = std::getenv("HOOKRAIL_BASE_URL");
  options.max_retries = 0;
  return options;
}

}  // namespace

TEST_CASE("events are sent and asked for") {
  auto client = hookrail::client::try_create(options());
  REQUIRE(client.has_value());
  const auto accepted = client->try_send("orders.created", "{}");
  REQUIRE(accepted.has_value());
  const auto event = client->try_get_event(accepted->event_id);
  REQUIRE(event.has_value());
  CHECK(event->topic == "orders.created");
  const auto refused = client->try_send("", "{}");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == std::errc::invalid_argument);
}

TEST_CASE("events are submitted and their completions collected") {
  auto producer = hookrail::producer::try_create(options());
  REQUIRE(producer.has_value());
  REQUIRE(producer->try_submit("orders.created", "{}").has_value());
  const auto completions = producer->try_poll(8, std::chrono::seconds(30));
  REQUIRE(completions.has_value());
  REQUIRE(completions->size() == 1);
  CHECK(completions->front().accepted.has_value());
  CHECK(*producer->try_close() == 0);
}

TEST_CASE("deliveries are verified") {
  const hookrail::sys_seconds now{std::chrono::seconds(1'781'092'800)};
  const auto verifier = hookrail::verifier::try_create({{"whsec_a"}});
  REQUIRE(verifier.has_value());
  const auto signature = hookrail::try_sign("whsec_a", now, "d1", "{}");
  REQUIRE(signature.has_value());
  const std::map<std::string, std::string> request = {{"hookrail-signature", *signature},
                                                      {"hookrail-delivery-id", "d1"}};
  const auto headers = hookrail::try_find_headers(request);
  REQUIRE(headers.has_value());
  auto verification = verifier->try_begin(headers->signature, headers->delivery_id, 10, now);
  REQUIRE(verification.has_value());
  CHECK(verification->try_update("{}").has_value());
  CHECK(verification->try_finish().has_value());
}

TEST_CASE("a failed result has no value") {
  const auto failed = hookrail::verifier::try_create({});
  CHECK_FALSE(failed.has_value());
  CHECK(hookrail::result<int>(hookrail::unexpected(failed.error())).value_or(3) == 3);
}
