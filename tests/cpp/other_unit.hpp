// A second translation unit that includes hookrail.hpp, for linking it with the first.
#pragma once

#include <string>
#include <system_error>

// Returns the error code of a failed operation of this unit.
[[nodiscard]] std::error_code other_unit_code();

// Signs and verifies in this unit; returns an empty text on success.
[[nodiscard]] std::string other_unit_round_trip();
