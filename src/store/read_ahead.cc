#include "store/read_ahead.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace tare::store {
namespace {

constexpr size_t kBlockSize = size_t{256} << 10;
constexpr size_t kBlocks = 8;

struct Block {
  std::vector<std::byte> bytes = std::vector<std::byte>(kBlockSize);
  size_t size = 0;  // 0: the end
};

}  // namespace

struct ReadAhead::State {
  explicit State(ByteSource& source) : inner(source) {}
  void fill();

  ByteSource& inner;
  std::array<Block, kBlocks> blocks;
  size_t taken = 0;  // of the first filled block; the reader's own

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  size_t first = 0;
  size_t filled = 0;
  bool stopped = false;          // the reader is gone
  std::optional<Error> failure;  // after the filled blocks
  std::thread thread;
};

void ReadAhead::State::fill() {
  for (;;) {
    Block* block = nullptr;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stopped || filled < kBlocks; });
      if (stopped) return;
      block = &blocks[(first + filled) % kBlocks];
    }
    auto got = inner.read(block->bytes);
    const std::lock_guard guard(mutex);
    if (got.ok()) {
      block->size = *got;
      ++filled;
    } else {
      failure = std::move(got).error();
    }
    changed.notify_all();
    if (failure || block->size == 0) return;
  }
}

ReadAhead::ReadAhead(ByteSource& inner) : state_(std::make_unique<State>(inner)) {
  try {
    state_->thread = std::thread([state = state_.get()] { state->fill(); });
  } catch (const std::system_error&) {
    // No more threads for this user: then without reading ahead.
  }
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

Result<size_t> ReadAhead::read(std::span<std::byte> buffer) {
  State& state = *state_;
  if (!state.thread.joinable()) return state.inner.read(buffer);
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&] { return state.filled > 0 || state.failure; });
  if (state.filled == 0) return std::move(*state.failure);
  Block& block = state.blocks[state.first];
  if (block.size == 0) return size_t{0};  // stays filled: the end is read again and again
  lock.unlock();
  const size_t count = std::min(buffer.size(), block.size - state.taken);
  std::memcpy(buffer.data(), block.bytes.data() + state.taken, count);
  state.taken += count;
  if (state.taken < block.size) return count;
  state.taken = 0;
  lock.lock();
  state.first = (state.first + 1) % kBlocks;
  --state.filled;
  state.changed.notify_all();
  return count;
}

}  // namespace tare::store
