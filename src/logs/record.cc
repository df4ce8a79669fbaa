#include "logs/record.h"

#include <array>

namespace tare::logs {
namespace {

struct Spelling {
  std::string_view text;
  RecordHead head;
};

constexpr std::array<Spelling, 12> kSpellings = {{
    {" stdout F ", {Stream::kStdout, Ending::kNewline, false}},
    {" stdout P ", {Stream::kStdout, Ending::kPiece, false}},
    {" stdout F:N ", {Stream::kStdout, Ending::kNone, false}},
    {" stdout F:C ", {Stream::kStdout, Ending::kNewline, true}},
    {" stdout P:C ", {Stream::kStdout, Ending::kPiece, true}},
    {" stdout F:C:N ", {Stream::kStdout, Ending::kNone, true}},
    {" stderr F ", {Stream::kStderr, Ending::kNewline, false}},
    {" stderr P ", {Stream::kStderr, Ending::kPiece, false}},
    {" stderr F:N ", {Stream::kStderr, Ending::kNone, false}},
    {" stderr F:C ", {Stream::kStderr, Ending::kNewline, true}},
    {" stderr P:C ", {Stream::kStderr, Ending::kPiece, true}},
    {" stderr F:C:N ", {Stream::kStderr, Ending::kNone, true}},
}};

const Spelling* find_spelling(std::string_view line) {
  if (line.size() < kTimeSize || line[kTimeSize - 1] != 'Z') return nullptr;
  const std::string_view rest = line.substr(kTimeSize);
  for (const auto& spelling : kSpellings) {
    if (rest.starts_with(spelling.text)) return &spelling;
  }
  return nullptr;
}

bool same(RecordHead a, RecordHead b) {
  return a.stream == b.stream && a.ending == b.ending && a.continues == b.continues;
}

}  // namespace

std::string_view to_string(Stream stream) { return stream == Stream::kStdout ? "stdout" : "stderr"; }

std::string_view head_text(RecordHead head) {
  for (const auto& spelling : kSpellings) {
    if (same(spelling.head, head)) return spelling.text;
  }
  return kSpellings[0].text;
}

std::optional<RecordHead> parse_record_head(std::string_view line) {
  const Spelling* spelling = find_spelling(line);
  if (spelling == nullptr) return std::nullopt;
  return spelling->head;
}

std::optional<Record> parse_record(std::string_view line) {
  const Spelling* spelling = find_spelling(line);
  if (spelling == nullptr) return std::nullopt;
  const auto time = parse_rfc3339(line.substr(0, kTimeSize));
  if (!time) return std::nullopt;
  return Record{*time, spelling->head, line.substr(kTimeSize + spelling->text.size())};
}

}  // namespace tare::logs
