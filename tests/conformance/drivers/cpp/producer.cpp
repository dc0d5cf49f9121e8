// Commands about submitted events.
#include <algorithm>

#include "commands.hpp"
#include "results.hpp"

namespace {

using nlohmann::json;
using clock_type = std::chrono::steady_clock;
using std::chrono::milliseconds;

milliseconds left_until(clock_type::time_point deadline) {
  return std::max(std::chrono::ceil<milliseconds>(deadline - clock_type::now()), milliseconds(0));
}

hookrail::submit_options options_of(const request& asked) {
  hookrail::submit_options options;
  options.idempotency_key = asked.optional_bytes("idempotency_key");
  options.ordering_key = asked.optional_bytes("ordering_key");
  options.timeout = asked.optional_time("timeout_ms");
  options.tag = static_cast<std::uint64_t>(asked.integer("tag"));
  options.headers = asked.headers();
  return options;
}

}  // namespace

json submit(client_table& clients, const request& asked) {
  auto& [producer, tokens] = clients.of(asked);
  const hookrail::submit_options options = options_of(asked);
  const std::string topic = asked.bytes("topic");
  const std::string payload = asked.bytes("payload");
  tokens[options.tag] = asked.has("wait_ms")
                            ? producer.submit_wait(topic, payload, asked.time("wait_ms"), options)
                            : producer.submit(topic, payload, options);
  return json::object();
}

json submit_prepared(client_table& clients, const request& asked) {
  auto& [producer, tokens] = clients.of(asked);
  const hookrail::submit_options options = options_of(asked);
  tokens[options.tag] = producer.submit_prepared(asked.bytes("blob"), options);
  return json::object();
}

json collect(client_table& clients, const request& asked) {
  const auto deadline = clock_type::now() + asked.time("timeout_ms");
  const auto wanted = static_cast<std::size_t>(asked.integer("count"));
  json completions = json::array();
  while (completions.size() < wanted) {
    const milliseconds left = left_until(deadline);
    for (const auto& completion : clients.of(asked).producer.poll(wanted - completions.size(), left)) {
      completions.push_back(to_json(completion));
    }
    if (left == milliseconds(0)) {
      break;
    }
  }
  return {{"completions", completions}};
}

json flush(client_table& clients, const request& asked) {
  const auto deadline = clock_type::now() + asked.time("timeout_ms");
  for (;;) {
    const auto remaining = clients.of(asked).producer.try_flush(left_until(deadline));
    if (remaining) {
      return {{"remaining", *remaining}};
    }
    // A late signal, after its call.
    if (remaining.error().status != hookrail::status::interrupted) {
      throw hookrail::error(remaining.error());
    }
  }
}

json pending(client_table& clients, const request& asked) {
  const hookrail::pending_counts counts = clients.of(asked).producer.pending();
  return {{"queued", counts.queued}, {"in_flight", counts.in_flight}};
}

json cancel_submitted(client_table& clients, const request& asked) {
  auto& [producer, tokens] = clients.of(asked);
  producer.cancel(tokens.at(static_cast<std::uint64_t>(asked.integer("tag"))));
  return json::object();
}

json purge(client_table& clients, const request& asked) {
  const auto scope = asked.flag("in_flight") ? hookrail::purge_scope::all : hookrail::purge_scope::queued;
  return {{"purged", clients.of(asked).producer.purge(scope)}};
}

json close(client_table& clients, const request& asked) {
  return {{"unsent", clients.of(asked).producer.close(asked.time("timeout_ms"))}};
}
