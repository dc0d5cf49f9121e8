// The driver's clients by their names, and the call that a signal ends.
#pragma once

#include <cstdint>
#include <hookrail.hpp>
#include <map>
#include <optional>
#include <string>

#include "request.hpp"

// A producer, which is also a client, and the token of each submitted event by its tag.
struct held_client {
  hookrail::producer producer;
  std::map<std::uint64_t, std::uint64_t> tokens;
};

class client_table {
 public:
  // Makes SIGUSR1 end the call that holds a cancellation.
  client_table();

  void insert(const std::string& name, hookrail::producer producer);
  void erase(const std::string& name) { held_.erase(name); }

  // Returns the client that a request names.
  [[nodiscard]] held_client& of(const request& asked) { return held_.at(asked.text("client")); }

 private:
  std::map<std::string, held_client> held_;
};

// Ends a call if the request asks for it.
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
