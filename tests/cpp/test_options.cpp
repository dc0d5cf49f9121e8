// The settings of a client: each reaches the library, and each mistake is reported.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "devserver.hpp"

namespace {

using hookrail::status;
using namespace std::chrono_literals;

hookrail::client_options usable() {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = "http://127.0.0.1:9";
  return options;
}

class environment_variable {
 public:
  environment_variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;
  ~environment_variable() { unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("every option that is out of range is refused by its name") {
  using change = std::function<void(hookrail::client_options&)>;
  const std::vector<std::pair<std::string, change>> mistakes = {
      {"timeout_ms", [](auto& o) { o.connect_timeout = 0ms; }},
      {"timeout_ms", [](auto& o) { o.read_timeout = -1ms; }},
      {"timeout_ms", [](auto& o) { o.write_timeout = 48h; }},
      {"timeout_ms", [](auto& o) { o.total_timeout = 0ms; }},
      {"timeout_ms", [](auto& o) { o.delivery_timeout = 0ms; }},
      {"max_retries", [](auto& o) { o.max_retries = -1; }},
      {"cap",
       [](auto& o) {
         o.backoff = hookrail::backoff{20ms, 10ms};
       }},
      {"roots", [](auto& o) { o.tls_roots = static_cast<hookrail::tls_roots>(7); }},
      {"events", [](auto& o) { o.queue_max_events = 0; }},
      {"bytes", [](auto& o) { o.queue_max_bytes = 0; }},
      {"workers", [](auto& o) { o.workers = 4097; }},
      {"user-agent", [](auto& o) { o.user_agent_suffix = "a\r\nb"; }},
      {"path", [](auto& o) { o.ca_files = {""}; }},
  };
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.first);
    auto options = usable();
    mistake.second(options);
    const auto created = hookrail::client::try_create(options);
    REQUIRE_FALSE(created);
    CHECK(created.error().status == status::invalid_argument);
    CHECK_MESSAGE(created.error().message.find(mistake.first) != std::string::npos, created.error().message);
  }
}

TEST_CASE("settings that cannot work are a matter of configuration") {
  using change = std::function<void(hookrail::client_options&)>;
  const std::vector<change> mistakes = {
      [](auto& o) { o.api_key = ""; },
      [](auto& o) { o.base_url = ""; },
      [](auto& o) { o.base_url = "ftp://example.com"; },
      [](auto& o) { o.proxy = hookrail::proxy::at("gopher://127.0.0.1"); },
      [](auto& o) { o.proxy = hookrail::proxy::at(""); },
      [](auto& o) { o.ca_files = {"/nonexistent/ca.pem"}; },
      [](auto& o) { o.ca_pems = {"nonsense"}; },
      [](auto& o) {
        o.total_timeout = 1s;
        o.backoff = hookrail::backoff{1ms, 2s};
      },
  };
  for (std::size_t index = 0; index < mistakes.size(); ++index) {
    CAPTURE(index);
    auto options = usable();
    mistakes[index](options);
    const auto created = hookrail::client::try_create(options);
    REQUIRE_FALSE(created);
    CHECK(created.error().status == status::configuration);
  }
}

TEST_CASE("the throwing constructor says what try_create says") {
  hookrail::client_options options;
  options.base_url = "nonsense";
  options.api_key = "hk_topsecret";
  bool thrown = false;
  try {
    const hookrail::client client(options);
  } catch (const hookrail::error& error) {
    thrown = true;
    CHECK(error.status() == status::configuration);
    CHECK(error.code() == status::configuration);
    CHECK(std::string(error.what()) == hookrail::client::try_create(options).error().message);
    CHECK(std::string(error.what()).find("topsecret") == std::string::npos);
  }
  CHECK(thrown);
}

TEST_CASE("key and URL come from the environment where they are not given") {
  const testing::devserver server;
  CHECK(hookrail::client::try_create().error().status == status::configuration);
  const environment_variable key("HOOKRAIL_API_KEY", "hk_dev");
  const environment_variable url("HOOKRAIL_BASE_URL", server.url());
  const hookrail::client client;
  client.send("orders.created", "{}");
  CHECK(server.summary().at("events") == 1);
}

TEST_CASE("a connection that has reached its age is replaced, unless its age has no limit") {
  for (const auto& [age, connections] : {std::pair(1ms, 3), std::pair(0ms, 1)}) {
    const testing::devserver server;
    server.fault({{{"delay_ms", 5}, {"times", "always"}}});
    hookrail::client_options options;
    options.api_key = "hk_dev";
    options.base_url = server.url();
    options.max_connection_age = age;
    const hookrail::client client(options);
    for (int count = 0; count < 3; ++count) {
      client.send("orders.created", "{}");
    }
    CHECK(server.summary().at("connections") == connections);
    options.max_connection_age = -1ms;
    CHECK(hookrail::client::try_create(options).error().status == status::invalid_argument);
  }
}

TEST_CASE("all options together make a working client") {
  const testing::devserver server;
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url() + "/";
  options.connect_timeout = 4s;
  options.read_timeout = 5s;
  options.write_timeout = 6s;
  options.total_timeout = 20s;
  options.max_retries = 1;
  options.backoff = hookrail::backoff{1ms, 2ms};
  options.respect_retry_after = true;
  options.tls_roots = hookrail::tls_roots::platform;
  options.proxy = hookrail::proxy::none();
  options.idle_connections = 1;
  options.max_connection_age = 60s;
  options.payload_limit = 10;
  options.user_agent_suffix = "shop/2.1";
  options.queue_max_events = 5;
  options.queue_max_bytes = 1000;
  options.workers = 1;
  options.delivery_timeout = 30s;
  const hookrail::client client(options);
  client.send("orders.created", R"("12345678")");
  CHECK(client.try_send("orders.created", R"("123456789")").error().status == status::payload_too_large);
  bool suffix_seen = false;
  const nlohmann::json requests = server.requests();
  for (const auto& field : requests.at(0).at("headers")) {
    const std::string value = field.at(1);
    suffix_seen =
        suffix_seen || (field.at(0) == "user-agent" && value.find(" shop/2.1") != std::string::npos);
  }
  CHECK(suffix_seen);

  server.fault({{{"status", 503}, {"times", "always"}}});
  CHECK(client.try_send("orders.created", "{}").error().attempts == 2);
}

TEST_CASE("a proxy is used, and none is used where there shall be none") {
  // The development server accepts requests in the form for a proxy.
  const testing::devserver server;
  auto options = usable();
  options.base_url = "http://service.invalid";
  options.max_retries = 0;
  options.proxy = hookrail::proxy::at(server.url());
  CHECK(hookrail::client(options).try_send("orders.created", "{}"));
  CHECK(server.summary().at("events") == 1);

  const environment_variable proxy("http_proxy", server.url());
  options.proxy = {};
  CHECK(hookrail::client(options).try_send("orders.created", "{}"));
  CHECK(server.summary().at("events") == 2);
  options.proxy = hookrail::proxy::none();
  CHECK_FALSE(hookrail::client(options).try_send("orders.created", "{}"));
}

TEST_CASE("https with a certificate authority of one's own") {
  const testing::temporary_directory directory;
  const testing::devserver server({"--tls-self-signed", directory.path()});
  const std::string authority = directory.path() + "/ca.pem";
  auto options = usable();
  options.base_url = server.url();
  const auto untrusted = hookrail::client(options).try_send("orders.created", "{}");
  REQUIRE_FALSE(untrusted);
  CHECK(untrusted.error().status == status::tls);
  CHECK(untrusted.error().outcome == hookrail::outcome::not_sent);

  auto by_file = options;
  by_file.ca_files = {authority};
  CHECK(hookrail::client(by_file).send("orders.created", "{}").attempts == 1);

  auto by_text = options;
  by_text.ca_pems = {testing::read_file(authority)};
  by_text.tls_roots = hookrail::tls_roots::extra_only;
  CHECK(hookrail::client(by_text).send("orders.created", "{}").attempts == 1);
}

TEST_CASE("plain http and a missing base URL can be refused") {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.proxy = hookrail::proxy::none();
  options.base_url = "http://192.0.2.1";
  CHECK(hookrail::client::try_create(options));
  options.require_https = true;
  options.require_base_url = true;
  CHECK(hookrail::client::try_create(options).error().status == status::configuration);
  options.base_url = "http://127.0.0.1:1";
  CHECK(hookrail::client::try_create(options));
  options.base_url.reset();
  unsetenv("HOOKRAIL_BASE_URL");
  CHECK(hookrail::client::try_create(options).error().status == status::configuration);
}
