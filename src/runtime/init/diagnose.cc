// Why an exec failed. The kernel has one number for many causes: ENOENT is a missing file, a missing interpreter, a
// missing ELF loader or a carriage return in the `#!` line; EACCES a directory, a missing execute bit or a noexec
// mount.
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os/file.h"
#include "runtime/init/execute.h"

namespace tare::runtime {
namespace {

constexpr ErrorKind kMissing = ErrorKind::kNoExecutable;
constexpr ErrorKind kRefused = ErrorKind::kNotExecutable;

std::string read_at(BorrowedFd file, size_t count, off_t offset) {
  std::string bytes(count, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), count, offset);
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

template <typename T>
std::optional<T> read_struct(BorrowedFd file, uint64_t offset) {
  const std::string bytes = read_at(file, sizeof(T), static_cast<off_t>(offset));
  if (bytes.size() != sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "32-bit x86";
    case EM_AARCH64:
      return "arm64";
    case EM_ARM:
      return "32-bit arm";
    case EM_RISCV:
      return "riscv64";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    case EM_MIPS:
      return "mips";
    default:
      return formatted("ELF machine {}", machine);
  }
}

unsigned own_machine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#elif defined(__riscv)
  return EM_RISCV;
#else
  return EM_NONE;
#endif
}

// The loader that a dynamically linked program asks for; empty when it asks for none.
template <typename Header, typename Program>
std::string elf_loader(BorrowedFd file) {
  const auto header = read_struct<Header>(file, 0);
  for (unsigned index = 0; header && index < header->e_phnum; ++index) {
    const auto program = read_struct<Program>(file, header->e_phoff + uint64_t{index} * header->e_phentsize);
    if (!program) break;
    if (program->p_type != PT_INTERP) continue;
    const size_t length = program->p_filesz < 4096 ? static_cast<size_t>(program->p_filesz) : 4096;
    const auto path = read_at(file, length, static_cast<off_t>(program->p_offset));
    return path.substr(0, path.find('\0'));
  }
  return "";
}

Error diagnose_elf(const std::string& path, BorrowedFd file, const std::string& head, int number) {
  const auto header = read_struct<Elf32_Ehdr>(file, 0);  // e_machine is at the same place in both classes
  const bool is_64 = head[EI_CLASS] == ELFCLASS64;
  if (number == ENOEXEC && header && header->e_machine != own_machine()) {
    return Failure(kRefused, "exec {}: exec format error: it is made for {}, and this machine is {}", path,
                   machine_name(header->e_machine), machine_name(own_machine()))
        .with_hint("use an image for this machine's architecture");
  }
  const std::string loader =
      is_64 ? elf_loader<Elf64_Ehdr, Elf64_Phdr>(file) : elf_loader<Elf32_Ehdr, Elf32_Phdr>(file);
  if (number == ENOENT && !loader.empty() && !os::exists(loader)) {
    return Failure(kMissing, "exec {}: no such file or directory: its loader {} does not exist in the container", path,
                   loader)
        .with_hint("the program is linked dynamically: link it statically, or use an image with the C library");
  }
  if (number == ENOEXEC) return Failure(kRefused, "exec {}: exec format error: the ELF file is damaged", path);
  return Error::from_errno(number, "exec", path).with_kind(number == ENOENT ? kMissing : kRefused);
}

Error diagnose_script(const std::string& path, const std::string& head, int number) {
  const std::string line = head.substr(2, head.find('\n') - 2);
  const std::string interpreter = split(trim(line), ' ').front();
  if (line.ends_with('\r') && (number == ENOENT || number == ENOEXEC)) {
    return Failure(kMissing,
                   "exec {}: no such file or directory: its first line ends with a carriage return (Windows line "
                   "ends), so the "
                   "interpreter {} is not found",
                   path, interpreter)
        .with_hint("convert the file to Unix line ends, for instance with dos2unix");
  }
  if (interpreter.empty()) return Failure(kRefused, "exec {}: its #! line names no interpreter", path);
  if (number == ENOENT) {
    return Failure(kMissing, "exec {}: no such file or directory: its interpreter {} does not exist in the container",
                   path, interpreter)
        .with_hint("install the interpreter in the image, or correct the #! line");
  }
  if (number == EACCES) {
    return Failure(kRefused, "exec {}: its interpreter {} cannot be executed: permission denied", path, interpreter);
  }
  return Error::from_errno(number, "exec", path).with_kind(kRefused);
}

Error diagnose_content(const std::string& path, int number) {
  const auto file = os::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);  // it may be a FIFO
  const std::string head = file.ok() ? read_at(*file, 256, 0) : "";
  if (head.starts_with(ELFMAG)) return diagnose_elf(path, *file, head, number);
  if (head.starts_with("#!")) return diagnose_script(path, head, number);
  if (number == ENOEXEC && file.ok()) {
    return Failure(kRefused, "exec {}: exec format error: {}", path,
                   head.empty() ? "the file is empty" : "it is neither a program nor a script with a #! line")
        .with_hint("a script needs a first line such as #!/bin/sh");
  }
  return Error::from_errno(number, "exec", path).with_kind(number == ENOENT ? kMissing : kRefused);
}

Error diagnose_permission(const std::string& path, const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return Failure(kRefused, "exec {}: is a directory: permission denied", path);
  struct statvfs mount {};
  if (::statvfs(path.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0) {
    return Failure(kRefused, "exec {}: permission denied: it is on a file system mounted noexec", path);
  }
  if ((status.st_mode & 0111) == 0) {
    return Failure(kRefused, "exec {}: permission denied: the file has no execute permission", path)
        .with_hint("chmod +x it in the image");
  }
  if (::access(path.c_str(), X_OK) != 0) {
    return Failure(kRefused, "exec {}: permission denied: user {} may not execute it (mode {:o}, owner {})", path,
                   ::geteuid(), status.st_mode & 07777, status.st_uid);
  }
  return diagnose_content(path, EACCES);
}

}  // namespace

Error diagnose_exec(const std::string& path, int number) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
      return Failure(kMissing, "exec {}: no such file or directory in the container", path);
    }
    return Error::from_errno(reason, "exec", path).with_kind(kRefused);
  }
  if (number == EACCES) return diagnose_permission(path, status);
  if (number == E2BIG) {
    return Failure(kRefused, "exec {}: the arguments and the environment are too long", path);
  }
  return diagnose_content(path, number);
}

}  // namespace tare::runtime
