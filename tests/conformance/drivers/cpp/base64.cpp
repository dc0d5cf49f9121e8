#include "base64.hpp"

#include <cstdint>
#include <stdexcept>

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t digit(char character) {
  const std::size_t value = digits.find(character);
  if (value == std::string_view::npos) {
    throw std::invalid_argument("not base64");
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t start = 0; start < bytes.size(); start += 3) {
    const std::string_view group = bytes.substr(start, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index) {
      bits = bits << 8 | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
    }
    for (std::size_t index = 0; index < 4; ++index) {
      text += index <= group.size() ? digits[bits >> (18 - 6 * index) & 63U] : '=';
    }
  }
  return text;
}

std::string decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    throw std::invalid_argument("base64 comes in groups of 4 characters");
  }
  std::string bytes;
  for (std::size_t start = 0; start < text.size(); start += 4) {
    std::string_view group = text.substr(start, 4);
    if (start + 4 == text.size()) {
      group = group.substr(0, group.find_last_not_of('=') + 1);
    }
    if (group.size() < 2) {
      throw std::invalid_argument("base64 with too much padding");
    }
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 4; ++index) {
      bits = bits << 6 | (index < group.size() ? digit(group[index]) : 0U);
    }
    for (std::size_t index = 0; index + 1 < group.size(); ++index) {
      bytes += static_cast<char>(bits >> (16 - 8 * index) & 255U);
    }
  }
  return bytes;
}
