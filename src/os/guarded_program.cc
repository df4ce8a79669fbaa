#include "os/guarded_program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "os/error.h"
#include "os/file.h"
#include "os/mount.h"

namespace tare::os {
namespace {

constexpr const char* kOwnProgram = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// EROFS: on a read-only mount; EACCES: another user's, and the container gets no more rights than we have.
bool is_out_of_reach() { return ::access(kOwnProgram, W_OK) != 0; }

Result<UniqueFd> copy_sealed(const UniqueFd& program) {
  UniqueFd copy(::memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy.valid()) return last_error("memfd_create", "tare");
  ssize_t copied = 1;
  while (copied > 0) copied = ::sendfile(copy.get(), program.get(), nullptr, size_t{1} << 30);
  if (copied < 0) return last_error("copy", "the running program");
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return last_error("seal", "the running program");
  return copy;
}

// As the kernel keeps them: a word, a zero byte.
std::vector<char*> split_arguments(std::string& bytes) {
  std::vector<char*> arguments;
  for (size_t at = 0; at < bytes.size(); at = bytes.find('\0', at) + 1) arguments.push_back(bytes.data() + at);
  arguments.push_back(nullptr);
  return arguments;
}

Result<UniqueFd> open_out_of_reach() {
  auto guarded = open_guarded_program(kOwnProgram);
  if (guarded.ok() || guarded.error().errno_value() != EPERM) return guarded;
  const UniqueFd program = TRY(open(kOwnProgram, O_RDONLY));
  const int seals = ::fcntl(program.get(), F_GET_SEALS);
  if (seals > 0 && (seals & F_SEAL_WRITE) != 0) return UniqueFd();
  return copy_sealed(program);
}

}  // namespace

Result<UniqueFd> open_guarded_program(const std::string& path) {
  UniqueFd program = TRY(clone_tree(path, TreeDepth::kTop));
  TRY(set_mount_attributes(program, TreeDepth::kTop, MOUNT_ATTR_RDONLY, 0, 0, path));
  return program;
}

Result<void> guard_own_program() {
  if (is_out_of_reach()) return {};
  const UniqueFd program = TRY(open_out_of_reach());
  if (!program.valid()) return {};
  std::string words = TRY(read_file("/proc/self/cmdline"));
  const auto arguments = split_arguments(words);
  ::execveat(program.get(), "", arguments.data(), environ, AT_EMPTY_PATH);
  return last_error("execute", "the running program once more");
}

}  // namespace tare::os
