/// @file
/// For tests of programs that use libhookrail: a stand-in for the service that a test starts, a fake sender that
/// records events, and realistic errors. Header-only, C++17 and later, for POSIX systems; needs exceptions.
///
/// SPDX-License-Identifier: Apache-2.0

#ifndef HOOKRAIL_TESTING_HPP
#define HOOKRAIL_TESTING_HPP

#include "hookrail.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <system_error>

namespace hookrail {

/// For tests of programs that use the library.
namespace testing {

inline namespace HOOKRAIL_CPP_ABI {

/// Returns the error of an attempt that fails in this way, as a client with max_retries 0 makes it, but with one level.
/// For status::retries_exhausted use exhausted().
[[nodiscard]] inline error_info failure(status reason, std::string message = {}) {
  error_info info;
  info.status = reason;
  info.attempts = 1;
  info.outcome = outcome::rejected;
  switch (reason) {
    case status::connection:
    case status::timeout:
    case status::protocol:
      info.outcome = reason == status::connection ? outcome::not_sent : outcome::maybe_sent;
      info.retryable = true;
      break;
    case status::rate_limited:
      info.http_status = 429;
      info.retryable = true;
      break;
    case status::server_error:
      info.http_status = 503;
      info.outcome = outcome::maybe_sent;
      info.retryable = true;
      break;
    case status::unexpected_status:
      info.http_status = 418;
      break;
    default:
      // The other statuses of answers are their numbers.
      if (const auto code = static_cast<int>(reason); code >= 400 && code < 500) {
        info.http_status = code;
      } else {
        info.outcome = outcome::not_sent;
      }
  }
  if (!message.empty()) {
    info.message = std::move(message);
  } else if (info.http_status != 0) {
    info.message = "the service answered " + std::to_string(info.http_status);
  } else {
    info.message = std::string(name(reason));
  }
  return info;
}

/// Returns the error of a call that has given up after this number of attempts, with the last one's error as its cause.
[[nodiscard]] inline error_info exhausted(error_info last, std::uint32_t attempts = 4) {
  error_info info = last;
  info.status = status::retries_exhausted;
  info.message = "gave up after " + std::to_string(attempts) + " attempts; the last error: " + last.message;
  info.attempts = attempts;
  info.retryable = true;
  info.cause = std::make_shared<const error_info>(std::move(last));
  return info;
}

/// An event that a recorder has recorded.
struct recorded_event {
  std::string event_id = {};                     ///< The id that the recorder gave it.
  std::string topic = {};                        ///< Its topic.
  std::string payload = {};                      ///< Its payload.
  std::string idempotency_key = {};              ///< Its idempotency key.
  std::optional<std::string> ordering_key = {};  ///< The ordering key of the options.
  header_list headers = {};                      ///< The headers of the options.
};

/// A sender that sends nothing: it records events and returns what the test asks for. It checks the arguments as a client
/// does. An event with a key that was used before is a replay, or a conflict if it differs. Threads may share it.
class recorder final : public sender {
 public:
  /// Makes a recorder without events.
  recorder() : client_(settings()) {}

  /// Lets the next send fail. Several calls make a list. The event is recorded if the outcome of the error is
  /// outcome::maybe_sent and `is_recorded` is true. The error gets the event's idempotency key.
  void fail_next(error_info error, bool is_recorded = false) {
    const std::lock_guard lock(mutex_);
    script_.push_back({std::move(error), is_recorded});
  }

  /// Returns the recorded events, in their order.
  [[nodiscard]] std::vector<recorded_event> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  struct scripted {
    error_info error;
    bool is_recorded;
  };

  static client_options settings() {
    client_options options;
    options.api_key = "hk_test";
    options.base_url = "http://127.0.0.1:9";
    options.proxy = proxy::none();
    return options;
  }

  [[nodiscard]] result<accepted> do_send(std::string_view topic, std::string_view payload,
                                         const send_options& options) const noexcept override {
    auto prepared = client_.try_prepare(topic, payload, options);
    if (!prepared) {
      error_info refused = std::move(prepared).error();
      refused.outcome = outcome::not_sent;
      return unexpected(std::move(refused));
    }
    const std::lock_guard lock(mutex_);
    if (!script_.empty()) {
      scripted next = std::move(script_.front());
      script_.pop_front();
      next.error.idempotency_key = prepared->idempotency_key;
      if (next.is_recorded && next.error.outcome == outcome::maybe_sent) {
        static_cast<void>(record(topic, payload, options, prepared->idempotency_key));
      }
      return unexpected(std::move(next.error));
    }
    return record(topic, payload, options, std::move(prepared)->idempotency_key);
  }

  [[nodiscard]] result<accepted> record(std::string_view topic, std::string_view payload,
                                        const send_options& options, std::string key) const {
    accepted promise;
    promise.attempts = 1;
    promise.idempotency_key = key;
    for (const recorded_event& event : events_) {
      if (event.idempotency_key != key) {
        continue;
      }
      if (event.topic != topic || event.payload != payload || event.ordering_key != options.ordering_key) {
        error_info conflict = failure(status::conflict);
        conflict.idempotency_key = std::move(key);
        return unexpected(std::move(conflict));
      }
      promise.event_id = event.event_id;
      promise.replayed = true;
    }
    if (!promise.replayed) {
      promise.event_id = "event-" + std::to_string(events_.size() + 1);
      events_.push_back({promise.event_id, std::string(topic), std::string(payload), std::move(key),
                         options.ordering_key, options.headers});
    }
    promise.json = "{\"event_id\":\"" + promise.event_id + "\",\"delivery_ids\":null}";
    return promise;
  }

  client client_;
  mutable std::mutex mutex_;
  mutable std::deque<scripted> script_;
  mutable std::vector<recorded_event> events_;
};

/// The development server, a stand-in for the service, as a child process on a free port (docs/devserver.md). It ends with
/// this object, and with this process even if that is killed. The member functions throw std::runtime_error if the server
/// does not answer as expected.
class devserver {
 public:
  /// Starts the program that the environment variable HOOKRAIL_DEVSERVER names, or `hookrail-devserver` of the PATH, with
  /// these arguments, and waits until it is ready. Throws std::system_error if it cannot be started.
  explicit devserver(std::vector<std::string> arguments = {}) {
    const char* const named = std::getenv("HOOKRAIL_DEVSERVER");
    arguments.insert(arguments.begin(), named != nullptr ? named : "hookrail-devserver");
    arguments.emplace_back("--exit-with-stdin");
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    const std::array<int, 2> input = open_pipe();
    const std::array<int, 2> output = open_pipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    const int failed = posix_spawnp(&process_, argv.front(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    const std::string line = failed == 0 ? read_line(output[0]) : std::string();
    close(output[0]);
    constexpr std::string_view ready = "listening on ";
    if (line.compare(0, ready.size(), ready) != 0) {
      end();
      if (failed != 0) {
        throw std::system_error(failed, std::generic_category(),
                                "starting " + arguments.front() + " (HOOKRAIL_DEVSERVER can name it)");
      }
      throw std::runtime_error(arguments.front() + " said: " + line);
    }
    url_ = line.substr(ready.size());
  }
  devserver(const devserver&) = delete;
  devserver& operator=(const devserver&) = delete;
  ~devserver() { end(); }

  /// Returns its URL, for example "http://127.0.0.1:40001".
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

  /// Returns options for a client of this server, whose retries follow at once.
  [[nodiscard]] hookrail::client_options client_options() const {
    hookrail::client_options options;
    options.api_key = "hk_dev";
    options.base_url = url_;
    options.proxy = proxy::none();
    options.backoff = backoff{std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
    return options;
  }

  /// Answers the next requests with this HTTP status.
  void answer(int http_status, int times = 1) const {
    fault("[{\"status\":" + std::to_string(http_status) + ",\"times\":" + std::to_string(times) + "}]");
  }

  /// Records the next events, and resets the connections in place of answers.
  void lose_answers(int times = 1) const {
    fault("[{\"reset\":\"after_recording\",\"times\":" + std::to_string(times) + "}]");
  }

  /// Leaves the next requests without an answer.
  void hang(int times = 1) const {
    fault("[{\"never_answer\":true,\"times\":" + std::to_string(times) + "}]");
  }

  /// Adds faults, a list in JSON as docs/devserver.md describes it.
  void fault(std::string_view rules) const { control("POST", "faults", rules); }

  /// Removes all faults.
  void clear_faults() const { control("DELETE", "faults"); }

  /// Returns one of the server's counts, for example "events", "requests" or "replays".
  [[nodiscard]] std::size_t count(std::string_view counted) const { return count_in(summary(), counted); }

  /// Waits until a count is at least `least`, for up to a minute.
  void wait_for(std::string_view counted, std::size_t least) const {
    control("GET", "wait?timeout_ms=60000&" + std::string(counted) + "=" + std::to_string(least));
  }

  /// Returns the counts as JSON.
  [[nodiscard]] std::string summary() const { return control("GET", "summary"); }

  /// Returns the recorded events as JSON: `{"events":[{"topic":...,"idempotency_key":...}]}`.
  [[nodiscard]] std::string events() const { return control("GET", "events"); }

  /// Returns the requests as JSON, with their headers.
  [[nodiscard]] std::string requests() const { return control("GET", "requests"); }

  /// Makes a request of the control API, and returns the body of the answer.
  std::string control(std::string_view method, std::string_view path, std::string_view body = {}) const {
    std::string request(method);
    request.append(" /_control/")
        .append(path)
        .append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    request.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    request.append("\r\n\r\n").append(body);
    const std::string answer = exchange(request);
    const std::size_t head = answer.find("\r\n\r\n");
    if (answer.compare(0, 10, "HTTP/1.1 2") != 0 || head == std::string::npos) {
      throw std::runtime_error(std::string(method).append(" ").append(path) + " was answered: " + answer);
    }
    return answer.substr(head + 4);
  }

 private:
  static std::array<int, 2> open_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    return ends;
  }

  static std::string read_line(int fd) {
    std::string line;
    char byte = 0;
    while (read(fd, &byte, 1) == 1 && byte != '\n') {
      line += byte;
    }
    return line;
  }

  static std::size_t count_in(const std::string& summary, std::string_view counted) {
    const std::string member = "\"" + std::string(counted) + "\":";
    const std::size_t at = summary.find(member);
    if (at == std::string::npos) {
      throw std::runtime_error("the development server has no count " + std::string(counted));
    }
    return std::stoul(summary.substr(at + member.size()));
  }

  // A plain socket, so that the client under test does not observe itself.
  [[nodiscard]] std::string exchange(const std::string& request) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof(generic) == sizeof(address));
    std::memcpy(&generic, &address, sizeof(address));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string answer;
    if (fd >= 0 && connect(fd, &generic, sizeof(address)) == 0) {
      std::size_t sent = 0;
      ssize_t step = 1;
      while (sent < request.size() && step > 0) {
        step = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        sent += step > 0 ? static_cast<std::size_t>(step) : 0;
      }
      std::array<char, 4096> chunk{};
      while (step > 0 && (step = recv(fd, chunk.data(), chunk.size(), 0)) > 0) {
        answer.append(chunk.data(), static_cast<std::size_t>(step));
      }
    }
    close(fd);
    return answer;
  }

  void end() noexcept {
    close(input_);
    if (process_ > 0) {
      waitpid(process_, nullptr, 0);
    }
  }

  pid_t process_ = -1;
  int input_ = -1;
  std::string url_;
};

}  // namespace HOOKRAIL_CPP_ABI

}  // namespace testing

}  // namespace hookrail

#endif  // HOOKRAIL_TESTING_HPP
