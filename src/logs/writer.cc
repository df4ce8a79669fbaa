#include "logs/writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "logs/files.h"
#include "os/error.h"
#include "os/file.h"
#include "os/transfer.h"

namespace tare::logs {
namespace {

// A quarter of the reserve: what is written between two looks at the disk is never all of it.
constexpr uint64_t kCheckEvery = Writer::kReserve / 4;

iovec part(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

size_t total_size(std::span<const iovec> parts) {
  size_t total = 0;
  for (const auto& each : parts) total += each.iov_len;
  return total;
}

}  // namespace

// Records on their way into one writev(2). The heads are shared by all records of one read: they differ only in the
// first, which may continue a line.
class Writer::Batch {
 public:
  Batch(RecordHead first, TimePoint time) : ends_lines_(first.ending != Ending::kPiece), time_(time) {
    const std::string text = format_rfc3339_nano(time);
    first_ = text + std::string(head_text(first));
    first.continues = false;
    next_ = text + std::string(head_text(first));
  }

  // `held` comes before `text` in the first record only. `text` ends with the newline, or `newline` is given.
  void add(std::string_view held, std::string_view text, std::string_view newline = {}) {
    starts_[records_++] = used_;
    parts_[used_++] = part(any_written_ || records_ > 1 ? next_ : first_);
    for (const std::string_view each : {held, text, newline}) {
      if (!each.empty()) parts_[used_++] = part(each);
    }
  }
  bool full() const { return records_ == starts_.size(); }
  bool empty() const { return records_ == 0; }
  void clear() { records_ = used_ = 0, any_written_ = true; }

  size_t records() const { return records_; }
  std::span<const iovec> parts() const { return std::span(parts_).first(used_); }
  // How many whole records the first `bytes` of the batch are.
  size_t records_in(size_t bytes) const {
    size_t whole = 0;
    for (size_t index = 1; index <= records_; ++index) {
      const size_t end = index == records_ ? used_ : starts_[index];
      if (total_size(std::span(parts_).first(end)) > bytes) break;
      whole = index;
    }
    return whole;
  }
  size_t size_of(size_t records) const {
    return total_size(std::span(parts_).first(records == records_ ? used_ : starts_[records]));
  }
  bool ends_lines() const { return ends_lines_; }
  TimePoint time() const { return time_; }

