// What arrives at a supervisor's sockets: requests, answers, and the heads of frames. What is understood says the same
// when it is written again.
#include "supervise/protocol.h"
#include "tests/fuzz/fuzz.h"

using namespace tare;

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto text = fuzz::text_of(bytes, size);
  if (const auto request = supervise::parse_request(text); request.ok()) {
    const auto again = supervise::parse_request(supervise::format_request(*request));
    fuzz::require(again.ok() && again->verb == request->verb && again->first == request->first &&
                  again->second == request->second);
  }
  if (const auto answer = supervise::parse_answer(text); answer.ok()) {
    fuzz::require(supervise::parse_answer(supervise::format_success(*answer)).value_or("?") == *answer);
  }
  if (const auto head = supervise::parse_frame_head(text); head.ok()) {
    const auto written = supervise::format_frame_head(*head);
    fuzz::require(text.starts_with(std::string_view(written.data(), written.size())));
  }
  return 0;
}
