// A process that may open no more descriptors.
#include <doctest/doctest.h>
#include <hookrail.hpp>
#include <sys/resource.h>

#include <string>

#include "devserver.hpp"

namespace {

using hookrail::outcome;
using hookrail::status;

// Lets the process open no more descriptors while this object lives.
class no_descriptors {
 public:
  no_descriptors() {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~no_descriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_ = {};
};

}  // namespace

TEST_CASE("without a descriptor an error says what could not be made") {
  const testing::devserver server;
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  const hookrail::client client(options);
  const auto started = [&] {
    const no_descriptors limit;
    return client.try_start_send("t", "1");
  }();
  REQUIRE_FALSE(started);
  CHECK(started.error().status == status::out_of_resources);
  CHECK(started.error().outcome == outcome::not_sent);
  CHECK(started.error().retryable);
  CHECK(started.error().message.find("RLIMIT_NOFILE") != std::string::npos);

  const auto token = [] {
    const no_descriptors limit;
    return hookrail::cancel_token::try_create();
  }();
  REQUIRE_FALSE(token);
  CHECK(token.error().status == status::out_of_resources);
  CHECK(token.error().outcome == outcome::none);

  CHECK(client.try_send("t", "1"));
}
