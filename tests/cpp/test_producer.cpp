// Submits events without waiting, and collects their completions.
#include <doctest/doctest.h>
#include <hookrail.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "devserver.hpp"

namespace {

using hookrail::outcome;
using hookrail::status;
using namespace std::chrono_literals;

hookrail::client_options options_for(const testing::devserver& server) {
  hookrail::client_options options;
  options.api_key = "hk_dev";
  options.base_url = server.url();
  options.backoff = hookrail::backoff{1ms, 2ms};
  return options;
}

// Waits for this number of completions. Fails after a time that is far longer than they need.
std::vector<hookrail::completion> collect(const hookrail::producer& producer, std::size_t count) {
  std::vector<hookrail::completion> all;
  while (all.size() < count) {
    auto some = producer.poll(count - all.size(), 30s);
    REQUIRE_FALSE(some.empty());
    for (auto& completion : some) {
      all.push_back(std::move(completion));
    }
  }
  return all;
}

bool readable(int fd, int timeout_ms) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

const hookrail::producer* for_the_handler = nullptr;

}  // namespace

TEST_CASE("each submit has one completion with its tag, token and promise") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  std::map<std::uint64_t, std::uint64_t> tokens;
  for (std::uint64_t tag = 1; tag <= 20; ++tag) {
    hookrail::submit_options options;
    options.tag = tag;
    tokens[tag] = producer.submit("orders.created", std::to_string(tag), options);
  }
  for (const auto& completion : collect(producer, 20)) {
    CAPTURE(completion.tag);
    CHECK(completion.token == tokens.at(completion.tag));
    tokens.erase(completion.tag);
    CHECK(completion.status == status::ok);
    CHECK(completion.outcome == outcome::delivered);
    CHECK(completion.http_status == 202);
    CHECK(completion.attempts == 1);
    CHECK(completion.total >= completion.queued);
    REQUIRE(completion.accepted.has_value());
    CHECK(completion.accepted->event_id.size() == 26);
    CHECK_FALSE(completion.error.has_value());
  }
  CHECK(tokens.empty());
  CHECK(producer.poll(1, 0ms).empty());
  CHECK(server.summary().at("events") == 20);
}

TEST_CASE("as many completions as there are can be asked for") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  producer.submit("orders.created", "{}");
  const auto completions = producer.try_poll(std::numeric_limits<std::size_t>::max(), 30s);
  REQUIRE(completions.has_value());
  CHECK(completions->size() == 1);
}

TEST_CASE("a failure comes with its error") {
  const testing::devserver server;
  server.fault({{{"status", 403}}});
  const hookrail::producer producer(options_for(server));
  producer.submit("orders.created", "{}");
  const auto completion = collect(producer, 1).front();
  CHECK(completion.status == status::permission_denied);
  CHECK(completion.outcome == outcome::rejected);
  CHECK(completion.http_status == 403);
  CHECK_FALSE(completion.accepted.has_value());
  REQUIRE(completion.error.has_value());
  CHECK(completion.error->status == status::permission_denied);
  CHECK(completion.error->idempotency_key.has_value());
}

TEST_CASE("what is wrong with the arguments is said at the submit") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  CHECK(producer.try_submit("", "{}").error().status == status::invalid_argument);
  CHECK(producer.try_submit("t", "nonsense").error().status == status::invalid_argument);
  CHECK(producer.try_submit_wait("", "{}", 1s).error().status == status::invalid_argument);
  CHECK(producer.try_submit_prepared("nonsense").error().status == status::damaged_blob);
  const auto prepared = producer.client().prepare("t", "{}");
  hookrail::submit_options keyed;
  keyed.idempotency_key = "key-1";
  const auto refused = producer.try_submit_prepared(prepared.blob, keyed);
  CHECK(refused.error().status == status::invalid_argument);
  CHECK(refused.error().outcome == outcome::not_sent);
  hookrail::submit_options hurried;
  hurried.timeout = 0ms;
  CHECK(producer.try_submit_prepared(prepared.blob, hurried).error().status == status::invalid_argument);
  CHECK(producer.try_submit("t", "{}", hurried).error().status == status::invalid_argument);
  CHECK(producer.try_poll(0, 0ms).error().status == status::invalid_argument);
  CHECK_THROWS_AS(producer.submit("", "{}"), hookrail::error);
  const auto counts = producer.pending();
  CHECK(counts.queued + counts.in_flight + counts.completions == 0);
}

TEST_CASE("a prepared event is submitted with its key") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  const auto prepared = producer.client().prepare("orders.created", "{}");
  producer.submit_prepared(prepared.blob);
  producer.flush();
  producer.submit_prepared(prepared.blob);
  const auto completions = collect(producer, 2);
  REQUIRE(completions[1].accepted.has_value());
  CHECK(completions[1].accepted->replayed);
  CHECK(completions[1].accepted->idempotency_key == prepared.idempotency_key);
}

TEST_CASE("the keys of the options reach the service") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  hookrail::submit_options options;
  options.idempotency_key = "key-1";
  options.ordering_key = "customer-7";
  producer.submit("orders.created", "{}", options);
  CHECK(producer.flush() == 0);
  const std::string request = server.requests().at(0).dump();
  CHECK(request.find("key-1") != std::string::npos);
  CHECK(request.find("customer-7") != std::string::npos);
}

