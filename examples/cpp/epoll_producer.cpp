// Sends each line of standard input as an event, from one thread that waits only in its event loop:
//
//   epoll_producer TOPIC < payloads
//
// The queue is small to show back-pressure: while it is full, the program reads no line.

#include <hookrail.hpp>

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

namespace {

constexpr std::size_t queue_limit = 1000;

class relay {
 public:
  explicit relay(std::string topic)
      : topic_(std::move(topic)), producer_(options()), epoll_(epoll_create1(0)) {
    watch(producer_.event_fd(), EPOLL_CTL_ADD);
    // epoll does not accept regular files. They need no watching: they never make a reader wait.
    input_is_watchable_ = epoll_control(STDIN_FILENO, EPOLL_CTL_ADD);
    if (!input_is_watchable_ && errno != EPERM) {
      fail("epoll_ctl");
    }
  }
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;
  ~relay() { close(epoll_); }

  // Runs until the input has ended and every event has its completion.
  void run() {
    while (reading_ || !lines_.empty() || unsettled_ > 0) {
      submit_lines();
      listen_to_input(reading_ && lines_.empty());
      wait();
    }
    producer_.close();
  }

  void print_totals() const {
    std::cout << delivered_ << " delivered, " << failed_ << " failed, " << refused_ << " refused\n";
  }

 private:
  static hookrail::client_options options() {
    hookrail::client_options options;
    options.queue_max_events = queue_limit;
    return options;
  }

  [[noreturn]] static void fail(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
  }

  bool epoll_control(int fd, int operation) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return epoll_ctl(epoll_, operation, fd, &event) == 0;
  }

  void watch(int fd, int operation) const {
    if (!epoll_control(fd, operation)) {
      fail("epoll_ctl");
    }
  }

  void listen_to_input(bool wanted) {
    if (input_is_watchable_ && wanted != listening_) {
      watch(STDIN_FILENO, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL);
    }
    listening_ = wanted;
  }

  void submit_lines() {
    while (!lines_.empty()) {
      hookrail::submit_options options;
      options.tag = line_number_ + 1;
      const auto token = producer_.try_submit(topic_, lines_.front(), options);
      if (!token && token.error().status == hookrail::status::queue_full) {
        return;
      }
      ++line_number_;
      if (token) {
        ++unsettled_;
      } else {
        ++refused_;
        std::cerr << "line " << line_number_ << ": " << hookrail::name(token.error().status) << ": "
                  << token.error().message << '\n';
      }
      lines_.pop_front();
    }
  }

  void wait() {
    const bool input_is_ready = listening_ && !input_is_watchable_;
    const bool nothing_to_wait_for = !listening_ && unsettled_ == 0;
    std::array<epoll_event, 2> events{};
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 input_is_ready || nothing_to_wait_for ? 0 : -1);
    if (count < 0 && errno != EINTR) {
      fail("epoll_wait");
    }
    if (input_is_ready) {
      read_input();
    }
    for (int index = 0; index < count; ++index) {
      if (events.at(static_cast<std::size_t>(index)).data.fd == STDIN_FILENO) {
        read_input();
      } else {
        collect();
      }
    }
  }

  void read_input() {
    std::array<char, 4096> chunk{};
    const ssize_t size = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (size < 0) {
      fail("read");
    }
    if (size == 0) {
      reading_ = false;
      if (!unfinished_line_.empty()) {
        lines_.push_back(std::move(unfinished_line_));
      }
      return;
    }
    unfinished_line_.append(chunk.data(), static_cast<std::size_t>(size));
    std::size_t end = 0;
    while ((end = unfinished_line_.find('\n')) != std::string::npos) {
      lines_.push_back(unfinished_line_.substr(0, end));
      unfinished_line_.erase(0, end + 1);
    }
  }

  void collect() {
    for (const hookrail::completion& completion : producer_.poll(256, std::chrono::milliseconds(0))) {
      --unsettled_;
      if (completion.error) {
        ++failed_;
        std::cerr << "line " << completion.tag << ": " << hookrail::name(completion.status) << " ("
                  << hookrail::name(completion.outcome) << "): " << completion.error->message << '\n';
      } else {
        ++delivered_;
      }
    }
  }

  std::string topic_;
  hookrail::producer producer_;
  int epoll_;
  bool input_is_watchable_ = false;
  bool listening_ = true;
  bool reading_ = true;
  std::string unfinished_line_;
  std::deque<std::string> lines_;
  std::uint64_t line_number_ = 0;
  std::size_t unsettled_ = 0;
  std::size_t delivered_ = 0;
  std::size_t failed_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: epoll_producer TOPIC < payloads\n";
    return EXIT_FAILURE;
  }
  try {
    relay relay(argv[1]);
    relay.run();
    relay.print_totals();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
