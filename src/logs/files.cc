#include "logs/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "os/file.h"

namespace tare::logs {
namespace {

constexpr std::string_view kSuffix = ".log";
// A rotation between looking and opening means looking again; more than this many in a row is a broken directory.
constexpr int kAttempts = 100;

std::vector<std::string> names_oldest_first(const std::string& directory) {
  std::vector<std::string> names;
  for (const uint64_t number : list_rotated(directory)) names.push_back(rotated_name(number));
  names.emplace_back(kCurrentName);
  return names;
}

bool is_same_file(const struct stat& held, const std::string& path) {
  struct stat named {};
  return ::lstat(path.c_str(), &named) == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

// Opens the file at `place` of a listing. current.log is only right when nothing was rotated since the listing: else
// it is a newer file than the one meant.
std::optional<OpenFile> open_listed(const std::string& directory, const std::vector<std::string>& names, size_t place) {
  auto fd = os::open(directory + "/" + names[place], O_RDONLY | O_NOFOLLOW);
  if (!fd) return std::nullopt;
  const bool is_current = names[place] == kCurrentName;
  if (is_current && names_oldest_first(directory) != names) return std::nullopt;
  return OpenFile{std::move(fd).value(), is_current};
}

}  // namespace

std::string rotated_name(uint64_t number) { return std::to_string(number) + std::string(kSuffix); }

std::vector<uint64_t> parse_rotated_names(const std::vector<std::string>& names) {
  std::vector<uint64_t> numbers;
  for (const std::string_view name : names) {
    if (!name.ends_with(kSuffix)) continue;
    const auto number = parse_unsigned(name.substr(0, name.size() - kSuffix.size()));
    if (number && rotated_name(*number) == name) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<uint64_t> list_rotated(const std::string& directory) {
  auto names = os::list_directory(directory);
  return names ? parse_rotated_names(*names) : std::vector<uint64_t>();
}

std::optional<OpenFile> open_oldest(const std::string& directory) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto names = names_oldest_first(directory);
    auto file = open_listed(directory, names, 0);
    if (file) return file;
    if (names.size() == 1 && !os::exists(directory + "/" + kCurrentName)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<OpenFile> open_successor(const std::string& directory, BorrowedFd held) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    struct stat identity {};
    if (::fstat(held.get(), &identity) != 0) return std::nullopt;
    if (identity.st_nlink == 0) return open_oldest(directory);                        // rotated away while it was read
    if (is_same_file(identity, directory + "/" + kCurrentName)) return std::nullopt;  // what a follower mostly finds
    const auto names = names_oldest_first(directory);
    size_t place = 0;
    while (place < names.size() && !is_same_file(identity, directory + "/" + names[place])) ++place;
    if (place == names.size()) continue;  // renamed while we looked
    if (place + 1 == names.size()) return std::nullopt;
    auto next = open_listed(directory, names, place + 1);
    if (next) return next;
    // Between the two steps of a rotation there is no current.log for an instant; inotify tells when there is.
    if (place + 2 == names.size() && !os::exists(directory + "/" + kCurrentName)) return std::nullopt;
  }
  return std::nullopt;
}

std::vector<UniqueFd> open_all(const std::string& directory) {
  std::vector<UniqueFd> files;
  auto file = open_oldest(directory);
  while (file) {
    files.push_back(std::move(file->fd));
    file = open_successor(directory, files.back());
  }
  return files;
}

}  // namespace tare::logs
