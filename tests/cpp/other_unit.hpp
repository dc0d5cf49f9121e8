// A second translation unit that includes hookrail.hpp, for linking it with the first.
#pragma once

#include <hookrail.hpp>
#include <string>
#include <system_error>

// Returns the error code of a failed operation of this unit.
[[nodiscard]] std::error_code other_unit_code();

// Signs and verifies in this unit; returns an empty text on success.
[[nodiscard]] std::string other_unit_round_trip();

#if !defined(__cpp_lib_expected)
// Sends an event with this unit's code: the types of C++17 and C++20 are the same.
[[nodiscard]] hookrail::result<hookrail::accepted> other_unit_send(const hookrail::client& client,
                                                                   const hookrail::send_options& options);

// Collects one completion.
[[nodiscard]] hookrail::completion other_unit_poll(const hookrail::producer& producer);
#endif
