// The library's results in the form of the line protocol.
#pragma once

#include <hookrail.hpp>
#include <nlohmann/json.hpp>

[[nodiscard]] nlohmann::json to_json(const hookrail::error_info& error);
[[nodiscard]] nlohmann::json to_json(const hookrail::accepted& accepted);
[[nodiscard]] nlohmann::json to_json(const hookrail::event_status& event);
[[nodiscard]] nlohmann::json to_json(const hookrail::completion& completion);
[[nodiscard]] nlohmann::json to_json(const hookrail::verified& verified);
