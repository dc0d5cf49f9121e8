// The development server with the JSON of nlohmann, and servers and files for tests.
#pragma once

#include <sys/types.h>

#include <hookrail_testing.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace testing {

class devserver {
 public:
  explicit devserver(std::vector<std::string> arguments = {}) : server_(std::move(arguments)) {}

  [[nodiscard]] const std::string& url() const { return server_.url(); }

  // Sets these rules (docs/devserver.md).
  void fault(const nlohmann::json& rules) const { server_.control("PUT", "faults", rules.dump()); }

  [[nodiscard]] nlohmann::json summary() const { return nlohmann::json::parse(server_.summary()); }
  [[nodiscard]] nlohmann::json requests() const {
    return nlohmann::json::parse(server_.requests()).at("requests");
  }
  [[nodiscard]] nlohmann::json events() const { return nlohmann::json::parse(server_.events()).at("events"); }

  // Waits until the counts of the summary are at least these, for example "requests=1".
  void wait_for(const std::string& counts) const {
    server_.control("GET", "wait?timeout_ms=60000&" + counts);
  }

 private:
  hookrail::testing::devserver server_;
};

// A server of OpenSSL that demands a client certificate. It makes a certificate and a key in a folder (cert.pem and
// key.pem), which are the server's own and the only ones that it accepts, and answers questions for the event E1.
class demanding_server {
 public:
  explicit demanding_server(const std::string& folder);
  demanding_server(const demanding_server&) = delete;
  demanding_server& operator=(const demanding_server&) = delete;
  ~demanding_server();

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  pid_t process_ = -1;
  int input_ = -1;
  std::string url_;
};

// A directory that is removed with this object.
class temporary_directory {
 public:
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace testing
