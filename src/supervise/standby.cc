#include "supervise/standby.h"

#include <array>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include "os/fd_passing.h"
#include "supervise/protocol.h"
#include "supervise/spawn_detached.h"

namespace tare::supervise {
namespace {

// What the supervisor and its cleanup command need to find the same places and programs; nothing else of the user's
// environment outlives his command.
constexpr std::array<const char*, 8> kKeptVariables = {
    "PATH",      "HOME",          "XDG_DATA_HOME",     "XDG_RUNTIME_DIR",
    "TARE_ROOT", "TARE_RUN_ROOT", "TARE_ROOTLESS_UID", "TARE_ROOTLESS_GID"};

std::vector<std::string> kept_environment() {
  std::vector<std::string> kept;
  for (const char* name : kKeptVariables) {
    if (const char* value = ::getenv(name)) kept.push_back(formatted("{}={}", name, value));
  }
  return kept;
}

}  // namespace

struct Standby::State {
  void spawn() { started = spawn_detached(program); }

  UniqueFd ours;
  UniqueFd theirs;
  DetachedProgram program;
  Result<void> started;
  std::thread thread;
};

Standby Standby::begin(const std::string& supervisor, const std::string& containers) {
  auto state = std::make_unique<State>();
  auto ends = os::packet_socket_pair();
  if (!ends) {
    state->started = std::move(ends).error();
    return Standby(std::move(state));
  }
  state->ours = std::move(ends->first);
  state->theirs = std::move(ends->second);
  state->program = {.path = supervisor,
                    .arguments = {"tare-supervisor", formatted("{}/{}", containers, kIdPlaceholder)},
                    .environment = kept_environment(),
                    .descriptors = {{state->theirs, kStartDescriptor}}};
  try {
    state->thread = std::thread([spawning = state.get()] { spawning->spawn(); });
  } catch (const std::system_error&) {
    state->spawn();  // no more threads for this user: then one after the other
  }
  return Standby(std::move(state));
}

Standby::Standby(std::unique_ptr<State> state) : state_(std::move(state)) {}
Standby::Standby(Standby&&) noexcept = default;
Standby& Standby::operator=(Standby&& other) noexcept {
  if (state_) (void)settle().ok();
  state_ = std::move(other.state_);
  return *this;
}

Standby::~Standby() {
  if (state_) (void)settle().ok();
}

Result<void> Standby::settle() {
  if (state_->thread.joinable()) state_->thread.join();
  state_->theirs.reset();  // so that the supervisor's end is the last one
  return std::exchange(state_->started, Result<void>());
}

BorrowedFd Standby::socket() const { return state_->ours; }

}  // namespace tare::supervise
