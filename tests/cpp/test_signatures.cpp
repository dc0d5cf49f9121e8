// Verifies, signs and explains deliveries.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <array>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "other_unit.hpp"

namespace {

using hookrail::status;
using namespace std::chrono_literals;

// A test vector of the service.
const std::string secret = "whsec_test_secret";
const std::string delivery_id = "01JXAMPLEDELIVERYID0000000";
const std::string body = R"({"order_id":"o_1","amount":42})";
const std::string signature =
    "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644";
const hookrail::sys_seconds signed_at{1'781'092'800s};

}  // namespace

TEST_CASE("the service's own delivery verifies, and tells which secret, when and the skew") {
  const hookrail::verifier verifier({{"whsec_old", secret}});
  const hookrail::verified verified = verifier.verify(signature, delivery_id, body, signed_at + 299s);
  CHECK(verified.secret_index == 1);
  CHECK(verified.signed_at == signed_at);
  CHECK(verified.skew == 299s);
}

TEST_CASE("what does not verify says why") {
  const hookrail::verifier verifier({{secret}, 10s});
  const auto why = [&](const std::string& header, const std::string& id, const std::string& text,
                       hookrail::sys_seconds now) {
    const auto verified = verifier.try_verify(header, id, text, now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().message.find("test_secret") == std::string::npos);
    return verified.error().status;
  };
  CHECK(why("nonsense", delivery_id, body, signed_at) == status::signature_malformed);
  CHECK(why(signature, "a.b", body, signed_at) == status::signature_malformed);
  CHECK(why(signature, delivery_id, body, signed_at + 11s) == status::timestamp_too_old);
  CHECK(why(signature, delivery_id, body, signed_at - 11s) == status::timestamp_too_new);
  CHECK(why(signature, delivery_id, body + " ", signed_at) == status::signature_mismatch);
  CHECK_THROWS_AS(verifier.verify(signature, delivery_id, body + " ", signed_at), hookrail::error);
}

TEST_CASE("without a time the system's clock counts") {
  const hookrail::verifier verifier({{secret}});
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  CHECK(verifier.try_verify(hookrail::sign(secret, now, delivery_id, body), delivery_id, body));
  CHECK(verifier.try_verify(hookrail::sign(secret, now - 1h, delivery_id, body), delivery_id, body)
            .error()
            .status == status::timestamp_too_old);
}

TEST_CASE("unusable secrets and tolerances make no verifier") {
  CHECK(hookrail::verifier::try_create({}).error().status == status::invalid_argument);
  CHECK(hookrail::verifier::try_create({{"a", ""}}).error().status == status::invalid_argument);
  CHECK(hookrail::verifier::try_create({std::vector<std::string>(17, "a")}).error().status ==
        status::invalid_argument);
  CHECK(hookrail::verifier::try_create({{"a"}, -1s}).error().status == status::invalid_argument);
  CHECK_THROWS_AS(hookrail::verifier({}), hookrail::error);
}

TEST_CASE("threads share a verifier") {
  const hookrail::verifier verifier({{secret}});
  std::array<int, 4> verified{};
  std::vector<std::thread> threads;
  for (int& count : verified) {
    threads.emplace_back([&verifier, &count] {
      for (int round = 0; round < 200; ++round) {
        count += verifier.try_verify(signature, delivery_id, body, signed_at) ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(verified == std::array<int, 4>{200, 200, 200, 200});
}

TEST_CASE("a body in pieces verifies like the whole") {
  const hookrail::verifier verifier({{secret}});
  for (std::size_t split = 0; split <= body.size(); ++split) {
    auto verification = verifier.begin(signature, delivery_id, body.size(), signed_at);
    verification.update(std::string_view(body).substr(0, split));
    verification.update(std::string_view(body).substr(split));
    CHECK(verification.finish().signed_at == signed_at);
    CHECK(verification.try_finish().error().status == status::invalid_argument);
    CHECK(verification.try_update("more").error().status == status::invalid_argument);
  }
}

TEST_CASE("a verification outlives its verifier, moves and may be abandoned") {
  auto begun = [] {
    const hookrail::verifier verifier({{secret}});
    const auto abandoned = verifier.begin(signature, delivery_id, 0, signed_at);
    return verifier.begin(signature, delivery_id, 0, signed_at);
  }();
  hookrail::verification verification = std::move(begun);
  verification.update(body);
  CHECK(verification.try_finish());
}

TEST_CASE("a delivery that cannot verify is refused before its body is read") {
  const hookrail::verifier verifier({{secret}});
  CHECK(verifier.try_begin("nonsense", delivery_id, 0, signed_at).error().status ==
        status::signature_malformed);
  CHECK(verifier.try_begin(signature, delivery_id, 0, signed_at + 1h).error().status ==
        status::timestamp_too_old);
}

TEST_CASE("a body over its limit is refused, then and to the end") {
  const hookrail::verifier verifier({{secret}});
  auto verification = verifier.begin(signature, delivery_id, 4, signed_at);
  CHECK(verification.try_update("1234"));
  CHECK(verification.try_update("5").error().status == status::body_too_large);
  CHECK(verification.try_update("").error().status == status::body_too_large);
  CHECK(verification.try_finish().error().status == status::body_too_large);
}

TEST_CASE("one call verifies without a verifier") {
  const hookrail::verifier_options options{{secret}};
  CHECK(hookrail::try_verify_signature(options, signature, delivery_id, body, signed_at));
  hookrail::verify_signature(options, signature, delivery_id, body, signed_at);
  const auto mismatch = hookrail::try_verify_signature(options, signature, delivery_id, "", signed_at);
  REQUIRE_FALSE(mismatch);
  CHECK(mismatch.error().status == status::signature_mismatch);
  CHECK(mismatch.error().message == "signature_mismatch");
  CHECK(hookrail::try_verify_signature({}, signature, delivery_id, body).error().status ==
        status::invalid_argument);
}

TEST_CASE("headers are found in any range of pairs") {
  const auto check = [](const auto& headers) {
    const hookrail::signature_headers found = hookrail::find_headers(headers);
    CHECK(found.signature == "s");
    CHECK(found.delivery_id == "d");
  };
  check(std::map<std::string, std::string>{{"hookrail-signature", "s"}, {"hookrail-delivery-id", "d"}});
  check(std::unordered_multimap<std::string, std::string>{{"Hookrail-Signature", "s"},
                                                          {"HOOKRAIL-DELIVERY-ID", "d"}});
  check(std::vector<std::pair<std::string_view, std::string_view>>{{"HTTP_HOOKRAIL_SIGNATURE", "s"},
                                                                   {"HTTP_HOOKRAIL_DELIVERY_ID", "d"}});
  check(std::list<std::tuple<const char*, std::string>>{{"hookrail-signature", "s"},
                                                        {"hookrail-delivery-id", "d"}});
  struct field {
    std::string name;
    std::string value;
  };
  check(std::array<field, 3>{{{"host", "h"}, {"hookrail-signature", "s"}, {"hookrail-delivery-id", "d"}}});
}

TEST_CASE("absent headers are missing, repeated ones malformed") {
  using headers = std::multimap<std::string, std::string>;
  CHECK(hookrail::try_find_headers(headers{}).error().status == status::signature_missing);
  CHECK(hookrail::try_find_headers(headers{{"hookrail-signature", "s"}}).error().status ==
        status::signature_missing);
  const headers repeated = {
      {"hookrail-signature", "s"}, {"hookrail-delivery-id", "d"}, {"hookrail_delivery_id", "d"}};
  CHECK(hookrail::try_find_headers(repeated).error().status == status::signature_malformed);
  CHECK_THROWS_AS(static_cast<void>(hookrail::find_headers(headers{})), hookrail::error);
}

TEST_CASE("a signature that arrives as a list is joined") {
  using headers = std::vector<std::pair<std::string, std::string>>;
  const auto comma = signature.find(',');
  const std::string t(signature.substr(0, comma));
  const std::string v1(signature.substr(comma + 1));
  const std::string id(delivery_id);
  const auto split = hookrail::find_headers(
      headers{{"Hookrail-Signature", t}, {"Hookrail-Delivery-Id", id}, {"hookrail_signature", v1}});
  CHECK(split.signature == signature);
  const hookrail::verifier verifier({{secret}});
  CHECK(verifier.try_verify(split.signature, split.delivery_id, body, signed_at));
  const auto twice = hookrail::find_headers(headers{{"Hookrail-Signature", std::string(signature)},
                                                    {"Hookrail-Signature", t},
                                                    {"Hookrail-Delivery-Id", id}});
  CHECK(verifier.try_verify(twice.signature, twice.delivery_id, body, signed_at).error().status ==
        status::signature_malformed);
  // Longer than the first buffer, and the longest that is allowed.
  const std::string part(1000, 'x');
  CHECK(hookrail::find_headers(
            headers{{"hookrail-signature", part}, {"hookrail-signature", part}, {"hookrail-delivery-id", id}})
            .signature == part + "," + part);
  CHECK(hookrail::try_find_headers(
            headers{{"hookrail-signature", std::string(4097, 'x')}, {"hookrail-delivery-id", id}})
            .error()
            .status == status::signature_malformed);
}

TEST_CASE("a body of which a part is missing is incomplete") {
  const hookrail::verifier verifier({{secret}});
  const auto verify = [&](std::string_view part, std::uint64_t announced) {
    auto verification = verifier.begin(signature, delivery_id, 100, signed_at);
    verification.set_content_length(announced);
    verification.update(part);
    const auto verdict = verification.try_finish();
    CHECK(verification.try_set_content_length(1).error().status == status::invalid_argument);
    return verdict ? status::ok : verdict.error().status;
  };
  CHECK(verify(body, body.size()) == status::ok);
  CHECK(verify(body, body.size() + 1) == status::ok);
  CHECK(verify(body.substr(1), body.size()) == status::body_incomplete);
  CHECK(verify("", body.size()) == status::body_incomplete);
  CHECK(verify("", 0) == status::signature_mismatch);
  auto verification = verifier.begin(signature, delivery_id, 100, signed_at);
  CHECK(verification.try_set_content_length(101).error().status == status::body_too_large);
  CHECK_THROWS_AS(verification.set_content_length(101), hookrail::error);
}

TEST_CASE("secrets that are none are refused by their number") {
  for (const std::string_view none : {"", " ", "whsec_", "whsec_a\n", " whsec_a", "whsec_a\nwhsec_b"}) {
    const auto refused = hookrail::verifier::try_create({{std::string(secret), std::string(none)}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == status::invalid_argument);
    CHECK(refused.error().message.find("secret 2 ") != std::string::npos);
    CHECK(hookrail::try_sign(none, signed_at, delivery_id, body).error().status == status::invalid_argument);
  }
  CHECK(hookrail::verifier::try_create({{"k"}}));
}

TEST_CASE("signing gives what the service gives") {
  CHECK(hookrail::sign(secret, signed_at, delivery_id, body) == signature);
  CHECK(hookrail::try_sign("", signed_at, delivery_id, body).error().status == status::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(hookrail::sign(secret, hookrail::sys_seconds{-5s}, delivery_id, body)),
                  hookrail::error);
}

TEST_CASE("an explanation says what went wrong, however long it gets") {
  const hookrail::verifier_options options{{"test_secret"}};
  const std::string text = hookrail::explain(options, signature, delivery_id, body, {}, signed_at);
  CHECK(text.find("whsec_") != std::string::npos);
  CHECK(text.find("d270845b") == std::string::npos);

  const hookrail::verifier_options many{std::vector<std::string>(16, "'whsec_test_secret'")};
  CHECK_FALSE(hookrail::explain(many, signature, delivery_id, body, "event-1", signed_at).empty());
  CHECK(hookrail::try_explain({{""}}, signature, delivery_id, body).error().status ==
        status::invalid_argument);
}

TEST_CASE("another translation unit signs and verifies, too") { CHECK(other_unit_round_trip().empty()); }
