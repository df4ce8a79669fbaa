// How a pull or a push looks: on a terminal one line per layer, redrawn in place; otherwise plain lines in the order
// of events. The words are Docker's, because scripts read them.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "registry/client/progress.h"

namespace tare::image {

class TransferDisplay {
 public:
  enum class Style { kQuiet, kPlain, kTerminal };
  // `moving` is the word beside the bar: "Downloading", "Pushing".
  TransferDisplay(Style style, std::string moving) : style_(style), moving_(std::move(moving)) {}
  static Style style_for_stdout(bool quiet);

  // Borrows this object.
  registry::Progress progress();
  // A line of the command's own, whatever the style.
  static void print(const std::string& line);

 private:
  struct Row {
    std::string id;
    std::chrono::steady_clock::time_point drawn;
  };
  void show_message(const std::string& line);
  void show_state(const oci::Digest& layer, registry::LayerState state, const std::string& detail);
  void show_bytes(const oci::Digest& layer, uint64_t done, uint64_t total);
  size_t row_of(const oci::Digest& layer);
  void draw(size_t row, const std::string& text);

  const Style style_;
  const std::string moving_;
  std::mutex mutex_;
  std::vector<Row> rows_;  // on the terminal, the last one right above the cursor
};

// "[====>     ]  1.2MB/3.4MB"
std::string format_bar(uint64_t done, uint64_t total, size_t width);

}  // namespace tare::image
