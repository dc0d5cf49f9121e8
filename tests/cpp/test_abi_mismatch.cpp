// A program whose headers have another ABI than the loaded library.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <hookrail.h>

#undef HOOKRAIL_ABI_VERSION
#define HOOKRAIL_ABI_VERSION 999
#include <hookrail.hpp>

#include <map>
#include <string>

TEST_CASE("nothing is done with a library of another ABI") {
  const auto refused = [](const auto& attempted) {
    REQUIRE_FALSE(attempted);
    CHECK(attempted.error().status == hookrail::status::configuration);
    CHECK(attempted.error().message.find("compiled for ABI 999") != std::string::npos);
  };
  hookrail::client_options options;
  options.api_key = "hk_dev";
  refused(hookrail::client::try_create(options));
  refused(hookrail::producer::try_create(options));
  refused(hookrail::cancel_token::try_create());
  refused(hookrail::verifier::try_create({{"whsec_a"}}));
  refused(hookrail::try_verify_signature({{"whsec_a"}}, "", "", ""));
  refused(hookrail::try_find_headers(std::map<std::string, std::string>{}));
  refused(hookrail::try_sign("whsec_a", hookrail::sys_seconds{}, "d", ""));
  refused(hookrail::try_explain({{"whsec_a"}}, "", "", ""));
  CHECK_THROWS_AS(hookrail::client{options}, hookrail::error);
}
