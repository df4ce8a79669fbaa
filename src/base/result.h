// Result<T>: a value or an Error. TRY takes the value or returns the error to the caller.
//
//   Result<std::string> read_name(const std::string& path) {
//     auto text = TRY(os::read_file(path));
//     return std::string(trim(text));
//   }
//
// One TRY per statement: in `Pair p{TRY(a()), TRY(b())}` a failing `b` leaks what `a` gave (g++ 12 and clang 14 both
// skip the destructor when a statement expression returns).
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace tare {

template <typename T>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <typename U>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
           !std::is_base_of_v<Error, std::remove_cvref_t<U>> && !std::is_same_v<std::remove_cvref_t<U>, Result>)
      Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return check(), *std::get_if<0>(&state_); }
  const T& value() const& { return check(), *std::get_if<0>(&state_); }
  T&& value() && { return check(), std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  // The same result; a failure says what was being done.
  Result context(std::string_view doing) && {
    if (ok()) return std::move(*this);
    return std::move(error()).context(doing);
  }
  T value_or(T fallback) && { return ok() ? std::move(*this).value() : std::move(fallback); }

 private:
  void check() const { assert(ok() && "value() of a failed Result"); }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok() && "value() of a failed Result"); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }
  Result context(std::string_view doing) && {
    if (ok()) return {};
    return std::move(*error_).context(doing);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace tare

// The counter makes the name unique, for a TRY in a lambda in a TRY.
#define TRY(expression) TARE_TRY_NAMED(expression, TARE_TRY_JOIN(try_result_, __COUNTER__))
#define TARE_TRY_JOIN(a, b) TARE_TRY_JOIN_EXPANDED(a, b)
#define TARE_TRY_JOIN_EXPANDED(a, b) a##b
#define TARE_TRY_NAMED(expression, name)            \
  __extension__({                                   \
    auto name = (expression);                       \
    if (!name.ok()) return std::move(name).error(); \
    std::move(name).value();                        \
  })
