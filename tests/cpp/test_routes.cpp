// Ways to the service: unix sockets and SOCKS proxies.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <hookrail.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "devserver.hpp"

namespace {

using hookrail::status;

hookrail::client_options usable() {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.max_retries = 0;
  return options;
}

// A socket that listens, and is closed with this object.
class listener {
 public:
  template <class Address>
  explicit listener(const Address& address)
      : fd_(socket(address_family(address), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage generic{};
    std::memcpy(&generic, &address, sizeof(address));
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&generic), sizeof(address)) != 0 || listen(fd_, 1) != 0) {
      throw std::runtime_error("no socket to listen on");
    }
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener() { close(fd_); }

  [[nodiscard]] int accept_one() const { return accept(fd_, nullptr, nullptr); }

  [[nodiscard]] std::string port() const {
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    return std::to_string(ntohs(address.sin_port));
  }

 private:
  static int address_family(const sockaddr_un& /*address*/) { return AF_UNIX; }
  static int address_family(const sockaddr_in& /*address*/) { return AF_INET; }

  int fd_;
};

std::string read_until(int fd, const std::string& end) {
  std::string text;
  char byte = 0;
  while (text.find(end) == std::string::npos && read(fd, &byte, 1) == 1) {
    text += byte;
  }
  return text;
}

void write_all(int fd, const std::string& bytes) {
  CHECK(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

// Reads the request that sends 1, and answers as the service does.
std::string answer_one(int fd) {
  std::string request = read_until(fd, R"("payload":1})");
  const std::string body = R"({"event_id":"E1","delivery_ids":[]})";
  write_all(fd, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  return request;
}

}  // namespace

TEST_CASE("a service on a unix socket") {
  const testing::temporary_directory directory;
  const std::string path = directory.path() + "/service.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const listener service(address);
  auto by_option = usable();
  by_option.base_url = "http://hooks.example.com/prefix";
  by_option.unix_socket = path;
  auto by_url = usable();
  by_url.base_url = "unix:" + path;
  by_url.require_https = true;
  for (const auto& options : {by_option, by_url}) {
    std::string request;
    std::thread serving([&] {
      const int fd = service.accept_one();
      request = answer_one(fd);
      close(fd);
    });
    const auto sent = hookrail::client(options).try_send("orders.created", "1");
    serving.join();
    REQUIRE(sent);
    CHECK(sent->event_id == "E1");
    const bool is_prefixed = options.unix_socket.has_value();
    CHECK(request.find(is_prefixed ? "POST /prefix/v1/events " : "POST /v1/events ") == 0);
    CHECK(request.find(is_prefixed ? "hooks.example.com\r\n" : "localhost\r\n") != std::string::npos);
  }
  auto relative = usable();
  relative.unix_socket = "service.sock";
  CHECK(hookrail::client::try_create(relative).error().status == status::invalid_argument);
}

TEST_CASE("a SOCKS proxy that looks the service's name up") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const listener proxy(address);
  auto options = usable();
  options.base_url = "http://hooks.example.com:8080";
  options.proxy = hookrail::proxy::at("socks5h://127.0.0.1:" + proxy.port());
  std::string destination;
  std::thread serving([&] {
    using namespace std::string_literals;
    const int fd = proxy.accept_one();
    // The greeting, the choice of no authentication, the request, and the reply that it is connected.
    CHECK(read_until(fd, "\x05\x01\x00"s) == "\x05\x01\x00"s);
    write_all(fd, "\x05\x00"s);
    destination = read_until(fd, "\x1f\x90");
    write_all(fd, "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"s);
    answer_one(fd);
    close(fd);
  });
  const auto sent = hookrail::client(options).try_send("orders.created", "1");
  serving.join();
  REQUIRE(sent);
  CHECK(sent->event_id == "E1");
  CHECK(destination.find("\x11hooks.example.com\x1f\x90") != std::string::npos);
}
