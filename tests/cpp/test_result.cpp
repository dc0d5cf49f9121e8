// Statuses, error codes, errors and results, which need no service.
#include <doctest/doctest.h>
#include <hookrail.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <type_traits>

#include "other_unit.hpp"

namespace {

using hookrail::status;

hookrail::error_info two_levels() {
  hookrail::error_info cause;
  cause.status = status::timeout;
  cause.message = "the answer took too long";
  hookrail::error_info info;
  info.status = status::retries_exhausted;
  info.message = "gave up after 4 attempts";
  info.attempts = 4;
  info.cause = std::make_shared<const hookrail::error_info>(cause);
  return info;
}

hookrail::result<std::unique_ptr<int>> failed() { return hookrail::unexpected(two_levels()); }

hookrail::result<std::unique_ptr<int>> succeeded() { return std::make_unique<int>(7); }

}  // namespace

TEST_CASE("a status has the C ABI's name") {
  CHECK(hookrail::name(status::rate_limited) == "rate_limited");
  CHECK(hookrail::name(static_cast<status>(12345)) == "unknown");
  CHECK(hookrail::name(hookrail::outcome::maybe_sent) == "maybe_sent");
  CHECK(hookrail::name(hookrail::delivery_state::retry_scheduled) == "retry_scheduled");
}

TEST_CASE("the loaded library is the one of the headers") {
  CHECK(hookrail::abi_version() == HOOKRAIL_ABI_VERSION);
  CHECK(hookrail::version().substr(0, 2) == std::to_string(HOOKRAIL_VERSION_MAJOR) + ".");
}

TEST_CASE("a status is an error code") {
  static_assert(std::is_error_code_enum_v<status>);
  const std::error_code code = status::signature_mismatch;
  CHECK(code);
  CHECK(code == status::signature_mismatch);
  CHECK(code != status::signature_missing);
  CHECK(code.value() == HOOKRAIL_SIGNATURE_MISMATCH);
  CHECK(code.category() == hookrail::category());
  CHECK(std::string(code.category().name()) == "hookrail");
  CHECK(code.message() == "signature_mismatch");
  CHECK_FALSE(std::error_code(status::ok));
}

TEST_CASE("error codes compare with the standard's conditions") {
  CHECK(std::error_code(status::timeout) == std::errc::timed_out);
  CHECK(std::error_code(status::cancelled) == std::errc::operation_canceled);
  CHECK(std::error_code(status::interrupted) == std::errc::interrupted);
  CHECK(std::error_code(status::invalid_argument) == std::errc::invalid_argument);
  CHECK(std::error_code(status::permission_denied) == std::errc::permission_denied);
  CHECK(std::error_code(status::queue_full) == std::errc::resource_unavailable_try_again);
  CHECK(std::error_code(status::payload_too_large) == std::errc::message_size);
  CHECK(std::error_code(status::body_too_large) == std::errc::message_size);
  CHECK(std::error_code(status::conflict) != std::errc::timed_out);
}

TEST_CASE("an error is a runtime_error with all details and its causes") {
  const hookrail::error error(two_levels());
  static_assert(std::is_base_of_v<std::runtime_error, hookrail::error>);
  static_assert(std::is_nothrow_copy_constructible_v<hookrail::error>);
  CHECK(std::string(error.what()) == "gave up after 4 attempts");
  CHECK(error.status() == status::retries_exhausted);
  CHECK(error.code() == status::retries_exhausted);
  CHECK(error.attempts() == 4);
  REQUIRE(error.cause() != nullptr);
  CHECK(error.cause()->code() == std::errc::timed_out);
  CHECK(error.cause()->message == "the answer took too long");
  CHECK(error.cause()->cause == nullptr);
  CHECK(&error.last() == error.cause());
  CHECK(&error.cause()->last() == error.cause());
  const hookrail::error copy = error;
  CHECK(&copy.info() == &error.info());
}

TEST_CASE("a result holds a value or an error") {
  auto value = succeeded();
  REQUIRE(value.has_value());
  CHECK(static_cast<bool>(value));
  CHECK(**value == 7);
  CHECK(*value->get() == 7);
  const std::unique_ptr<int> taken = *std::move(value);
  CHECK(*taken == 7);
  CHECK(*succeeded().value_or(nullptr) == 7);

  auto error = failed();
  REQUIRE_FALSE(error.has_value());
  CHECK_FALSE(static_cast<bool>(error));
  CHECK(error.error().status == status::retries_exhausted);
  const hookrail::error_info moved = std::move(error).error();
  CHECK(moved.message == "gave up after 4 attempts");
  CHECK(failed().value_or(nullptr) == nullptr);
}

TEST_CASE("a result of nothing says whether it worked") {
  const hookrail::result<void> worked;
  CHECK(worked.has_value());
  const hookrail::result<void> broken = hookrail::unexpected(two_levels());
  CHECK_FALSE(broken);
  CHECK(broken.error().code() == status::retries_exhausted);
}

TEST_CASE("objects move and do not copy") {
  static_assert(std::is_nothrow_move_constructible_v<hookrail::client>);
  static_assert(std::is_nothrow_move_assignable_v<hookrail::client>);
  static_assert(!std::is_copy_constructible_v<hookrail::client>);
  static_assert(std::is_nothrow_move_constructible_v<hookrail::producer>);
  static_assert(!std::is_copy_constructible_v<hookrail::producer>);
  static_assert(std::is_nothrow_move_constructible_v<hookrail::verifier>);
  static_assert(!std::is_copy_constructible_v<hookrail::verifier>);
  static_assert(std::is_nothrow_move_constructible_v<hookrail::verification>);
  static_assert(!std::is_copy_constructible_v<hookrail::verification>);
  static_assert(std::is_nothrow_move_constructible_v<hookrail::cancel_token>);
  static_assert(!std::is_copy_constructible_v<hookrail::cancel_token>);
  static_assert(std::is_nothrow_move_constructible_v<hookrail::background_call<hookrail::accepted>>);

  hookrail::verifier verifier({{"whsec_a"}});
  const hookrail::verifier taken = std::move(verifier);
  CHECK(taken.try_verify("t=1", "d", "").error().status == status::signature_malformed);
  CHECK(verifier.try_verify("t=1", "d", "").error().status == status::invalid_argument);
}

TEST_CASE("two translation units share one error category") {
  const std::error_code code = other_unit_code();
  CHECK(code.category() == hookrail::category());
  CHECK(code == status::signature_missing);
}
