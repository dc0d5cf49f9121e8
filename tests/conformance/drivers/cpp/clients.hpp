// The clients that the driver holds by their names, and the call that a signal ends.
#pragma once

#include <cstdint>
#include <hookrail.hpp>
#include <map>
#include <optional>
#include <string>

#include "request.hpp"

// A producer, which is a client, too, and the token of each event that was submitted to it, by its tag.
struct held_client {
  hookrail::producer producer;
  std::map<std::uint64_t, std::uint64_t> tokens;
};

class client_table {
 public:
  // From now on SIGUSR1 ends the call that holds a cancellation.
  client_table();

  void insert(const std::string& name, hookrail::producer producer);
  void erase(const std::string& name) { held_.erase(name); }

  // The client that a request names.
  [[nodiscard]] held_client& of(const request& asked) { return held_.at(asked.text("client")); }

 private:
  std::map<std::string, held_client> held_;
};

// What ends a call, where the request asks for that.
class cancellation {
 public:
  explicit cancellation(const request& asked);
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;
  ~cancellation();

  [[nodiscard]] const hookrail::cancel_token* token() const { return token_ ? &*token_ : nullptr; }

 private:
  std::optional<hookrail::cancel_token> token_;
};
