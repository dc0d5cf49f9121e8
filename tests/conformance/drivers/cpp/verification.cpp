// Commands about deliveries.
#include "commands.hpp"
#include "results.hpp"

namespace {

hookrail::verifier_options options_of(const request& asked) {
  hookrail::verifier_options options;
  options.secrets = asked.list("secrets");
  if (asked.has("tolerance")) {
    options.tolerance = std::chrono::seconds(asked.integer("tolerance"));
  }
  return options;
}

hookrail::sys_seconds time_of(std::int64_t seconds) {
  return hookrail::sys_seconds(std::chrono::seconds(seconds));
}

std::optional<hookrail::sys_seconds> now_of(const request& asked) {
  return asked.has("now") ? std::optional(time_of(asked.integer("now"))) : std::nullopt;
}

}  // namespace

nlohmann::json verify(const request& asked) {
  const hookrail::verifier verifier(options_of(asked));
  return to_json(
      verifier.verify(asked.bytes("header"), asked.bytes("delivery_id"), asked.bytes("body"), now_of(asked)));
}

nlohmann::json verify_chunks(const request& asked) {
  const hookrail::verifier verifier(options_of(asked));
  auto verification =
      verifier.begin(asked.bytes("header"), asked.bytes("delivery_id"),
                     asked.optional_number<std::uint64_t>("body_limit").value_or(0), now_of(asked));
  for (const std::string& chunk : asked.list("chunks")) {
    verification.update(chunk);
  }
  return to_json(verification.finish());
}

nlohmann::json verify_once(const request& asked) {
  hookrail::verify_signature(options_of(asked), asked.bytes("header"), asked.bytes("delivery_id"),
                             asked.bytes("body"), now_of(asked));
  return nlohmann::json::object();
}

nlohmann::json verify_request(const request& asked) {
  const hookrail::verifier verifier(options_of(asked));
  const auto [signature, delivery_id] = hookrail::find_headers(asked.pairs("headers"));
  nlohmann::json result =
      to_json(verifier.verify(signature, delivery_id, asked.bytes("body"), now_of(asked)));
  result["delivery_id"] = delivery_id;
  return result;
}

nlohmann::json sign(const request& asked) {
  return {{"header", hookrail::sign(asked.bytes("secret"), time_of(asked.integer("timestamp")),
                                    asked.bytes("delivery_id"), asked.bytes("body"))}};
}
