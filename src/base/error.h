// One kind of failure for the whole engine: what went wrong (kind, errno), with what (text), and what the user can do
// about it (hint). An Error is made where the failure happens, grows outward by `context`, and is printed once, where
// it stops. Only base/ and os/ know about errno.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"

namespace tare {

// Each kind is mapped once to an exit code (cmd), once to an HTTP status (api), once to a gRPC code.
enum class ErrorKind {
  kInvalidArgument,   // the caller's input is wrong
  kNotFound,          // the thing named does not exist
  kAlreadyExists,     // a name or port is taken
  kConflict,          // the thing is in a state that does not allow this
  kPermissionDenied,  // the kernel or a policy says no
  kUnauthenticated,   // a registry wants (other) credentials
  kUnavailable,       // a peer does not answer; trying again may help
  kExhausted,         // no space, memory, addresses, ids left
  kUnsupported,       // this host or this version cannot do it
  kCorrupt,           // bytes are not what their digest or format says
  kTimeout,
  kCancelled,
  kNotExecutable,  // the container's program exists but cannot be executed (exit code 126)
  kNoExecutable,   // the container's program, or what it needs to start, does not exist (exit code 127)
  kInternal,       // everything else: an unexpected system call failure
};

std::string_view to_string(ErrorKind kind);
// The inverse of to_string; kInternal for an unknown name (an error that crossed a process boundary).
ErrorKind parse_error_kind(std::string_view name);

// Where an error was made, for `--debug`. clang 14 with libstdc++ 12 has no std::source_location.
struct Origin {
  const char* file = "";
  int line = 0;
  static Origin here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
};

class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string text, Origin origin = Origin::here());
  // A failed system call: `operation object: strerror(number)`, for instance "open /etc/x: No such file or directory".
  // The kind follows from the number (ENOENT is kNotFound, ENOSPC is kExhausted, …).
  static Error from_errno(int number, std::string_view operation, std::string_view object,
                          Origin origin = Origin::here());

  ErrorKind kind() const { return details_->kind; }
  int errno_value() const { return details_->number; }  // 0 when no system call was the cause
  const std::string& text() const { return details_->text; }
  const std::string& hint() const { return details_->hint; }  // empty when there is nothing to advise
  Origin origin() const { return details_->origin; }

  // Says what was being done: the text becomes "doing: text".
  Error context(std::string_view doing) &&;
  Error with_hint(std::string_view advice) &&;
  Error with_kind(ErrorKind kind) &&;
  // A failure while cleaning up after this one: told at the end, never instead of it.
  Error also(const Error& later) &&;

 private:
  struct Details {
    ErrorKind kind;
    int number = 0;
    std::string text;
    std::string hint;
    Origin origin;
  };
  std::unique_ptr<Details> details_;  // one pointer: a Result<T> that holds a value pays nothing for it
};

// An error as it crosses a process boundary (start-up of a container, the supervisor's control socket).
std::string encode_error(const Error& error);
Error decode_error(std::string_view bytes);

// An Error with a formatted text: `return Failure(ErrorKind::kNotFound, "no such image: {}", name);`
template <typename... Args>
struct Failure : Error {
  Failure(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args, Origin origin = Origin::here())
      : Error(kind, formatted(text, std::forward<Args>(args)...), origin) {}
};
template <typename... Args>
Failure(ErrorKind, fmt::format_string<Args...>, Args&&...) -> Failure<Args...>;

}  // namespace tare