 private:
  bool ends_lines_;
  TimePoint time_;
  std::string first_;
  std::string next_;
  bool any_written_ = false;
  size_t records_ = 0;
  size_t used_ = 0;
  std::array<size_t, 128> starts_;
  std::array<iovec, 128 * 4> parts_;
};

Result<Writer> Writer::open(std::string directory, Limits limits) {
  TRY(os::make_directories(directory, 0750));
  Writer writer(std::move(directory), limits);
  const auto rotated = list_rotated(writer.directory_);
  writer.rotations_ = rotated.empty() ? 0 : rotated.back();
  const std::string path = writer.directory_ + "/" + kCurrentName;
  writer.file_ = TRY(os::open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0640));
  struct stat status {};
  if (::fstat(writer.file_.get(), &status) != 0) return os::last_error("stat", path);
  writer.size_ = static_cast<uint64_t>(status.st_size);
  // A crash may have torn the last record: the next one must not become its text.
  char last = '\n';
  if (writer.size_ > 0) os::read_at(writer.file_, {&last, 1}, writer.size_ - 1);
  if (last != '\n' && os::write_some(writer.file_, "\n").moved()) ++writer.size_;
  return writer;
}

void Writer::append(Stream stream, std::string_view bytes, TimePoint time) {
  const size_t end = bytes.rfind('\n');
  if (end != std::string_view::npos) {
    append_lines(stream, bytes.substr(0, end + 1), time);
    bytes.remove_prefix(end + 1);
  }
  if (!bytes.empty()) append_rest(stream, bytes, time);
}

void Writer::append_lines(Stream stream, std::string_view lines, TimePoint time) {
  Line& line = line_of(stream);
  if (line.broken) {
    ++lost_;
    lines.remove_prefix(lines.find('\n') + 1);
  }
  Batch batch({stream, Ending::kNewline, line.continues}, time);
  std::string_view held = line.held;
  while (!lines.empty()) {
    const size_t size = lines.find('\n') + 1;
    batch.add(held, lines.substr(0, size));
    held = {};
    lines.remove_prefix(size);
    if (batch.full()) write(batch);
  }
  if (!batch.empty()) write(batch);
  line.held.clear();
  line.continues = line.broken = false;
}

void Writer::append_rest(Stream stream, std::string_view rest, TimePoint time) {
  Line& line = line_of(stream);
  if (line.broken) return;
  if (line.held.size() + rest.size() <= kHeldSize) {
    line.held += rest;
  } else {
    write_piece(stream, rest, time);
  }
}

void Writer::write_piece(Stream stream, std::string_view rest, TimePoint time) {
  Line& line = line_of(stream);
  Batch batch({stream, Ending::kPiece, line.continues}, time);
  batch.add(line.held, rest, "\n");
  line.broken = !write(batch);
  line.continues = !line.broken;
  line.held.clear();
}

void Writer::flush(TimePoint time) {
  for (const Stream stream : {Stream::kStdout, Stream::kStderr}) {
    if (!line_of(stream).held.empty()) write_piece(stream, {}, time);
  }
}

void Writer::finish(TimePoint time) {
  for (const Stream stream : {Stream::kStdout, Stream::kStderr}) {
    Line& line = line_of(stream);
    if (line.broken) ++lost_;
    if (!line.broken && (line.continues || !line.held.empty())) {
      Batch batch({stream, Ending::kNone, line.continues}, time);
      batch.add(line.held, "\n");
      write(batch);
    }
    line = Line();
  }
  if (lost_ > 0) write_loss(time);
}

// Writes and empties the batch; false when something of it was lost.
bool Writer::write(Batch& batch) {
  const size_t records = batch.records();
  size_t written = 0;
  if (has_room(batch.size_of(records)) && (lost_ == 0 || write_loss(batch.time()))) {
    rotate_before(batch.size_of(records));
    const size_t bytes = write_parts(batch.parts());
    written = batch.records_in(bytes);
    cut(bytes - batch.size_of(written));
  }
  if (batch.ends_lines()) lost_ += records - written;
  batch.clear();
  return written == records;
}

bool Writer::has_room(size_t more) {
  unchecked_ += more;
  if (lost_ == 0 && unchecked_ < kCheckEvery) return true;
  unchecked_ = 0;
  struct statvfs disk {};
  if (::fstatvfs(file_.get(), &disk) != 0 || disk.f_bavail * disk.f_frsize >= kReserve + more) return true;
  loss_reason_ = ENOSPC;
  return false;
}

bool Writer::write_loss(TimePoint time) {
  const auto note = formatted("{}{}{} lines lost: {}\n", format_rfc3339_nano(time), head_text({Stream::kStderr}), lost_,
                              std::strerror(loss_reason_));
  rotate_before(note.size());
  const iovec parts[] = {part(note)};
  const size_t bytes = write_parts(parts);
  if (bytes == note.size()) {
    lost_ = 0;
    return true;
  }
  cut(bytes);
  return false;
}

// Returns how many bytes are in the file now; fewer than all when the rest failed for `loss_reason_`.
size_t Writer::write_parts(std::span<const iovec> parts) {
  auto result = os::write_vector(file_, parts);
  size_t written = result.bytes;
  if (result.moved() && written < total_size(parts)) {
    // Only the next attempt tells why a write was short.
    std::string rest;
    for (const auto& each : parts) rest.append(static_cast<const char*>(each.iov_base), each.iov_len);
    while (result.moved() && written < rest.size()) {
      result = os::write_some(file_, std::string_view(rest).substr(written));
      written += result.bytes;
    }
  }
  if (!result.moved()) loss_reason_ = result.error;
  size_ += written;
  return written;
}

// Takes a torn record off the end.
void Writer::cut(size_t bytes) {
  if (bytes > 0 && ::ftruncate(file_.get(), static_cast<off_t>(size_ - bytes)) == 0) size_ -= bytes;
}

void Writer::rotate_before(size_t more) {
  if (size_ == 0 || size_ + more <= limits_.maximum_file_size) return;
  const std::string current = directory_ + "/" + kCurrentName;
  const std::string rotated = directory_ + "/" + rotated_name(rotations_ + 1);
  if (!os::rename(current, rotated)) return;
  prune();
  auto fresh = os::open(current, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0640);
  if (!fresh) {  // better one file that is too long than none
    (void)os::rename(rotated, current);
    return;
  }
  file_ = std::move(fresh).value();
  size_ = 0;
  ++rotations_;
}

// Deletes rotated files beyond the limit; the one about to be counted is rotations_ + 1.
void Writer::prune() {
  const auto kept = static_cast<uint64_t>(std::max(limits_.maximum_files, 1) - 1);
  for (const uint64_t number : list_rotated(directory_)) {
    if (number + kept <= rotations_ + 1) (void)os::remove_file(directory_ + "/" + rotated_name(number));
  }
}

}  // namespace tare::logs
