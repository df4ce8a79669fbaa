// One record of a log file, a line of the format that Kubernetes' container runtimes write (CRI):
//
//   2026-11-23T10:00:00.123456789Z stdout F the message
//
// F ends a line; P is a piece of a line that goes on in the next record of the same stream. After a colon come our own
// additions, which other readers skip: C, the record continues the line of the record before it; N, the line ended
// without a newline, because its writer did. The time is when the piece was complete, so it never falls within a file
// unless the clock is set back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tare::logs {

enum class Stream : uint8_t { kStdout, kStderr };
std::string_view to_string(Stream stream);  // "stdout", "stderr"

enum class Ending : uint8_t {
  kNewline,  // F
  kNone,     // F with N
  kPiece,    // P
};

struct RecordHead {
  Stream stream = Stream::kStdout;
  Ending ending = Ending::kNewline;
  bool continues = false;
};

struct Record {
  TimePoint time;
  RecordHead head;
  std::string_view text;
};

constexpr size_t kTimeSize = 30;                 // as format_rfc3339_nano writes it
constexpr size_t kLongestHead = kTimeSize + 14;  // " stdout F:C:N "

// " stdout F ", what stands between the time and the text.
std::string_view head_text(RecordHead head);
// The record of a line without its newline; nothing when it is none (torn by a crash, written by somebody else).
std::optional<Record> parse_record(std::string_view line);
// Only stream, ending and continuation: a quarter of the cost, for scans that pass over most records.
std::optional<RecordHead> parse_record_head(std::string_view line);

}  // namespace tare::logs
