#include "logs/cursor.h"

#include <sys/stat.h>

#include <algorithm>

#include "os/transfer.h"

namespace tare::logs {

ForwardCursor::ForwardCursor(std::string directory, size_t block_size)
    : directory_(std::move(directory)), block_size_(block_size) {}

ForwardCursor::ForwardCursor(std::string directory, UniqueFd file, uint64_t offset, size_t block_size)
    : directory_(std::move(directory)), block_size_(block_size), file_(std::move(file)), read_to_(offset) {}

std::optional<std::string_view> ForwardCursor::next() {
  while (true) {
    if (const auto line = take_line()) return line;
    if (!fill() && !advance()) return std::nullopt;
  }
}

std::optional<std::string_view> ForwardCursor::take_line() {
  while (true) {
    const size_t end = buffer_.find('\n', scanned_);
    if (end == std::string::npos) break;
    const auto line = std::string_view(buffer_).substr(start_, end - start_);
    start_ = scanned_ = end + 1;
    if (!std::exchange(skipping_, false)) return line;
  }
  scanned_ = buffer_.size();
  return std::nullopt;
}

// Reads one more block behind what is left of the buffer; false at the end of the file.
bool ForwardCursor::fill() {
  if (!file_.valid()) return false;
  buffer_.erase(0, start_);
  if (buffer_.size() > kLongestLine) {
    skipping_ = true;
    buffer_.clear();
  }
  start_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + block_size_);
  const auto result = os::read_at(file_, std::span(buffer_).subspan(kept), read_to_);
  buffer_.resize(kept + result.bytes);
  scanned_ = std::min(scanned_, kept);
  read_to_ += result.bytes;
  return result.bytes > 0;
}

// Goes on with the next file when this one is finished.
bool ForwardCursor::advance() {
  auto next = file_.valid() ? open_successor(directory_, file_) : open_oldest(directory_);
  if (!next) return false;
  // The writer may have appended between our end of file and its rotation.
  if (fill()) return true;
  file_ = std::move(next->fd);
  read_to_ = 0;
  buffer_.clear();
  start_ = scanned_ = 0;
  skipping_ = false;
  return true;
}

BackwardCursor::BackwardCursor(const std::vector<UniqueFd>& files, Place place)
    : files_(files), file_(place.file), offset_(place.offset) {}

std::optional<std::string_view> BackwardCursor::previous() {
  while (true) {
    const auto text = std::string_view(buffer_).substr(0, end_);
    const size_t last = text.rfind('\n');
    const size_t before =
        last == std::string_view::npos || last == 0 ? std::string_view::npos : text.rfind('\n', last - 1);
    const bool at_start = offset_ == 0;
    if (last != std::string_view::npos && (before != std::string_view::npos || at_start)) {
      const size_t start = before == std::string_view::npos ? 0 : before + 1;
      end_ = start;
      return text.substr(start, last - start);
    }
    if (!fill()) return std::nullopt;
  }
}

// Reads one more block in front of what is left of the buffer, or goes on with the file before; false at the start.
bool BackwardCursor::fill() {
  constexpr uint64_t kBlock = 64 << 10;
  buffer_.resize(end_);
  if (offset_ == 0) {
    if (file_ == 0) return false;
    offset_ = file_size(files_[--file_]);
    buffer_.clear();
  }
  if (buffer_.size() > kLongestLine) buffer_.clear();
  const uint64_t count = std::min(kBlock, offset_);
  std::string block(count, '\0');
  block.resize(os::read_at(files_[file_], block, offset_ - count).bytes);
  offset_ -= count;
  buffer_.insert(0, block);
  end_ = buffer_.size();
  return true;
}

uint64_t file_size(BorrowedFd file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

Place end_of(const std::vector<UniqueFd>& files) { return {files.size() - 1, file_size(files.back())}; }

}  // namespace tare::logs
