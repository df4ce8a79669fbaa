#include "supervise/protocol.h"

#include <gtest/gtest.h>

namespace tare::supervise {
namespace {

TEST(Protocol, RequestsAreReadBackAsWritten) {
  for (const Request& request :
       {Request{Verb::kKill, 9}, Request{Verb::kStop, 15, -1}, Request{Verb::kPause}, Request{Verb::kResume},
        Request{Verb::kResize, 24, 80}, Request{Verb::kWait}, Request{Verb::kAttach, 1}, Request{Verb::kUpdate},
        Request{Verb::kRestartPolicy, 1, 3}}) {
    const auto text = format_request(request);
    EXPECT_LE(text.size(), kLongestRequest);
    const auto parsed = parse_request(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->verb, request.verb);
    EXPECT_EQ(parsed->first, request.first);
    EXPECT_EQ(parsed->second, request.second);
  }
}

TEST(Protocol, RefusesWhatIsNoRequest) {
  for (const char* text : {"", " ", "kill", "kill ", "kill x", "kill 1 2", "stop 15", "stop 15 10 3", "pause 1",
                           "dance", "kill 99999999999", "kill 9\n", "Kill 9", "wait "}) {
    EXPECT_FALSE(parse_request(text)) << text;
  }
}

TEST(Protocol, AnswersCarryPayloadsAndErrors) {
  EXPECT_EQ(parse_answer(format_success()).value(), "");
  EXPECT_EQ(parse_answer(format_success("42 and more")).value(), "42 and more");
  const auto failed = parse_answer(format_failure(Failure(ErrorKind::kNoExecutable, "no such program").with_hint("?")));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::kNoExecutable);
  EXPECT_EQ(failed.error().text(), "no such program");
  EXPECT_EQ(failed.error().hint(), "?");
  EXPECT_EQ(parse_answer("").error().kind(), ErrorKind::kUnavailable);
}

TEST(Protocol, FrameHeadsAreDockers) {
  const auto bytes = format_frame_head({FrameStream::kError, 0x01020304});
  EXPECT_EQ(std::string(bytes.data(), bytes.size()), std::string("\x02\0\0\0\x01\x02\x03\x04", 8));
  const auto head = parse_frame_head({bytes.data(), bytes.size()});
  EXPECT_EQ(head->stream, FrameStream::kError);
  EXPECT_EQ(head->size, 0x01020304U);
  EXPECT_EQ(parse_frame_head(std::string("\x01\0\0\0\xff\xff\xff\xff", 8))->size, 0xffffffffU);
  EXPECT_FALSE(parse_frame_head(std::string("\x04\0\0\0\0\0\0\0", 8)));
  EXPECT_FALSE(parse_frame_head(std::string("\x01\0\1\0\0\0\0\0", 8)));
  EXPECT_FALSE(parse_frame_head(std::string("\x01\0\0\0\0\0\0", 7)));
}

}  // namespace
}  // namespace tare::supervise
