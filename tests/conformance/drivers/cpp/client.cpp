// Commands about clients and calls that wait.
#include "commands.hpp"
#include "results.hpp"

namespace {

using nlohmann::json;

void set_route(const request& asked, hookrail::client_options& options) {
  if (asked.has("ca_pem")) {
    options.ca_pems.push_back(asked.bytes("ca_pem"));
  }
  if (asked.flag("extra_roots_only")) {
    options.tls_roots = hookrail::tls_roots::extra_only;
  }
  if (asked.flag("no_proxy")) {
    options.proxy = hookrail::proxy::none();
  }
  if (asked.has("proxy")) {
    options.proxy = hookrail::proxy::at(asked.bytes("proxy"));
  }
}

hookrail::client_options options_of(const request& asked) {
  hookrail::client_options options;
  options.connect_timeout = asked.optional_time("connect_timeout_ms");
  options.read_timeout = asked.optional_time("read_timeout_ms");
  options.write_timeout = asked.optional_time("write_timeout_ms");
  options.total_timeout = asked.optional_time("total_timeout_ms");
  options.delivery_timeout = asked.optional_time("delivery_timeout_ms");
  options.max_retries = asked.optional_number<std::int32_t>("max_retries");
  if (asked.has("backoff_ms")) {
    const auto [base, cap] = asked.integers("backoff_ms");
    options.backoff = hookrail::backoff{std::chrono::milliseconds(base), std::chrono::milliseconds(cap)};
  }
  if (asked.has("respect_retry_after")) {
    options.respect_retry_after = asked.flag("respect_retry_after");
  }
  options.idle_connections = asked.optional_number<std::size_t>("idle_connections");
  options.payload_limit = asked.optional_number<std::size_t>("payload_limit");
  options.queue_max_events = asked.optional_number<std::size_t>("queue_max_events");
  options.queue_max_bytes = asked.optional_number<std::size_t>("queue_max_bytes");
  options.workers = asked.optional_number<std::int32_t>("workers");
  options.user_agent_suffix = asked.optional_bytes("user_agent_suffix");
  options.headers = asked.headers();
  set_route(asked, options);
  return options;
}

hookrail::send_options send_options_of(const request& asked, const cancellation& ending) {
  hookrail::send_options options;
  options.idempotency_key = asked.optional_bytes("idempotency_key");
  options.ordering_key = asked.optional_bytes("ordering_key");
  options.timeout = asked.optional_time("timeout_ms");
  options.cancel = ending.token();
  options.headers = asked.headers();
  return options;
}

hookrail::call_options call_options_of(const request& asked, const cancellation& ending) {
  return {asked.optional_time("timeout_ms"), ending.token()};
}

const hookrail::client& client_of(client_table& clients, const request& asked) {
  return clients.of(asked).producer.client();
}

}  // namespace

json client_new(client_table& clients, const request& asked) {
  hookrail::client_options options = options_of(asked.object("options"));
  options.api_key = asked.optional_bytes("api_key");
  options.base_url = asked.optional_bytes("base_url");
  clients.insert(asked.text("client"), hookrail::producer(options));
  return json::object();
}

json client_free(client_table& clients, const request& asked) {
  clients.erase(asked.text("client"));
  return json::object();
}

json send(client_table& clients, const request& asked) {
  const cancellation ending(asked);
  return to_json(client_of(clients, asked)
                     .send(asked.bytes("topic"), asked.bytes("payload"), send_options_of(asked, ending)));
}

json prepare(client_table& clients, const request& asked) {
  const cancellation ending(asked);
  const hookrail::prepared_event prepared =
      client_of(clients, asked)
          .prepare(asked.bytes("topic"), asked.bytes("payload"), send_options_of(asked, ending));
  return {{"blob", encode_base64(prepared.blob)}, {"idempotency_key", prepared.idempotency_key}};
}

json send_prepared(client_table& clients, const request& asked) {
  const cancellation ending(asked);
  return to_json(
      client_of(clients, asked).send_prepared(asked.bytes("blob"), call_options_of(asked, ending)));
}

json get_event(client_table& clients, const request& asked) {
  const cancellation ending(asked);
  return to_json(
      client_of(clients, asked).get_event(asked.bytes("event_id"), call_options_of(asked, ending)));
}

json stats(client_table& clients, const request& asked) {
  return json::parse(client_of(clients, asked).stats());
}
