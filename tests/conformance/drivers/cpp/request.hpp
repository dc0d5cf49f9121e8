// A request of the line protocol: access to its arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base64.hpp"

// An argument that the library's types cannot hold.
class inexpressible : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class request {
 public:
  explicit request(nlohmann::json members) : members_(std::move(members)) {}

  [[nodiscard]] bool has(const std::string& name) const { return members_.contains(name); }
  [[nodiscard]] std::int64_t integer(const std::string& name) const { return members_.at(name); }
  [[nodiscard]] std::string text(const std::string& name) const { return members_.at(name); }
  [[nodiscard]] bool flag(const std::string& name) const { return members_.value(name, false); }
  [[nodiscard]] request object(const std::string& name) const { return request(members_.at(name)); }

  [[nodiscard]] std::chrono::milliseconds time(const std::string& name) const {
    return std::chrono::milliseconds(integer(name));
  }

  [[nodiscard]] std::optional<std::chrono::milliseconds> optional_time(const std::string& name) const {
    return has(name) ? std::optional(time(name)) : std::nullopt;
  }

  // Returns a number in a type that is narrower than the protocol's, or unsigned.
  template <class Number>
  [[nodiscard]] std::optional<Number> optional_number(const std::string& name) const {
    if (!has(name)) {
      return std::nullopt;
    }
    const std::int64_t wide = integer(name);
    const auto number = static_cast<Number>(wide);
    if (static_cast<std::int64_t>(number) != wide || (wide < 0) != (number < Number{})) {
      throw inexpressible(name + ": " + std::to_string(wide));
    }
    return number;
  }

  [[nodiscard]] std::string bytes(const std::string& name) const {
    return decode_base64(members_.at(name).get<std::string>());
  }

  [[nodiscard]] std::optional<std::string> optional_bytes(const std::string& name) const {
    return has(name) ? std::optional(bytes(name)) : std::nullopt;
  }

  [[nodiscard]] std::vector<std::string> list(const std::string& name) const {
    std::vector<std::string> items;
    for (const nlohmann::json& item : members_.at(name)) {
      items.push_back(decode_base64(item.get<std::string>()));
    }
    return items;
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs(const std::string& name) const {
    std::vector<std::pair<std::string, std::string>> items;
    for (const nlohmann::json& item : members_.at(name)) {
      items.emplace_back(decode_base64(item.at(0).get<std::string>()),
                         decode_base64(item.at(1).get<std::string>()));
    }
    return items;
  }

  // Returns the headers of one's own.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers() const {
    std::vector<std::pair<std::string, std::string>> items;
    if (has("headers")) {
      for (const auto& [name, content] : members_.at("headers").items()) {
        items.emplace_back(name, content.get<std::string>());
      }
    }
    return items;
  }

  [[nodiscard]] std::pair<std::int64_t, std::int64_t> integers(const std::string& name) const {
    return members_.at(name).get<std::pair<std::int64_t, std::int64_t>>();
  }

 private:
  nlohmann::json members_;
};
