// Bytes in the form of the line protocol.
#pragma once

#include <string>
#include <string_view>

[[nodiscard]] std::string encode_base64(std::string_view bytes);

// Throws std::invalid_argument if the text is not base64.
[[nodiscard]] std::string decode_base64(std::string_view text);
