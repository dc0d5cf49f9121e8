// Headers of one's own, and the certificate of the client.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <string>

#include "devserver.hpp"

namespace {

using hookrail::client_certificate;
using hookrail::outcome;
using hookrail::status;
using namespace std::chrono_literals;

constexpr const char* trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

hookrail::client_options options_for(const std::string& url) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = url;
  options.proxy = hookrail::proxy::none();
  options.max_retries = 0;
  return options;
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

TEST_CASE("headers of a client and of a send are in the request") {
  const testing::devserver server;
  auto options = options_for(server.url());
  options.headers = {{"X-Gateway", "client"}, {"X-Both", "client"}};
  const hookrail::producer producer(options);
  hookrail::send_options sending;
  sending.headers = {{"traceparent", trace}, {"x-both", "send"}};
  producer.client().send("orders.created", "1", sending);

  const auto prepared = producer.client().prepare("orders.created", "2", sending);
  producer.client().send_prepared(prepared.blob);

  hookrail::submit_options submitting;
  submitting.headers = sending.headers;
  producer.submit("orders.created", "3", submitting);
  CHECK(producer.flush(60s) == 0);

  const nlohmann::json requests = server.requests();
  REQUIRE(requests.size() == 3);
  for (const auto& request : requests) {
    CHECK(header(request, "traceparent") == trace);
    CHECK(header(request, "x-gateway") == "client");
    CHECK(header(request, "x-both") == "send");
  }
}

TEST_CASE("headers that cannot be sent are refused without their values") {
  auto options = options_for("http://127.0.0.1:9");
  const hookrail::client client(options);
  for (const auto& [name, value] : hookrail::header_list{{"Authorization", "secret-1"},
                                                         {"bad name", "secret-1"},
                                                         {"x-good", "secret-1\r\nx: y"},
                                                         {"", "secret-1"}}) {
    hookrail::send_options sending;
    sending.headers = {{name, value}};
    const auto sent = client.try_send("orders.created", "1", sending);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().status == status::invalid_argument);
    CHECK(sent.error().message.find("secret") == std::string::npos);
    options.headers = sending.headers;
    CHECK(hookrail::client::try_create(options).error().status == status::invalid_argument);
  }
  const hookrail::producer producer(options_for("http://127.0.0.1:9"));
  hookrail::submit_options submitting;
  submitting.headers = {{"traceparent", trace}};
  const auto refused = producer.try_submit_prepared("", submitting);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == status::invalid_argument);
  CHECK(refused.error().outcome == outcome::not_sent);
}

TEST_CASE("a client certificate is shown to a server that demands one") {
  const testing::temporary_directory directory;
  const std::string folder = directory.path() + "/";
  const testing::demanding_server server(folder);
  auto options = options_for(server.url());
  options.ca_files = {folder + "cert.pem"};
  const auto without = hookrail::client(options).try_get_event("E1");
  REQUIRE_FALSE(without);
  CHECK(without.error().status == status::tls);

  options.client_certificate = client_certificate::from_files(folder + "cert.pem", folder + "key.pem");
  CHECK(hookrail::client(options).get_event("E1").event_id == "E1");
  const std::string certificate = testing::read_file(folder + "cert.pem");
  const std::string key = testing::read_file(folder + "key.pem");
  options.client_certificate = client_certificate::from_pem(certificate, key);
  CHECK(hookrail::client(options).get_event("E1").event_id == "E1");
  options.client_certificate = client_certificate::from_pem(certificate + key);
  CHECK(hookrail::client(options).get_event("E1").event_id == "E1");

  options.client_certificate = client_certificate::from_pem(certificate);
  const auto keyless = hookrail::client::try_create(options);
  REQUIRE_FALSE(keyless);
  CHECK(keyless.error().status == status::configuration);
  CHECK(keyless.error().message.find("key") != std::string::npos);
  options.client_certificate = client_certificate::from_files(folder + "absent.pem");
  CHECK(hookrail::client::try_create(options).error().message.find("absent.pem") != std::string::npos);
}
