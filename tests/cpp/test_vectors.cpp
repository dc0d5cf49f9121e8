// The test vectors of all languages: tests/vectors.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "devserver.hpp"

namespace {

using nlohmann::json;

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t index = 0; index < digits.size(); index += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(index, 2), nullptr, 16));
  }
  return bytes;
}

std::string bytes_of(const json& value, bool hex) {
  if (value.is_object()) {
    const std::string once = bytes_of(value.at("repeat"), hex);
    std::string all;
    for (std::size_t count = value.at("count"); count > 0; --count) {
      all += once;
    }
    return all;
  }
  return hex ? from_hex(value) : value.get<std::string>();
}

std::string input(const json& test, const std::string& name) {
  return test.contains(name) ? bytes_of(test.at(name), false) : bytes_of(test.at(name + "_hex"), true);
}

std::vector<std::string> secrets_of(const json& test) {
  const bool hex = !test.contains("secrets");
  std::vector<std::string> secrets;
  for (const json& secret : test.at(hex ? "secrets_hex" : "secrets")) {
    secrets.push_back(bytes_of(secret, hex));
  }
  return secrets;
}

hookrail::sys_seconds at(const json& seconds) {
  return hookrail::sys_seconds{std::chrono::seconds(seconds.get<std::int64_t>())};
}

json cases(const std::string& file) {
  const char* const folder = std::getenv("HOOKRAIL_VECTORS");
  REQUIRE_MESSAGE(folder != nullptr, "HOOKRAIL_VECTORS must name the folder tests/vectors");
  return json::parse(testing::read_file(std::string(folder) + "/" + file)).at("cases");
}

template <class T>
std::string name_of(const hookrail::result<T>& attempted) {
  return std::string(hookrail::name(attempted ? hookrail::status::ok : attempted.error().status));
}

void check_verified(const json& test, const hookrail::result<hookrail::verified>& verified) {
  REQUIRE(name_of(verified) == test.at("status"));
  if (verified) {
    CHECK(verified->secret_index == test.at("secret_index").get<std::size_t>());
    CHECK(verified->signed_at == at(test.at("signed_at")));
    CHECK(verified->skew.count() == test.at("skew_seconds").get<std::int64_t>());
  }
}

// Pieces of 7 bytes: neither a divisor nor a multiple of a hash block.
hookrail::result<hookrail::verified> in_pieces(const hookrail::verifier& verifier, const std::string& header,
                                               const std::string& delivery_id, const std::string& body,
                                               hookrail::sys_seconds now) {
  auto verification = verifier.try_begin(header, delivery_id, 0, now);
  if (!verification) {
    return hookrail::unexpected(verification.error());
  }
  for (std::size_t offset = 0; offset < body.size(); offset += 7) {
    REQUIRE(verification->try_update(std::string_view(body).substr(offset, 7)));
  }
  return verification->try_finish();
}

}  // namespace

TEST_CASE("the table of verifications") {
  const json all = cases("verify.json");
  CHECK(all.size() >= 150);
  for (const json& test : all) {
    const std::string name = test.at("name");
    CAPTURE(name);
    const hookrail::verifier_options options{secrets_of(test),
                                             std::chrono::seconds(test.at("tolerance").get<std::int64_t>())};
    const std::string header = input(test, "header");
    const std::string delivery_id = input(test, "delivery_id");
    const std::string body = input(test, "body");
    const hookrail::sys_seconds now = at(test.at("now"));

    CHECK(name_of(hookrail::try_verify_signature(options, header, delivery_id, body, now)) ==
          test.at("status"));
    const auto verifier = hookrail::verifier::try_create(options);
    if (!verifier) {
      CHECK(name_of(verifier) == test.at("status"));
      continue;
    }
    check_verified(test, verifier->try_verify(header, delivery_id, body, now));
    check_verified(test, in_pieces(*verifier, header, delivery_id, body, now));
  }
}

TEST_CASE("the table of signatures") {
  const json all = cases("sign.json");
  CHECK(all.size() >= 20);
  for (const json& test : all) {
    const std::string name = test.at("name");
    CAPTURE(name);
    const auto signature = hookrail::try_sign(input(test, "secret"), at(test.at("timestamp")),
                                              input(test, "delivery_id"), input(test, "body"));
    REQUIRE(name_of(signature) == test.at("status"));
    if (signature) {
      CHECK(*signature == test.at("header"));
    }
  }
}
