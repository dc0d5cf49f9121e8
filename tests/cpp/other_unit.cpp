#include "other_unit.hpp"

#include <map>

std::error_code other_unit_code() {
  const std::map<std::string, std::string> headers;
  const auto found = hookrail::try_find_headers(headers);
  return found ? std::error_code() : found.error().code();
}

std::string other_unit_round_trip() {
  const hookrail::sys_seconds now{std::chrono::seconds(1'781'092'800)};
  const auto verifier = hookrail::verifier::try_create({{"whsec_other"}});
  const auto signature = hookrail::try_sign("whsec_other", now, "d1", "{}");
  if (!verifier || !signature) {
    return "neither a verifier nor a signature was to be had";
  }
  const auto verified = verifier->try_verify(*signature, "d1", "{}", now);
  return verified ? std::string() : verified.error().message;
}

#if !defined(__cpp_lib_expected)
hookrail::result<hookrail::accepted> other_unit_send(const hookrail::client& client,
                                                     const hookrail::send_options& options) {
  return client.try_send("orders.created", "1", options);
}

hookrail::completion other_unit_poll(const hookrail::producer& producer) {
  auto collected = producer.try_poll(1);
  return collected ? std::move(collected->at(0)) : hookrail::completion();
}
#endif
