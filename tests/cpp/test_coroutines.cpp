// Coroutines that await calls: client::async_send() and the like.
#include <hookrail.hpp>

#if defined(__cpp_lib_coroutine)
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "devserver.hpp"
#include "task.hpp"

namespace {

using hookrail::accepted;
using hookrail::outcome;
using hookrail::status;
using testing::task;
using namespace std::chrono_literals;
using namespace std::string_literals;

hookrail::client_options options_of(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.read_timeout = 120s;
  options.total_timeout = 120s;
  return options;
}

hookrail::client client_of(const testing::devserver& server) { return hookrail::client(options_of(server)); }

bool is_readable(const hookrail::client& client, int timeout_ms) {
  pollfd calls{client.calls_fd(), POLLIN, 0};
  return poll(&calls, 1, timeout_ms) == 1;
}

// Resumes coroutines until all tasks are done.
void run(const hookrail::client& client, const std::vector<task>& tasks) {
  const auto all_done = [&] {
    return std::all_of(tasks.begin(), tasks.end(), [](const task& one) { return one.done(); });
  };
  while (!all_done()) {
    REQUIRE(is_readable(client, 60'000));
    client.resume_finished();
  }
  for (const task& one : tasks) {
    one.check();
  }
}

void run(const hookrail::client& client, task only) {
  std::vector<task> tasks;
  tasks.push_back(std::move(only));
  run(client, tasks);
}

task send_into(const hookrail::client& client, hookrail::result<accepted>& into) {
  into = co_await client.try_async_send("orders.created", "{}");
}

task send_and_count(const hookrail::client& client, std::size_t& count) {
  co_await client.async_send("orders.created", "{}");
  ++count;
}

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

// Waits until this many calls of the client have succeeded.
void wait_for_successes(const hookrail::client& client, int count) {
  while (nlohmann::json::parse(client.stats()).at("successes") < count) {
    std::this_thread::yield();
  }
}

// Threads that run functions in turn.
class pool {
 public:
  explicit pool(int threads) {
    for (int number = 0; number < threads; ++number) {
      threads_.emplace_back([this] { work(); });
    }
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  void execute(std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
    }
    changed_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return is_over_ || !functions_.empty(); });
      if (functions_.empty()) {
        return;
      }
      const auto function = std::move(functions_.front());
      functions_.pop_front();
      lock.unlock();
      function();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> functions_;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

// What a pool is for a call: it can be copied.
struct pool_executor {
  pool* threads;
  void execute(std::function<void()> function) const { threads->execute(std::move(function)); }
};

// Keeps the functions that it gets.
struct kept_functions {
  std::vector<std::function<void()>>* functions;
  void operator()(std::function<void()> function) const { functions->push_back(std::move(function)); }
};

}  // namespace

TEST_CASE("co_await returns what a blocking call returns") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto use_all = [](const hookrail::client& sender) -> task {
    const auto thread = std::this_thread::get_id();
    hookrail::send_options options;
    options.idempotency_key = "key-1";
    const accepted sent = co_await sender.async_send("orders.created", "{}", options);
    CHECK(sent.idempotency_key == "key-1");
    CHECK(std::this_thread::get_id() == thread);
    const hookrail::event_status event = co_await sender.async_get_event(sent.event_id);
    CHECK(event.topic == "orders.created");
    const std::string blob = sender.prepare("orders.created", "{}").blob;
    CHECK_FALSE((co_await sender.async_send_prepared(blob, {60s, nullptr})).replayed);
    const auto again = co_await sender.try_async_send_prepared(blob);
    REQUIRE(again);
    CHECK(again->replayed);
    const auto asked = co_await sender.try_async_get_event(again->event_id, {60s, nullptr});
    REQUIRE(asked);
    CHECK(asked->event_id == again->event_id);
  };
  run(client, use_all(client));
  CHECK(server.events().size() == 2);
}

TEST_CASE("co_await throws what a blocking call throws") {
  const testing::devserver server;
  server.fault({{{"status", 400}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  hookrail::send_options options;
  options.idempotency_key = "key-1";
  const auto blocking = client.try_send("orders.created", "{}", options);
  REQUIRE_FALSE(blocking);
  bool was_thrown = false;
  const auto fail = [&](const hookrail::client& sender) -> task {
    try {
      co_await sender.async_send("orders.created", "{}", options);
    } catch (const hookrail::error& error) {
      was_thrown = true;
      CHECK(error.status() == status::bad_request);
      CHECK(error.what() == blocking.error().message);
      CHECK(error.outcome() == outcome::rejected);
      CHECK(error.idempotency_key() == "key-1");
    }
    const auto failed = co_await sender.try_async_send("orders.created", "{}");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().status == status::bad_request);
  };
  run(client, fail(client));
  CHECK(was_thrown);
}

TEST_CASE("a call that cannot start fails without a wait") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto fail = [](const hookrail::client& sender) -> task {
    const hookrail::cancel_token token;
    CHECK((co_await sender.try_async_send("", "{}")).error().status == status::invalid_argument);
    CHECK((co_await sender.try_async_send("t", "{}", {{}, {}, {}, &token})).error().status ==
          status::invalid_argument);
    CHECK((co_await sender.try_async_send_prepared("nonsense")).error().status == status::damaged_blob);
    CHECK((co_await sender.try_async_send_prepared("nonsense", {{}, &token})).error().status ==
          status::invalid_argument);
    CHECK((co_await sender.try_async_get_event("..")).error().status == status::invalid_argument);
    CHECK((co_await sender.try_async_get_event("e1", {0ms, nullptr})).error().status ==
          status::invalid_argument);
    CHECK((co_await sender.try_async_get_event("e1", {{}, &token})).error().outcome == outcome::none);
    auto call = sender.async_send("", "{}");
    call.cancel();
    try {
      co_await std::move(call);
      FAIL("nothing was thrown");
    } catch (const hookrail::error& error) {
      CHECK(error.status() == status::invalid_argument);
    }
  };
  const task failing = fail(client);
  REQUIRE(failing.done());
  failing.check();
  CHECK(server.summary().at("requests") == 0);
}

TEST_CASE("the arguments of a call may be gone before it is awaited") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto send = [](const hookrail::client& sender) -> task {
    auto first = [&] {
      hookrail::send_options options;
      options.ordering_key = "a key that is too long for the short form of a string"s;
      return sender.async_send("orders."s + "created", R"({"text":")" + std::string(100, 'a') + "\"}",
                               options);
    }();
    auto second = sender.async_send("orders.created", "2");
    co_await std::move(second);
    co_await std::move(first);
  };
  run(client, send(client));
  CHECK(server.events().size() == 2);
}

