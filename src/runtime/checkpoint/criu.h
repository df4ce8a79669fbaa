// A conversation with the program criu, which saves and restores processes (package criu, https://criu.org).
//
//   we                                criu (`criu swrk 3`, our child)
//   request ───────────────────────▶  dump | restore | pre-dump, with options
//          ◀─────── notice ─────────  "setup-namespaces", "orphan-pts-master", … and waits
//   done ──────────────────────────▶
//          ◀─────── answer ─────────  success, the pid of what was restored
//
// Its `swrk` mode and not its command line, because only there a restored process can be our child, its terminal come
// to us, and hooks run at the moment that the specification names.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "os/process.h"
#include "runtime/checkpoint/wire.h"

namespace tare::runtime {

enum class CriuTask : unsigned { kDump = 1, kRestore = 2, kPreDump = 4 };

// Numbers of the options that are used (criu_opts in rpc.proto).
namespace criu_option {
enum Field : unsigned {
  kImagesDirectory = 1,
  kPid = 2,
  kLeaveRunning = 3,
  kExternalUnixSockets = 4,
  kTcpEstablished = 5,
  kEvasiveDevices = 6,
  kShellJob = 7,
  kFileLocks = 8,
  kLogLevel = 9,
  kLogFile = 10,
  kPageServer = 11,
  kNotify = 12,
  kRoot = 13,
  kParentImage = 14,
  kTrackMemory = 15,
  kAutoDedup = 16,
  kWorkDirectory = 17,
  kLinkRemap = 18,
  kExternalMount = 23,
  kManageCgroups = 24,
  kCgroupRoot = 25,
  kRestoreSibling = 26,
  kInheritDescriptor = 27,
  kManageCgroupsMode = 34,
  kExternal = 37,
  kEmptyNamespaces = 38,
  kJoinNamespace = 39,
  kFreezeCgroup = 44,
  kTcpSkipInFlight = 46,
  kLazyPages = 48,
  kOrphanTerminal = 50,
  kConfigFile = 51,
  kLsmProfile = 53,
  kLsmMountContext = 63
};
}  // namespace criu_option

struct CriuNotice {
  std::string name;
  pid_t pid = 0;        // of the restored first process, where there is one
  UniqueFd descriptor;  // with "orphan-pts-master": the terminal's master side
};

class Criu {
 public:
  // Starts it with `passed` as the descriptors 4, 5, …; standard input and output are ours. kUnsupported, with the name
  // of the package, when it is not installed.
  static Result<Criu> start(const std::vector<BorrowedFd>& passed);
  Criu(Criu&&) = default;
  ~Criu();  // ends it, if it has not been asked anything

  static constexpr int kFirstPassed = 4;
  pid_t pid() const { return child_.pid; }

  // Once. `notice` may fail, which makes criu give up. Returns the pid of the restored process, or 0. A failure tells
  // what criu wrote into `log` (a path) as errors.
  Result<pid_t> ask(CriuTask task, const WireWriter& options, const std::string& log,
                    const std::function<Result<void>(CriuNotice)>& notice);

 private:
  Criu(os::Child child, UniqueFd socket, UniqueFd words)
      : child_(std::move(child)), socket_(std::move(socket)), words_(std::move(words)) {}
  Result<pid_t> converse(CriuTask task, const WireWriter& options,
                         const std::function<Result<void>(CriuNotice)>& notice);
  Result<void> end(CriuTask task);
  std::string complaints(const std::string& log) const;

  os::Child child_;
  UniqueFd socket_;
  UniqueFd words_;  // its standard error: what it says before its log is open
};

}  // namespace tare::runtime
