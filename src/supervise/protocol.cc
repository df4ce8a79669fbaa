#include "supervise/protocol.h"

#include <climits>
#include <vector>

#include "base/text.h"

namespace tare::supervise {
namespace {

struct VerbForm {
  Verb verb;
  std::string_view word;
  size_t numbers;
};

constexpr std::array<VerbForm, 9> kVerbs = {{{Verb::kKill, "kill", 1},
                                             {Verb::kStop, "stop", 2},
                                             {Verb::kPause, "pause", 0},
                                             {Verb::kResume, "resume", 0},
                                             {Verb::kResize, "resize", 2},
                                             {Verb::kWait, "wait", 0},
                                             {Verb::kAttach, "attach", 1},
                                             {Verb::kUpdate, "update", 0},
                                             {Verb::kRestartPolicy, "restart-policy", 2}}};
constexpr std::string_view kOk = "ok";
constexpr std::string_view kFailed = "error";

std::optional<int> parse_number(std::string_view text) {
  const auto value = parse_signed(text);
  if (!value || *value < INT_MIN || *value > INT_MAX) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::string format_request(const Request& request) {
  for (const auto& form : kVerbs) {
    if (form.verb != request.verb) continue;
    if (form.numbers == 0) return std::string(form.word);
    if (form.numbers == 1) return formatted("{} {}", form.word, request.first);
    return formatted("{} {} {}", form.word, request.first, request.second);
  }
  return {};
}

Result<Request> parse_request(std::string_view text) {
  const auto words = split(text, ' ');
  for (const auto& form : kVerbs) {
    if (form.word != words[0] || words.size() != form.numbers + 1) continue;
    const auto first = form.numbers > 0 ? parse_number(words[1]) : 0;
    const auto second = form.numbers > 1 ? parse_number(words[2]) : 0;
    if (!first || !second) break;
    return Request{form.verb, *first, *second};
  }
  return Failure(ErrorKind::kInvalidArgument, "the supervisor does not understand this request");
}

std::string format_success(std::string_view payload) {
  return payload.empty() ? std::string(kOk) : formatted("{} {}", kOk, payload);
}

std::string format_failure(const Error& error) { return formatted("{} {}", kFailed, encode_error(error)); }

Result<std::string> parse_answer(std::string_view text) {
  if (text == kOk) return std::string();
  const auto parts = cut(text, ' ');
  if (parts && parts->first == kOk) return std::string(parts->second);
  if (parts && parts->first == kFailed) return decode_error(parts->second);
  return Failure(ErrorKind::kUnavailable, "the container's supervisor ended before it answered");
}

FrameHeadBytes format_frame_head(FrameHead head) {
  const auto byte = [&](int shift) { return static_cast<char>(head.size >> shift); };
  return {static_cast<char>(head.stream), 0, 0, 0, byte(24), byte(16), byte(8), byte(0)};
}

Result<FrameHead> parse_frame_head(std::string_view bytes) {
  const auto byte = [&](size_t index) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[index])); };
  if (bytes.size() < kFrameHeadSize || byte(0) < 1 || byte(0) > 3 || byte(1) + byte(2) + byte(3) != 0) {
    return Failure(ErrorKind::kCorrupt, "the attached stream holds no frame where one should start");
  }
  return FrameHead{static_cast<FrameStream>(byte(0)), byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7)};
}

}  // namespace tare::supervise
