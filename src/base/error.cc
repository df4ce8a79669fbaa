#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace tare {
namespace {

constexpr std::array<std::string_view, 15> kKindNames = {
    "invalid-argument", "not-found",   "already-exists", "conflict",      "permission-denied",
    "unauthenticated",  "unavailable", "exhausted",      "unsupported",   "corrupt",
    "timeout",          "cancelled",   "not-executable", "no-executable", "internal"};
static_assert(kKindNames.size() == static_cast<size_t>(ErrorKind::kInternal) + 1);

ErrorKind kind_of_errno(int number) {
  switch (number) {
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case ENXIO:
      return ErrorKind::kNotFound;
    case EEXIST:
    case EADDRINUSE:
      return ErrorKind::kAlreadyExists;
    case EBUSY:
    case ENOTEMPTY:
    case ETXTBSY:
      return ErrorKind::kConflict;
    case EPERM:
    case EACCES:
    case EROFS:
      return ErrorKind::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::kExhausted;
    case ENOSYS:
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
      return ErrorKind::kUnsupported;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return ErrorKind::kUnavailable;
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    case ECANCELED:
      return ErrorKind::kCancelled;
    default:
      return ErrorKind::kInternal;
  }
}

constexpr char kFieldSeparator = '\x1f';

}  // namespace

std::string_view to_string(ErrorKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

ErrorKind parse_error_kind(std::string_view name) {
  for (size_t index = 0; index < kKindNames.size(); ++index) {
    if (kKindNames[index] == name) return static_cast<ErrorKind>(index);
  }
  return ErrorKind::kInternal;
}

Error::Error(ErrorKind kind, std::string text, Origin origin)
    : details_(std::make_unique<Details>(Details{kind, 0, std::move(text), {}, origin})) {}

Error Error::from_errno(int number, std::string_view operation, std::string_view object, Origin origin) {
  Error error(kind_of_errno(number), formatted("{} {}: {}", operation, object, std::strerror(number)), origin);
  error.details_->number = number;
  return error;
}

Error Error::context(std::string_view doing) && {
  details_->text = formatted("{}: {}", doing, details_->text);
  return std::move(*this);
}

Error Error::with_hint(std::string_view advice) && {
  details_->hint = advice;
  return std::move(*this);
}

Error Error::with_kind(ErrorKind kind) && {
  details_->kind = kind;
  return std::move(*this);
}

Error Error::also(const Error& later) && {
  details_->text += formatted(" (and while cleaning up: {})", later.text());
  return std::move(*this);
}

std::string encode_error(const Error& error) {
  const std::string separator(1, kFieldSeparator);
  return join({std::string(to_string(error.kind())), error.text(), error.hint()}, separator);
}

Error decode_error(std::string_view bytes) {
  auto fields = split(bytes, kFieldSeparator);
  fields.resize(3);
  return Error(parse_error_kind(fields[0]), fields[1]).with_hint(fields[2]);
}

}  // namespace tare
