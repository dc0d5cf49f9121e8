// The driver of the C++ header: translates the line protocol of the conformance suite into calls of
// hookrail.hpp. It is also an example of the use of the header.

#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "commands.hpp"
#include "results.hpp"

namespace {

using nlohmann::json;
using command = std::function<json(client_table&, const request&)>;

command without_client(json (*function)(const request&)) {
  return [function](client_table&, const request& asked) { return function(asked); };
}

json hello(const request&);

const std::map<std::string, command>& commands() {
  static const std::map<std::string, command> table = {
      {"hello", without_client(hello)},
      {"verify", without_client(verify)},
      {"verify_chunks", without_client(verify_chunks)},
      {"verify_once", without_client(verify_once)},
      {"verify_request", without_client(verify_request)},
      {"sign", without_client(sign)},
      {"client_new", client_new},
      {"client_free", client_free},
      {"send", send},
      {"prepare", prepare},
      {"send_prepared", send_prepared},
      {"get_event", get_event},
      {"stats", stats},
      {"submit", submit},
      {"submit_prepared", submit_prepared},
      {"collect", collect},
      {"flush", flush},
      {"pending", pending},
      {"cancel_submitted", cancel_submitted},
      {"purge", purge},
      {"close", close},
  };
  return table;
}

json hello(const request&) {
  json names = json::array();
  for (const auto& entry : commands()) {
    names.push_back(entry.first);
  }
  return {{"protocol", 1},
          {"language", "cpp"},
          {"version", hookrail::version()},
          {"cancellation", "error"},
          {"commands", names}};
}

json answer(client_table& clients, const request& asked) {
  const json id = asked.integer("id");
  const std::string name = asked.text("command");
  const auto found = commands().find(name);
  if (found == commands().end()) {
    return {{"id", id}, {"unsupported", "no command " + name}};
  }
  try {
    return {{"id", id}, {"ok", found->second(clients, asked)}};
  } catch (const hookrail::error& error) {
    return {{"id", id}, {"error", to_json(error.info())}};
  } catch (const inexpressible& argument) {
    return {{"id", id}, {"inexpressible", argument.what()}};
  }
}

}  // namespace

int main() {
  try {
    client_table clients;
    std::string line;
    while (std::getline(std::cin, line)) {
      std::cout << answer(clients, request(json::parse(line))) << std::endl;
    }
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << "driver: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
