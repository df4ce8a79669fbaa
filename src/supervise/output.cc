#include "supervise/output.h"

#include "os/transfer.h"

namespace tare::supervise {
namespace {

// Static, so that pages which no output has touched cost nothing.
constexpr size_t kBufferSize = 32 << 10;
char buffer[kBufferSize];
// More than a pipe ever holds (/proc/sys/fs/pipe-max-size).
constexpr int kLongestDrain = (2 << 20) / static_cast<int>(kBufferSize);

}  // namespace

void Output::open(logs::Stream stream, UniqueFd source_fd) {
  Source& source = sources_[static_cast<size_t>(stream)];
  source.watch.reset();
  source.stream = stream;
  source.fd = std::move(source_fd);
  os::set_nonblocking(source.fd);
  source.watch = std::make_unique<Watch>(loop_, source.fd, [this, &source](uint32_t) {
    if (pump(source) == Progress::kEnded) close(source);
    update();
  });
  update();
}

void Output::update() {
  const bool hold = clients_.holding();
  for (auto& source : sources_) {
    if (!source.watch) continue;
    hold ? source.watch->stop() : source.watch->want(EPOLLIN);
  }
}

void Output::drain() {
  for (auto& source : sources_) {
    if (!source.watch) continue;
    for (int round = 0; round < kLongestDrain && pump(source) == Progress::kMoved; ++round) {
    }
    close(source);
  }
  if (log_ != nullptr) log_->finish(now());
}

Output::Progress Output::pump(Source& source) {
  const auto result = os::read_some(source.fd, buffer);
  if (result.outcome == os::Transfer::Outcome::kWouldBlock) return Progress::kNothing;
  if (!result.moved()) return Progress::kEnded;
  const std::string_view bytes(buffer, result.bytes);
  if (log_ != nullptr) log_->append(source.stream, bytes, now());
  clients_.deliver(source.stream == logs::Stream::kStdout ? FrameStream::kOutput : FrameStream::kError, bytes);
  return Progress::kMoved;
}

void Output::close(Source& source) {
  source.watch.reset();
  source.fd.reset();
}

}  // namespace tare::supervise
