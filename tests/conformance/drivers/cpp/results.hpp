// What the library returns, as the line protocol has it.
#pragma once

#include <hookrail.hpp>
#include <nlohmann/json.hpp>

[[nodiscard]] nlohmann::json to_json(const hookrail::error_info& error);
[[nodiscard]] nlohmann::json to_json(const hookrail::accepted& accepted);
[[nodiscard]] nlohmann::json to_json(const hookrail::event_status& event);
[[nodiscard]] nlohmann::json to_json(const hookrail::completion& completion);
[[nodiscard]] nlohmann::json to_json(const hookrail::verified& verified);
