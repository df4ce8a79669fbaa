// Writes what a container says into its log files. Never blocks on anything but the disk, never fails towards the
// caller: what cannot be written is dropped and counted, and "N lines lost: <why>" is logged when writing works again.
// It leaves the last kReserve bytes of a disk to others: whoever stops the container needs a page there, too.
// Memory: one unfinished line per stream of at most kHeldSize bytes; everything else is written from the caller's
// buffer. One writer per directory.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "logs/record.h"

namespace tare::logs {

struct Limits {
  uint64_t maximum_file_size = uint64_t{10} << 20;
  int maximum_files = 5;  // current.log included
};

class Writer {
 public:
  // A longer unfinished line is written in pieces.
  static constexpr size_t kHeldSize = 4096;
  static constexpr uint64_t kReserve = 256 << 10;

  // Makes the directory when absent and goes on after what is there.
  static Result<Writer> open(std::string directory, Limits limits);

  // Bytes as they were read from the container; `time` is the same for all of them.
  void append(Stream stream, std::string_view bytes, TimePoint time);
  // Writes what is held of an unfinished line as a piece: afterwards the files hold everything that was appended.
  void flush(TimePoint time);
  // The container has exited: an unfinished line is a line.
  void finish(TimePoint time);

  BorrowedFd current_file() const { return file_; }
  uint64_t current_size() const { return size_; }

 private:
  struct Line {
    std::string held;
    bool continues = false;  // a piece of the line is in the file
    bool broken = false;     // a piece of the line was lost: so is the rest of it
  };
  class Batch;

  Writer(std::string directory, Limits limits) : directory_(std::move(directory)), limits_(limits) {}
  Line& line_of(Stream stream) { return lines_[static_cast<size_t>(stream)]; }
  void append_lines(Stream stream, std::string_view lines, TimePoint time);
  void append_rest(Stream stream, std::string_view rest, TimePoint time);
  void write_piece(Stream stream, std::string_view rest, TimePoint time);
  bool write(Batch& batch);
  bool has_room(size_t more);
  bool write_loss(TimePoint time);
  size_t write_parts(std::span<const iovec> parts);
  void cut(size_t bytes);
  void rotate_before(size_t more);
  void prune();

  std::string directory_;
  Limits limits_;
  UniqueFd file_;
  uint64_t size_ = 0;
  uint64_t unchecked_ = 0;  // written since the disk was last asked for room
  uint64_t rotations_ = 0;  // the highest number of a rotated file
  std::array<Line, 2> lines_;
  uint64_t lost_ = 0;
  int loss_reason_ = 0;
};

}  // namespace tare::logs
