// The commands of the line protocol. They throw hookrail::error if the library refuses something.
#pragma once

#include <nlohmann/json.hpp>

#include "clients.hpp"
#include "request.hpp"

[[nodiscard]] nlohmann::json verify(const request& asked);
[[nodiscard]] nlohmann::json verify_chunks(const request& asked);
[[nodiscard]] nlohmann::json verify_once(const request& asked);
[[nodiscard]] nlohmann::json verify_request(const request& asked);
[[nodiscard]] nlohmann::json sign(const request& asked);

[[nodiscard]] nlohmann::json client_new(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json client_free(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json send(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json prepare(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json send_prepared(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json get_event(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json stats(client_table& clients, const request& asked);

[[nodiscard]] nlohmann::json submit(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json submit_prepared(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json collect(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json flush(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json pending(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json cancel_submitted(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json purge(client_table& clients, const request& asked);
[[nodiscard]] nlohmann::json close(client_table& clients, const request& asked);
