// A second translation unit that includes hookrail.hpp, to be linked with the first.
#pragma once

#include <string>
#include <system_error>

// The error code of an operation that this unit tried.
[[nodiscard]] std::error_code other_unit_code();

// Signs and verifies in this unit; empty where that worked.
[[nodiscard]] std::string other_unit_round_trip();
