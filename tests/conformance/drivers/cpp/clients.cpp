#include "clients.hpp"

#include <signal.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace {

std::atomic<const hookrail::cancel_token*> under_way{nullptr};
static_assert(std::atomic<const hookrail::cancel_token*>::is_always_lock_free, "a signal handler reads it");

void end_call(int) {
  if (const hookrail::cancel_token* token = under_way) {
    token->fire();
  }
}

}  // namespace

client_table::client_table() {
  struct sigaction action {};
  action.sa_handler = end_call;
  // A signal without a call must not interrupt the reading of requests.
  action.sa_flags = SA_RESTART;
  if (sigaction(SIGUSR1, &action, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "sigaction");
  }
}

void client_table::insert(const std::string& name, hookrail::producer producer) {
  held_.insert_or_assign(name, held_client{std::move(producer), {}});
}

cancellation::cancellation(const request& asked) {
  if (asked.has("cancel")) {
    token_.emplace();
    if (asked.text("cancel") == "before") {
      token_->fire();
    }
    under_way = &*token_;
  }
}

cancellation::~cancellation() { under_way = nullptr; }
