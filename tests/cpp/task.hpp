// A coroutine for the tests: it starts at once, and its object owns it.
#pragma once

#include <version>

#if defined(__cpp_lib_coroutine)
#include <coroutine>
#include <exception>
#include <utility>

namespace testing {

class [[nodiscard]] task {
 public:
  struct promise_type {
    task get_return_object() { return task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::exception_ptr error;
  };

  task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() { destroy(); }

  void destroy() {
    if (coroutine_) {
      std::exchange(coroutine_, nullptr).destroy();
    }
  }

  [[nodiscard]] bool done() const { return coroutine_.done(); }

  // Throws the exception that left the coroutine.
  void check() const {
    if (coroutine_.promise().error) {
      std::rethrow_exception(coroutine_.promise().error);
    }
  }

 private:
  explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

}  // namespace testing
#endif
