#include "cmd/tare-image/transfer_display.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "os/file.h"

namespace tare::image {
namespace {

using registry::LayerState;

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr size_t kBarWidth = 30;

std::string words(LayerState state, const std::string& detail) {
  switch (state) {
    case LayerState::kPullingFsLayer:
      return "Pulling fs layer";
    case LayerState::kAlreadyExists:
      return "Already exists";
    case LayerState::kPullComplete:
      return "Pull complete";
    case LayerState::kPreparing:
      return "Preparing";
    case LayerState::kLayerAlreadyExists:
      return "Layer already exists";
    case LayerState::kMounted:
      return formatted("Mounted from {}", detail);
    case LayerState::kPushed:
      return "Pushed";
  }
  return "";
}

// A closed standard output is no reason to stop a transfer.
void write_out(const std::string& text) {
  static_cast<void>(os::write_all(BorrowedFd(STDOUT_FILENO), text, "standard output"));
}

}  // namespace

std::string format_bar(uint64_t done, uint64_t total, size_t width) {
  const uint64_t shown = std::min(done, total);
  const size_t filled =
      total == 0
          ? width
          : static_cast<size_t>(static_cast<double>(shown) / static_cast<double>(total) * static_cast<double>(width));
  std::string bar(filled, '=');
  if (filled < width) bar += '>';
  bar.resize(width, ' ');
  return formatted("[{}]  {}/{}", bar, format_decimal_size(shown), format_decimal_size(total));
}

TransferDisplay::Style TransferDisplay::style_for_stdout(bool quiet) {
  if (quiet) return Style::kQuiet;
  return ::isatty(STDOUT_FILENO) == 1 ? Style::kTerminal : Style::kPlain;
}

void TransferDisplay::print(const std::string& line) { write_out(line + "\n"); }

registry::Progress TransferDisplay::progress() {
  if (style_ == Style::kQuiet) return {};
  registry::Progress progress;
  progress.message = [this](const std::string& line) { show_message(line); };
  progress.layer = [this](const oci::Digest& layer, LayerState state, const std::string& detail) {
    show_state(layer, state, detail);
  };
  if (style_ == Style::kTerminal) {
    progress.bytes = [this](const oci::Digest& layer, uint64_t done, uint64_t total) {
      show_bytes(layer, done, total);
    };
  }
  return progress;
}

void TransferDisplay::show_message(const std::string& line) {
  const std::lock_guard lock(mutex_);
  write_out(line + "\n");
  rows_.clear();  // what is above a message is not redrawn
}

void TransferDisplay::show_state(const oci::Digest& layer, LayerState state, const std::string& detail) {
  const std::lock_guard lock(mutex_);
  const std::string text = words(state, detail);
  if (style_ == Style::kTerminal) return draw(row_of(layer), text);
  write_out(formatted("{}: {}\n", layer.short_id(), text));
}

void TransferDisplay::show_bytes(const oci::Digest& layer, uint64_t done, uint64_t total) {
  const std::lock_guard lock(mutex_);
  const size_t row = row_of(layer);
  const auto time = std::chrono::steady_clock::now();
  if (time - rows_[row].drawn < kRedrawInterval) return;
  rows_[row].drawn = time;
  draw(row, formatted("{} {}", moving_, format_bar(done, total, kBarWidth)));
}

size_t TransferDisplay::row_of(const oci::Digest& layer) {
  const std::string id = layer.short_id();
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.id == id; });
  if (found != rows_.end()) return static_cast<size_t>(found - rows_.begin());
  rows_.push_back({id, {}});
  write_out(formatted("{}:\n", id));
  return rows_.size() - 1;
}

// One write per line, so that the cursor is never seen on its way.
void TransferDisplay::draw(size_t row, const std::string& text) {
  const size_t up = rows_.size() - row;
  write_out(formatted("\x1b[{}A\r\x1b[2K{}: {}\r\x1b[{}B", up, rows_[row].id, text, up));
}

}  // namespace tare::image
