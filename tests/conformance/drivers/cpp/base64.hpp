// Bytes as the line protocol has them.
#pragma once

#include <string>
#include <string_view>

[[nodiscard]] std::string encode_base64(std::string_view bytes);

// Throws std::invalid_argument where the text is not base64.
[[nodiscard]] std::string decode_base64(std::string_view text);
