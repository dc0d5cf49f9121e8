// Coroutines that await calls, on the event loop and the executors of Boost.Asio.
#include <hookrail.hpp>

#if defined(__cpp_lib_coroutine)
#if defined(__SANITIZE_THREAD__)
// GCC's ThreadSanitizer does not know fences. Asio's are beside its locks.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "devserver.hpp"
#include "task.hpp"

namespace {

namespace asio = boost::asio;
using hookrail::accepted;
using hookrail::status;
using testing::task;
using namespace std::chrono_literals;

hookrail::client client_of(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.total_timeout = 120s;
  return hookrail::client(options);
}

// Has an event loop of Asio resume the coroutines that await calls of a client.
class resumer {
 public:
  resumer(const asio::any_io_executor& executor, const hookrail::client& client)
      : client_(client), calls_(executor, client.calls_fd()) {
    wait();
  }
  resumer(const resumer&) = delete;
  resumer& operator=(const resumer&) = delete;
  // The descriptor belongs to the library.
  ~resumer() { calls_.release(); }

  // Ends the wait, so that the event loop may end.
  void stop() {
    is_stopped_ = true;
    calls_.cancel();
  }

 private:
  void wait() {
    if (is_stopped_) {
      return;
    }
    calls_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (!error) {
                          client_.resume_finished();
                          wait();
                        }
                      });
  }

  const hookrail::client& client_;
  asio::posix::stream_descriptor calls_;
  bool is_stopped_ = false;
};

}  // namespace

TEST_CASE("coroutines wait in the event loop of Asio, and its executors resume them") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  constexpr int many = 100;
  asio::io_context loop;
  asio::thread_pool pool(2);
  resumer resuming(loop.get_executor(), client);
  std::atomic<int> done = 0;
  const auto loop_thread = std::this_thread::get_id();
  const auto send = [&](const hookrail::client& sender, asio::any_io_executor executor) -> task {
    const accepted sent = co_await sender.async_send("orders.created", "{}").on(executor);
    CHECK(std::this_thread::get_id() != loop_thread);
    const hookrail::event_status event =
        co_await sender.async_get_event(sent.event_id).on(asio::make_strand(executor));
    CHECK(event.event_id == sent.event_id);
    if (++done == many) {
      asio::post(loop, [&] { resuming.stop(); });
    }
  };
  std::vector<task> tasks;
  for (int number = 0; number < many; ++number) {
    tasks.push_back(send(client, pool.get_executor()));
  }
  loop.run();
  pool.join();
  for (const task& one : tasks) {
    REQUIRE(one.done());
    one.check();
  }
  CHECK(server.events().size() == many);
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)
namespace {

// A coroutine that frees itself at its end.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };
};

template <class Handler, class T>
detached complete(Handler handler, hookrail::async_call<hookrail::result<T>> call) {
  auto result = co_await std::move(call).on(asio::get_associated_executor(handler));
  handler(std::move(result));
}

// Makes an asynchronous operation of Asio of a call, for any completion token.
template <class T, class Token>
auto as_operation(hookrail::async_call<hookrail::result<T>> call, Token&& token) {
  return asio::async_initiate<Token, void(hookrail::result<T>)>(
      [](auto handler, hookrail::async_call<hookrail::result<T>> started) {
        complete(std::move(handler), std::move(started));
      },
      token, std::move(call));
}

}  // namespace

TEST_CASE("the coroutines of Asio await calls") {
  const testing::devserver server;
  const hookrail::client client = client_of(server);
  constexpr int many = 100;
  asio::io_context loop;
  resumer resuming(loop.get_executor(), client);
  int done = 0;
  const auto send = [&](const hookrail::client& sender) -> asio::awaitable<void> {
    const auto sent =
        co_await as_operation(sender.try_async_send("orders.created", "{}"), asio::use_awaitable);
    REQUIRE(sent);
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    const auto event = co_await as_operation(sender.try_async_get_event(sent->event_id), asio::use_awaitable);
    REQUIRE(event);
    CHECK(event->event_id == sent->event_id);
    const auto refused = co_await as_operation(sender.try_async_send("", "{}"), asio::use_awaitable);
    CHECK(refused.error().status == status::invalid_argument);
    if (++done == many) {
      resuming.stop();
    }
  };
  for (int number = 0; number < many; ++number) {
    asio::co_spawn(loop, send(client), [](const std::exception_ptr& error) {
      if (error) {
        std::rethrow_exception(error);
      }
    });
  }
  loop.run();
  CHECK(done == many);
  CHECK(server.events().size() == many);
}
#endif
#endif
