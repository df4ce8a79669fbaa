// What is said over a supervisor's descriptors. All of it is between programs of one version and one user, but every
// byte is checked: the socket is a file that more can reach.
//
//   control socket (SOCK_SEQPACKET), one request per connection     answer, once it is done
//   "kill SIGNAL"                                                   "ok"
//   "stop SIGNAL SECONDS"                                           "ok" when the container is gone
//   "pause" "resume" "resize ROWS COLUMNS"                          "ok"
//   "update"                                                        "ok" when resources.json is in force
//   "restart-policy WHEN RETRIES"                                   "ok"
//   "wait"                                                          "ok" and the final state.json
//   "attach 0|1" with one end of a stream socket (1: with stdin)    "ok"
//   any                                                             "error" and an encoded Error
//
//   start socket (SOCK_SEQPACKET), to a supervisor that waits for its container
//   "attach" with one end of a stream socket, the first client's
//   "network" "user" with a namespace, joined instead of what config.json says
//   "port" with a bound socket, held as long as the container lives
//   "start DATA/containers/ID"                                      "ok PID" or "error" and an encoded Error
//   closed instead: there will be no container, and the supervisor ends
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tare::supervise {

// The descriptor that a supervisor is started with: its end of the start socket.
constexpr int kStartDescriptor = 3;
constexpr std::string_view kAttachMessage = "attach";
constexpr std::string_view kNetworkMessage = "network";
constexpr std::string_view kUserMessage = "user";
constexpr std::string_view kPortMessage = "port";
constexpr std::string_view kStartMessage = "start";
constexpr size_t kLongestAnswer = 8192;
// The supervisor's argument is DATA/containers/ and this, over which it writes the container's id, for ps(1).
constexpr std::string_view kIdPlaceholder = "----------------------------------------------------------------";

enum class Verb { kKill, kStop, kPause, kResume, kResize, kWait, kAttach, kUpdate, kRestartPolicy };

struct Request {
  Verb verb = Verb::kWait;
  int first = 0;   // signal, rows, 1 for stdin, or a Restart
  int second = 0;  // seconds (-1: for ever), columns, or retries
};
constexpr size_t kLongestRequest = 64;

std::string format_request(const Request& request);
Result<Request> parse_request(std::string_view text);

std::string format_success(std::string_view payload = {});
std::string format_failure(const Error& error);
Result<std::string> parse_answer(std::string_view text);  // the payload, or the peer's error

enum class FrameStream : uint8_t { kOutput = 1, kError = 2, kExit = 3 };

struct FrameHead {
  FrameStream stream = FrameStream::kOutput;
  uint32_t size = 0;  // of the payload
};
constexpr size_t kFrameHeadSize = 8;
using FrameHeadBytes = std::array<char, kFrameHeadSize>;

FrameHeadBytes format_frame_head(FrameHead head);
Result<FrameHead> parse_frame_head(std::string_view bytes);  // of kFrameHeadSize bytes or more

}  // namespace tare::supervise
