#include "build/dockerfile/source.h"

#include <algorithm>

namespace tare::build {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kShownWidth = 200;  // a line of a megabyte helps nobody

}  // namespace

DockerfileSource::DockerfileSource(std::string name, std::string_view text) : name_(std::move(name)) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  lines_ = split(text, '\n');
  for (auto& line : lines_) {
    if (line.ends_with('\r')) line.pop_back();
  }
  if (lines_.back().empty()) lines_.pop_back();  // what follows the last line's end is no line
}

std::string DockerfileSource::shown(int line) const {
  if (line < 1 || static_cast<size_t>(line) > lines_.size()) return "";
  const auto& text = lines_[static_cast<size_t>(line) - 1];
  return formatted("\n  {:>4} | {}{}", line, text.substr(0, kShownWidth), text.size() > kShownWidth ? "…" : "");
}

Error DockerfileSource::error_at(int line, std::string_view message, ErrorKind kind) const {
  // The line stands below the message's own first line; what a step wrote may follow that.
  const size_t first = std::min(message.find('\n'), message.size());
  return Failure(kind, "{}:{}: {}{}{}", name_, line, message.substr(0, first), shown(line), message.substr(first));
}

Error DockerfileSource::located(int line, Error error) const {
  auto result = error_at(line, error.text(), error.kind());
  return error.hint().empty() ? std::move(result) : std::move(result).with_hint(error.hint());
}

}  // namespace tare::build