TEST_CASE("a call that is done before it is awaited is awaited like any other") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  auto call = client.async_send("orders.created", "{}");
  wait_for_successes(client, 1);
  CHECK_FALSE(is_readable(client, 0));
  const auto wait = [](hookrail::async_call<accepted> sending) -> task {
    CHECK((co_await std::move(sending)).attempts == 1);
  };
  const task waiting = wait(std::move(call));
  CHECK_FALSE(waiting.done());
  REQUIRE(is_readable(client, 60'000));
  CHECK(client.resume_finished() == 1);
  REQUIRE(waiting.done());
  waiting.check();
  CHECK_FALSE(is_readable(client, 0));
}

TEST_CASE("a call is awaited once") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto wait = [](const hookrail::client& sender) -> task {
    auto call = sender.try_async_send("orders.created", "{}");
    CHECK(co_await call);
    CHECK((co_await call).error().status == status::invalid_argument);
  };
  run(client, wait(client));
}

TEST_CASE("a thousand coroutines wait on one thread and one descriptor") {
  const testing::devserver server;
  server.fault({{{"delay_ms", 1000}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  constexpr std::size_t many = 1000;
  const auto threads = entries("/proc/self/task");
  const auto descriptors = entries("/proc/self/fd");
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest{};
  interest.events = EPOLLIN;
  REQUIRE(epoll_ctl(epoll, EPOLL_CTL_ADD, client.calls_fd(), &interest) == 0);
  std::size_t done = 0;
  std::vector<task> tasks;
  for (std::size_t number = 0; number < many; ++number) {
    tasks.push_back(send_and_count(client, done));
  }
  server.wait_for("requests=300");
  CHECK(entries("/proc/self/task") <= threads + 3);
  // Each call has its connection; the epoll, the reactor and the shared descriptor are a few more.
  CHECK(entries("/proc/self/fd") <= descriptors + static_cast<std::ptrdiff_t>(many) + 9);
  while (done < many) {
    epoll_event ready{};
    REQUIRE(epoll_wait(epoll, &ready, 1, 60'000) == 1);
    CHECK(client.resume_finished() > 0);
  }
  close(epoll);
  for (const task& one : tasks) {
    one.check();
  }
  CHECK(server.events().size() == many);
}

TEST_CASE("destroying a coroutine cancels its call") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  hookrail::result<accepted> unused = hookrail::unexpected(hookrail::error_info{});
  SUBCASE("under way") {
    server.fault({{{"never_answer", true}, {"times", "always"}}});
    task sending = send_into(client, unused);
    server.wait_for("requests=1");
    sending.destroy();
    server.wait_for("max_open_connections=0");
  }
  SUBCASE("done, and not resumed yet") {
    task sending = send_into(client, unused);
    REQUIRE(is_readable(client, 60'000));
    sending.destroy();
  }
  CHECK_FALSE(is_readable(client, 0));
  CHECK(client.resume_finished() == 0);
}

TEST_CASE("a coroutine may destroy another that is to be resumed after it") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  std::vector<task> tasks;
  const auto destroy_others = [&tasks](const hookrail::client& sender, std::size_t self) -> task {
    co_await sender.async_send("orders.created", "{}");
    for (std::size_t number = 0; number < tasks.size(); ++number) {
      if (number != self) {
        tasks[number].destroy();
      }
    }
  };
  for (std::size_t number = 0; number < 8; ++number) {
    tasks.push_back(destroy_others(client, number));
  }
  wait_for_successes(client, 8);
  REQUIRE(is_readable(client, 60'000));
  CHECK(client.resume_finished() == 1);
  CHECK_FALSE(is_readable(client, 0));
}

TEST_CASE("a coroutine may outlive its client") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  hookrail::result<accepted> unused = hookrail::unexpected(hookrail::error_info{});
  std::optional<hookrail::client> client(client_of(server));
  task sending = send_into(*client, unused);
  server.wait_for("requests=1");
  client.reset();
  CHECK_FALSE(sending.done());
  sending.destroy();
  server.wait_for("max_open_connections=0");
}

TEST_CASE("a closed client refuses to send, and its coroutines end") {
  const testing::devserver server;
  server.fault({{{"delay_ms", 200}}});
  const hookrail::producer producer(client_of(server));
  hookrail::result<accepted> before = hookrail::unexpected(hookrail::error_info{});
  hookrail::result<accepted> after = hookrail::unexpected(hookrail::error_info{});
  std::vector<task> tasks;
  tasks.push_back(send_into(producer.client(), before));
  producer.close();
  tasks.push_back(send_into(producer.client(), after));
  run(producer.client(), tasks);
  CHECK(before);
  REQUIRE_FALSE(after);
  CHECK(after.error().status == status::closed);
  CHECK(after.error().outcome == outcome::not_sent);
}

TEST_CASE("a call that a coroutine awaits is cancelled from another thread") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  auto call = client.try_async_send("orders.created", "{}");
  const auto wait = [](auto& sending) -> task {
    const auto sent = co_await sending;
    REQUIRE_FALSE(sent);
    CHECK(sent.error().status == status::cancelled);
    CHECK(sent.error().outcome == outcome::maybe_sent);
  };
  std::thread cancelling([&] {
    server.wait_for("requests=1");
    call.cancel();
  });
  run(client, wait(call));
  cancelling.join();
}

#if defined(__cpp_lib_jthread)
TEST_CASE("a requested stop ends a call that a coroutine awaits") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::client client = client_of(server);
  std::stop_source source;
  const auto wait = [](const hookrail::client& sender, std::stop_token stop) -> task {
    const auto sent = co_await sender.try_async_send("orders.created", "{}", stop);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().status == status::cancelled);
    CHECK(sent.error().outcome == outcome::maybe_sent);
  };
  std::jthread stopping([&] {
    server.wait_for("requests=1");
    source.request_stop();
  });
  run(client, wait(client, source.get_token()));
}

TEST_CASE("every call that a coroutine awaits takes a stop token") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto use_all = [](const hookrail::client& sender, std::stop_source source) -> task {
    const std::stop_token stop = source.get_token();
    const std::string blob = sender.prepare("orders.created", "{}").blob;
    const accepted sent = co_await sender.async_send("orders.created", "{}", stop);
    CHECK_FALSE((co_await sender.async_send_prepared(blob, stop)).replayed);
    CHECK((co_await sender.async_get_event(sent.event_id, stop)).event_id == sent.event_id);
    CHECK(co_await sender.try_async_send_prepared(blob, stop));
    CHECK(co_await sender.try_async_get_event(sent.event_id, stop));
    auto not_awaited_in_time = sender.try_async_send("orders.created", "{}", stop);
    wait_for_successes(sender, 6);
    source.request_stop();
    CHECK(co_await std::move(not_awaited_in_time));
    const auto stopped = co_await sender.try_async_send("orders.created", "{}", stop);
    CHECK(stopped.error().status == status::cancelled);
    CHECK(stopped.error().outcome == outcome::not_sent);
    CHECK((co_await sender.try_async_send_prepared(blob, stop)).error().status == status::cancelled);
    CHECK((co_await sender.try_async_get_event(sent.event_id, stop)).error().status == status::cancelled);
  };
  run(client, use_all(client, std::stop_source()));
  CHECK(server.summary().at("requests") == 6);
}
#endif

TEST_CASE("an executor resumes the coroutines") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  std::vector<std::function<void()>> functions;
  int resumed = 0;
  const auto send = [&](const hookrail::client& sender) -> task {
    co_await sender.async_send("orders.created", "{}").on(kept_functions{&functions});
    ++resumed;
    co_await std::suspend_always();
    ++resumed;
  };
  task sending = send(client);
  task destroyed = send(client);
  wait_for_successes(client, 2);
  REQUIRE(is_readable(client, 60'000));
  CHECK(client.resume_finished() == 2);
  CHECK(resumed == 0);
  REQUIRE(functions.size() == 2);
  // The order of the ends is not known: one of the functions belongs to the destroyed coroutine.
  destroyed.destroy();
  for (const auto& function : functions) {
    function();
  }
  CHECK(resumed == 1);
  for (const auto& function : functions) {
    function();
  }
  CHECK(resumed == 1);
  sending.check();
}

TEST_CASE("an executor may drop its functions") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  const auto send = [](const hookrail::client& sender) -> task {
    co_await sender.async_send("orders.created", "{}").on([](const auto&) {});
  };
  const task sending = send(client);
  REQUIRE(is_readable(client, 60'000));
  CHECK(client.resume_finished() == 1);
  CHECK_FALSE(sending.done());
}

TEST_CASE("coroutines run on the threads of a pool while several threads watch for ends") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  constexpr int coroutines = 50;
  constexpr int rounds = 8;
  std::atomic<int> done = 0;
  std::vector<task> tasks;
  {
    // Its threads have left the coroutines before the tasks are looked at.
    pool threads(4);
    const auto send = [&done, &threads](const hookrail::client& sender) -> task {
      for (int round = 0; round < rounds; ++round) {
        const auto sent =
            co_await sender.async_send("orders.created", std::to_string(round)).on(pool_executor{&threads});
        CHECK(sent.attempts >= 1);
      }
      ++done;
    };
    for (int number = 0; number < coroutines; ++number) {
      tasks.push_back(send(client));
    }
    const auto watch = [&] {
      while (done < coroutines) {
        if (is_readable(client, 10)) {
          client.resume_finished();
        }
      }
    };
    std::thread other(watch);
    watch();
    other.join();
  }
  for (const task& one : tasks) {
    REQUIRE(one.done());
    one.check();
  }
  CHECK(server.events().size() == coroutines * rounds);
}

TEST_CASE("tags and coroutines share a loop") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  constexpr std::uint64_t highest = (std::uint64_t{1} << 63U) - 1;
  auto tagged = client.start_send("orders.created", "{}");
  CHECK(tagged.try_report(highest + 1).error().status == status::invalid_argument);
  tagged.report(highest);
  auto dropped = client.start_send("orders.created", "{}");
  dropped.report(0);
  hookrail::result<accepted> sent = hookrail::unexpected(hookrail::error_info{});
  const task sending = send_into(client, sent);
  wait_for_successes(client, 3);
  std::vector<std::uint64_t> tags;
  std::size_t count = 0;
  while (count < 3) {
    REQUIRE(is_readable(client, 60'000));
    count += client.resume_finished([&](std::uint64_t tag) { tags.push_back(tag); });
  }
  CHECK(sending.done());
  CHECK(sent);
  std::sort(tags.begin(), tags.end());
  CHECK(tags == std::vector<std::uint64_t>{0, highest});
  CHECK(tagged.finish().attempts == 1);

  auto late = client.start_send("orders.created", "{}");
  late.report(5);
  REQUIRE(is_readable(client, 60'000));
  CHECK(*client.try_resume_finished() == 1);
  CHECK(late.finish().attempts == 1);
  CHECK_FALSE(is_readable(client, 0));
}

TEST_CASE("an exception that leaves a coroutine leaves the loop, and no other coroutine is lost") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  // Its coroutine lets exceptions out of resume().
  struct loud {
    struct promise_type {
      loud get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_always final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() { throw; }
    };
    ~loud() { coroutine.destroy(); }
    std::coroutine_handle<promise_type> coroutine;
  };
  const auto send = [](const hookrail::client& sender) -> loud {
    co_await sender.async_send("orders.created", "{}");
    throw std::runtime_error("loud");
  };
  const loud first = send(client);
  const loud second = send(client);
  wait_for_successes(client, 2);
  for (int number = 0; number < 2; ++number) {
    REQUIRE(is_readable(client, 60'000));
    CHECK_THROWS_WITH(client.resume_finished(), "loud");
  }
  CHECK(client.resume_finished() == 0);
}

TEST_CASE("a client that was moved from resumes nothing") {
  const testing::devserver server;
  hookrail::client client = client_of(server);
  const hookrail::client moved = std::move(client);
  CHECK(client.try_resume_finished().error().status == status::invalid_argument);
  CHECK_THROWS_AS(client.resume_finished(), hookrail::error);
  hookrail::result<accepted> sent = hookrail::unexpected(hookrail::error_info{});
  const task sending = send_into(client, sent);
  REQUIRE(sending.done());
  CHECK(sent.error().status == status::invalid_argument);
}

TEST_CASE("a forked child has coroutines of its own") {
  const testing::devserver server;
  server.fault({{{"match", {{"path", "/v1/events"}}}, {"delay_ms", 300}, {"times", 2}}});
  const hookrail::client client = client_of(server);
  hookrail::result<accepted> of_parent = hookrail::unexpected(hookrail::error_info{});
  std::vector<task> tasks;
  tasks.push_back(send_into(client, of_parent));
  auto inherited = client.try_async_send("orders.created", "{}");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    hookrail::result<accepted> sent = hookrail::unexpected(hookrail::error_info{});
    bool was_refused = false;
    const auto use = [&](auto& call) -> task {
      const auto refused = co_await call;
      was_refused = !refused && refused.error().status == status::forked;
      sent = co_await client.try_async_send("orders.created", "{}");
    };
    const task using_client = use(inherited);
    for (int round = 0; round < 100 && !using_client.done() && is_readable(client, 60'000); ++round) {
      client.resume_finished();
    }
    tasks.clear();
    _exit(was_refused && sent && !of_parent ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  const auto wait = [](auto& call) -> task { CHECK(co_await call); };
  tasks.push_back(wait(inherited));
  run(client, tasks);
  CHECK(of_parent);
  CHECK(server.events().size() == 3);
}
#endif
