// Reads a container's log back: whole lines, joined from their pieces, in the order in which they were completed;
// optionally goes on as it grows, through rotations, until the container has ended.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "logs/cursor.h"
#include "logs/record.h"
#include "logs/seek.h"
#include "os/watch.h"

namespace tare::logs {

struct ReadOptions {
  std::optional<TimePoint> since;  // entries of this time or later
  std::optional<TimePoint> until;  // entries of this time or earlier
  std::optional<uint64_t> tail;    // the last lines, before since and until are applied (as Docker does)
  StreamSelection streams;
  bool follow = false;
};

struct Entry {
  TimePoint time;  // when the line was complete
  Stream stream = Stream::kStdout;
  std::string_view text;  // any bytes but a newline
  // False: nothing came after the text (the last line of a process, or one that is still being written).
  bool newline = true;
};

// Blocks only in next() with `follow`. One thread. A line longer than 16 MiB comes in several entries without newline.
class Reader {
 public:
  // `ended` (with `follow`) is readable or hung up when the container is done: then next() gives what is left, and
  // ends. Without it, following goes on for ever. It must live as long as the reader. A directory without a log is
  // empty.
  static Result<Reader> open(std::string directory, ReadOptions options, std::optional<BorrowedFd> ended = {});

  // The next entry, valid until the next call; nothing at the end.
  Result<std::optional<Entry>> next();

 private:
  struct Pending {
    std::string text;
    TimePoint time;
    bool active = false;
    bool settled = false;  // a record of this stream was seen: what it continues is here
  };

  Reader(std::string directory, ReadOptions options) : options_(options), cursor_(std::move(directory)) {}
  void start(const std::string& directory);
  std::optional<Entry> take(const Record& record);
  std::optional<Entry> complete(Pending& pending, const Record& record);
  std::optional<Entry> take_rest();
  Result<bool> wait();
  std::optional<Entry> next_entry();
  Pending& pending_of(Stream stream) { return pending_[static_cast<size_t>(stream)]; }

  ReadOptions options_;
  ForwardCursor cursor_;
  std::vector<UniqueFd> files_;  // only when reading started in the middle
  Place start_;
  std::array<Pending, 2> pending_;
  std::string completed_;          // holds the text of the entry returned last
  std::optional<Record> stashed_;  // read, but something had to be returned before it
  std::optional<os::DirectoryWatch> watch_;
  std::optional<BorrowedFd> ended_;
  bool following_ = false;
};

}  // namespace tare::logs