TEST_CASE("a full queue refuses, and takes in again once there is room") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  auto options = options_for(server);
  options.queue_max_events = 2;
  const hookrail::producer producer(options);
  producer.submit("orders.created", "1");
  const auto second = producer.submit("orders.created", "2");
  CHECK(producer.try_submit("orders.created", "3").error().status == status::queue_full);
  CHECK(producer.try_submit_wait("orders.created", "3", 1ms).error().status == status::queue_full);
  // A deadline that has passed is no wait without end.
  CHECK(producer.try_submit_wait("orders.created", "3", -1ms).error().status == status::queue_full);

  std::thread making_room([&] {
    producer.cancel(second);
    CHECK(collect(producer, 1).front().status == status::cancelled);
  });
  producer.submit_wait("orders.created", "3", std::nullopt);
  making_room.join();
  CHECK(producer.purge() == 2);
  CHECK(collect(producer, 2).size() == 2);
}

TEST_CASE("an event without a completion is not reported") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  hookrail::submit_options options;
  options.wants_completion = false;
  producer.submit("orders.created", "{}", options);
  CHECK(producer.flush(30s) == 0);
  CHECK(producer.poll(1, 0ms).empty());
  CHECK(server.summary().at("events") == 1);
}

TEST_CASE("the descriptor is readable exactly while completions wait") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  const int fd = producer.event_fd();
  CHECK(producer.event_fd() == fd);
  CHECK_FALSE(readable(fd, 0));
  producer.submit("orders.created", "1");
  producer.submit("orders.created", "2");
  producer.flush();
  CHECK(readable(fd, 0));
  collect(producer, 1);
  CHECK(readable(fd, 0));
  collect(producer, 1);
  CHECK_FALSE(readable(fd, 0));
}

TEST_CASE("a wake-up ends a poll, also from a signal handler") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  producer.wakeup();
  CHECK(producer.try_poll(1).error().code() == std::errc::interrupted);

  for_the_handler = &producer;
  struct sigaction action {};
  action.sa_handler = [](int) { for_the_handler->wakeup(); };
  struct sigaction before {};
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  CHECK(producer.poll(1).empty());
}

TEST_CASE("flush, purge and pending tell what is left") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  auto options = options_for(server);
  options.workers = 1;
  const hookrail::producer producer(options);
  for (int event = 0; event < 3; ++event) {
    producer.submit("orders.created", "{}");
  }
  server.wait_for("requests=1");
  CHECK(producer.flush(0ms) == 3);
  const auto counts = producer.pending();
  CHECK(counts.queued == 2);
  CHECK(counts.in_flight == 1);
  CHECK(counts.completions == 0);
  CHECK(producer.purge(hookrail::purge_scope::queued) == 2);
  CHECK(producer.purge(hookrail::purge_scope::in_flight) == 1);
  std::multiset<outcome> outcomes;
  for (const auto& completion : collect(producer, 3)) {
    CHECK(completion.status == status::cancelled);
    outcomes.insert(completion.outcome);
  }
  CHECK(outcomes == std::multiset<outcome>{outcome::not_sent, outcome::not_sent, outcome::maybe_sent});
}

TEST_CASE("close sends what is queued, and then nothing more is taken in") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  for (int event = 0; event < 50; ++event) {
    producer.submit("orders.created", "{}");
  }
  CHECK(producer.close() == 0);
  CHECK(server.summary().at("events") == 50);
  CHECK(producer.try_submit("orders.created", "{}").error().status == status::closed);
  CHECK(producer.client().try_send("orders.created", "{}").error().status == status::closed);
  CHECK(collect(producer, 50).size() == 50);
}

TEST_CASE("close tells how many events it gave up") {
  const testing::devserver server;
  server.fault({{{"never_answer", true}, {"times", "always"}}});
  const hookrail::producer producer(options_for(server));
  producer.submit("orders.created", "1");
  producer.submit("orders.created", "2");
  CHECK(producer.close(0ms) == 2);
  CHECK(collect(producer, 2).size() == 2);
}

TEST_CASE("a client turns into a producer, and a producer moves") {
  const testing::devserver server;
  hookrail::client client(options_for(server));
  client.send("orders.created", "{}");
  hookrail::producer producer(std::move(client));
  const hookrail::producer moved = std::move(producer);
  moved.submit("orders.created", "{}");
  CHECK(moved.flush() == 0);
  CHECK(producer.try_submit("orders.created", "{}").error().status == status::invalid_argument);
  CHECK(producer.try_pending().error().status == status::invalid_argument);
  CHECK(hookrail::producer::try_create().error().status == status::configuration);
}

TEST_CASE("a forked child begins with an empty queue of its own") {
  const testing::devserver server;
  const hookrail::producer producer(options_for(server));
  producer.submit("orders.created", R"("parent")");
  // Before the fork: the allocators of sanitizers have locks that a starting worker may hold.
  REQUIRE(producer.flush() == 0);
  // The exit status is no evidence: valgrind sets its own if a child does not free its parent's state.
  std::array<int, 2> verdict{};
  REQUIRE(pipe(verdict.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto counts = producer.try_pending();
    const bool empty = counts && counts->queued + counts->in_flight + counts->completions == 0;
    const bool submitted = producer.try_submit("orders.created", R"("child")").has_value();
    const auto completions = producer.try_poll(1, 30s);
    const bool delivered = completions && completions->size() == 1 && completions->front().accepted;
    const char works = empty && submitted && delivered ? 'y' : 'n';
    _exit(write(verdict[1], &works, 1) == 1 ? 0 : 1);
  }
  close(verdict[1]);
  char works = '?';
  CHECK(read(verdict[0], &works, 1) == 1);
  CHECK(works == 'y');
  close(verdict[0]);
  waitpid(child, nullptr, 0);
  CHECK(collect(producer, 1).front().status == status::ok);
  CHECK(server.summary().at("events") == 2);
}
