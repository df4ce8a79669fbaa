#include "supervise/attached_client.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

#include "os/transfer.h"
#include "supervise/input.h"

namespace tare::supervise {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;
constexpr auto kFarewell = 10s;
// Of the log, per send.
constexpr size_t kBatch = 16 << 10;
// Larger than a pipe: the container can go on while the client is scheduled.
constexpr int kSocketBuffer = 256 << 10;

std::string make_frame(FrameStream stream, std::string_view bytes) {
  const auto head = format_frame_head({stream, static_cast<uint32_t>(bytes.size())});
  std::string frame(head.data(), head.size());
  frame += bytes;
  return frame;
}

}  // namespace

AttachedClient::AttachedClient(EventLoop& loop, UniqueFd socket, Input* input, const LogAccess& log, ClientOwner& owner)
    : loop_(loop),
      socket_(std::move(socket)),
      watch_(loop_, socket_, [this](uint32_t events) { on_ready(events); }),
      patience_(loop_, [this] { lose_patience(); }),
      input_(input),
      log_(log),
      owner_(owner) {
  os::set_nonblocking(socket_);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  update_interest();
}

void AttachedClient::deliver(FrameStream stream, std::string_view bytes) {
  if (exited_) return;                                                 // another run's
  if (pace_ == Pace::kHolding) pending_ += make_frame(stream, bytes);  // only the bounded rest of an exited container
  if (pace_ != Pace::kLive) return;
  auto head = format_frame_head({stream, static_cast<uint32_t>(bytes.size())});
  const iovec parts[] = {{head.data(), head.size()}, {const_cast<char*>(bytes.data()), bytes.size()}};
  const auto result = os::send_vector(socket_, parts);
  const bool blocked = result.outcome == os::Transfer::Outcome::kWouldBlock;
  if (!result.moved() && !blocked) return leave();
  if (result.bytes == head.size() + bytes.size()) return;
  pending_ = make_frame(stream, bytes);
  sent_ = result.bytes;
  fall_behind();
}

void AttachedClient::finish(std::string_view exit_payload) {
  exit_frame_ = make_frame(FrameStream::kExit, exit_payload);
  exited_ = true;
  if (gone()) return;
  patience_.start(kFarewell);
  flush();
}

void AttachedClient::fall_behind() {
  set_pace(Pace::kHolding);
  patience_.start(exited_ ? nanoseconds(kFarewell) : nanoseconds(kPatience));
  update_interest();
}

void AttachedClient::lose_patience() {
  if (exited_ || log_.writer == nullptr) return leave();
  if (pace_ == Pace::kHolding) {
    log_.writer->flush(now());
    UniqueFd file(::fcntl(log_.writer->current_file().get(), F_DUPFD_CLOEXEC, 3));
    constexpr size_t kBlock = 16 << 10;
    cursor_ =
        std::make_unique<logs::ForwardCursor>(log_.directory, std::move(file), log_.writer->current_size(), kBlock);
  }
  set_pace(Pace::kLagging);
}

void AttachedClient::on_ready(uint32_t events) {
  if ((events & EPOLLIN) != 0) read_input();
  if ((events & EPOLLOUT) != 0 && !gone()) flush();
  // Both directions are closed: nobody is there. Input that is still in the socket is read first.
  if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0 && !gone()) leave();
  if (!gone()) update_interest();
}

void AttachedClient::read_input() {
  std::array<char, 4096> buffer;
  const auto result = os::read_some(socket_, buffer);
  if (result.moved() && input_ != nullptr) input_->push({buffer.data(), result.bytes});
  if (result.outcome == os::Transfer::Outcome::kEnded) end_input();
  if (result.outcome == os::Transfer::Outcome::kFailed) leave();
}

void AttachedClient::end_input() {
  if (!std::exchange(input_ended_, true) && input_ != nullptr) owner_.input_ended(*this);
}

// Sends what there is to send, from wherever it comes, as far as the socket takes it.
void AttachedClient::flush() {
  while (send_pending()) {
    if (finishing_) return leave();
    if (cursor_ && refill()) continue;
    cursor_.reset();
    set_pace(Pace::kLive);
    if (!exit_frame_) break;
    pending_ = *std::exchange(exit_frame_, std::nullopt);
    finishing_ = true;
    patience_.start(kFarewell);
  }
  if (!gone()) update_interest();
}

// True when nothing is pending any more.
bool AttachedClient::send_pending() {
  while (sent_ < pending_.size()) {
    const auto result = os::send_some(socket_, std::string_view(pending_).substr(sent_));
    sent_ += result.bytes;
    if (result.moved()) {
      catch_up();
      continue;
    }
    if (result.outcome != os::Transfer::Outcome::kWouldBlock) leave();
    return false;
  }
  pending_.clear();
  sent_ = 0;
  return true;
}

// The client reads: it may hold the container's output for another moment.
void AttachedClient::catch_up() {
  if (pace_ == Pace::kLagging) set_pace(Pace::kCatchingUp);
  patience_.start(exited_ ? nanoseconds(kFarewell) : nanoseconds(kPatience));
}

// The next records of the log become the pending frames; false when the client has everything written so far.
bool AttachedClient::refill() {
  while (pending_.size() < kBatch && refill_record()) {
  }
  return !pending_.empty();
}

bool AttachedClient::refill_record() {
  auto line = cursor_->next();
  if (!line && log_.writer != nullptr) {
    log_.writer->flush(now());
    line = cursor_->next();
  }
  if (!line) return false;
  const auto record = logs::parse_record(*line);
  if (!record) return true;
  const auto stream = record->head.stream == logs::Stream::kStdout ? FrameStream::kOutput : FrameStream::kError;
  std::string text(record->text);
  if (record->head.ending == logs::Ending::kNewline) text += '\n';
  if (!text.empty()) pending_ += make_frame(stream, text);
  return true;
}

void AttachedClient::set_pace(Pace pace) {
  if (std::exchange(pace_, pace) == pace) return;
  if (pace == Pace::kLive || pace == Pace::kLagging || pace == Pace::kGone) patience_.stop();
  if (pace == Pace::kGone) {
    watch_.stop();
    end_input();
  }
  owner_.pace_changed();
}

void AttachedClient::update_interest() {
  const bool wants_input = !input_ended_ && (input_ == nullptr || input_->ready());
  const bool wants_output = sent_ < pending_.size();
  watch_.want((wants_input ? uint32_t{EPOLLIN} : 0) | (wants_output ? uint32_t{EPOLLOUT} : 0));
}

}  // namespace tare::supervise
