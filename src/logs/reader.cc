#include "logs/reader.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>

#include "os/error.h"
#include "os/file.h"

namespace tare::logs {
namespace {

constexpr size_t kLongestText = size_t{16} << 20;

// Rounded up, so that a wait never ends before the time.
int milliseconds_until(TimePoint time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

}  // namespace

Result<Reader> Reader::open(std::string directory, ReadOptions options, std::optional<BorrowedFd> ended) {
  Reader reader(directory, options);
  if (options.follow && os::exists(directory)) {
    // Before the first byte is read, so that no change is missed.
    reader.watch_ = TRY(os::DirectoryWatch::open(directory));
    reader.following_ = true;
    reader.ended_ = ended;
  }
  reader.start(directory);
  return reader;
}

void Reader::start(const std::string& directory) {
  if (!options_.since && !options_.tail) return;
  files_ = open_all(directory);
  if (files_.empty()) return;
  start_ = options_.tail ? find_tail(files_, *options_.tail, options_.streams) : find_since(files_, *options_.since);
  UniqueFd file(::fcntl(files_[start_.file].get(), F_DUPFD_CLOEXEC, 3));
  cursor_ = ForwardCursor(directory, std::move(file), start_.offset);
}

Result<std::optional<Entry>> Reader::next() {
  while (true) {
    const auto entry = next_entry();
    if (!entry) {
      const bool more = following_ ? TRY(wait()) : false;
      if (more) continue;
      return std::optional<Entry>();
    }
    if (options_.until && entry->time > *options_.until) {
      following_ = false;
      return std::optional<Entry>();
    }
    if (!options_.since || entry->time >= *options_.since) return entry;
  }
}

// The next complete line; at the end, and when nothing more will come, what is incomplete.
std::optional<Entry> Reader::next_entry() {
  while (true) {
    std::optional<Record> record = std::exchange(stashed_, std::nullopt);
    if (!record) {
      const auto line = cursor_.next();
      if (!line) return following_ ? std::nullopt : take_rest();
      record = parse_record(*line);
    }
    if (!record || !options_.streams.has(record->head.stream)) continue;
    if (auto entry = take(*record)) return entry;
  }
}

std::optional<Entry> Reader::take(const Record& record) {
  Pending& pending = pending_of(record.head.stream);
  const bool settled = std::exchange(pending.settled, true);
  // Old files take space on disk as long as somebody holds them open.
  const bool needless = pending_[0].settled && pending_[1].settled;
  if (record.head.continues && !settled && !files_.empty()) {
    pending.text = read_line_start(files_, start_, record.head.stream);
    pending.active = true;
  }
  if (needless) files_.clear();
  if (pending.active && !record.head.continues) {
    // The rest of that line was lost (a full disk, a crash).
    stashed_ = record;
    pending.active = false;
    completed_ = std::exchange(pending.text, {});
    return Entry{pending.time, record.head.stream, completed_, true};
  }
  return complete(pending, record);
}

std::optional<Entry> Reader::complete(Pending& pending, const Record& record) {
  const bool ends = record.head.ending != Ending::kPiece;
  const bool newline = record.head.ending == Ending::kNewline;
  if (ends && !pending.active) return Entry{record.time, record.head.stream, record.text, newline};
  pending.text += record.text;
  pending.time = record.time;
  pending.active = !ends;
  if (!ends && pending.text.size() < kLongestText) return std::nullopt;
  completed_ = std::exchange(pending.text, {});
  return Entry{record.time, record.head.stream, completed_, newline};
}

std::optional<Entry> Reader::take_rest() {
  for (const Stream stream : {Stream::kStdout, Stream::kStderr}) {
    Pending& pending = pending_of(stream);
    if (!pending.active) continue;
    pending.active = false;
    completed_ = std::exchange(pending.text, {});
    return Entry{pending.time, stream, completed_, false};
  }
  return std::nullopt;
}

// Waits for more to read; false when nothing will come.
Result<bool> Reader::wait() {
  if (options_.until && now() > *options_.until) following_ = false;
  if (!following_) return false;
  pollfd waiting[] = {{watch_->fd().get(), POLLIN, 0}, {ended_ ? ended_->get() : -1, POLLIN, 0}};
  const int timeout = options_.until ? milliseconds_until(*options_.until) + 1 : -1;
  if (os::retry_interrupted([&] { return ::poll(waiting, 2, timeout); }) < 0) {
    return os::last_error("wait for", "log");
  }
  watch_->drain();
  // What was written before the end is still to be read: one more round, without waiting.
  if (waiting[1].revents != 0) following_ = false;
  return true;
}

}  // namespace tare::logs
