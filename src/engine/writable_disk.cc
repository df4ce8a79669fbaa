#include "engine/writable_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "os/disk_image.h"
#include "os/error.h"
#include "os/file.h"
#include "os/process.h"

namespace tare::engine {
namespace {

constexpr uint64_t kMinimum = uint64_t{1} << 20;
constexpr uint64_t kMaximum = uint64_t{16} << 40;  // ext4's own with blocks of 4 KiB and 32-bit numbers
constexpr size_t kSuperblockAt = 1024;
constexpr size_t kSuperblockSize = 1024;

Result<std::string> find_mkfs() {
  for (const char* path : {"/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4", "/usr/bin/mkfs.ext4"}) {
    if (os::exists(path)) return std::string(path);
  }
  return Error(ErrorKind::kUnsupported, "--storage-opt size needs mkfs.ext4, which is not installed")
      .with_hint("apt-get install e2fsprogs");
}

// An inode for every 8 KiB, half as many as ext4 counts on: what a container writes is small files. Tables and journal
// are not written now, so that the file stays a hole.
Result<void> make_file_system(const std::string& mkfs, const std::string& path, uint64_t bytes) {
  const auto image = TRY(os::open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));
  if (::ftruncate(image.get(), static_cast<off_t>(bytes)) != 0) return os::last_error("set the size of", path);
  const auto null = TRY(os::open("/dev/null", O_RDWR));
  const UniqueFd output = TRY(os::open(path + ".log", O_RDWR | O_CREAT | O_TRUNC, 0600));
  const auto child =
      TRY(os::spawn({.arguments = {mkfs, "-q", "-F", "-m", "0", "-b", "4096", "-i", "8192", "-E",
                                   "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-O", "^resize_inode", path},
                     .descriptors = {{null, 0}, {output, 1}, {output, 2}}}));
  const auto status = TRY(os::wait(child));
  const auto said = TRY(os::read_file(path + ".log"));
  TRY(os::remove_file(path + ".log"));
  if (status.shell_code() == 0) return {};
  return Failure(ErrorKind::kInternal, "{}: {}", mkfs, trim(said));
}

Result<uint64_t> free_bytes_of(const std::string& path) {
  const auto image = TRY(os::open(path, O_RDONLY));
  std::string superblock(kSuperblockSize, '\0');
  if (::pread(image.get(), superblock.data(), kSuperblockSize, kSuperblockAt) != kSuperblockSize) {
    return os::last_error("read", path);
  }
  return parse_ext4_free_bytes(superblock).context(path);
}

uint64_t read_little_endian(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t index = 0; index < size; ++index)
    value |= uint64_t{static_cast<unsigned char>(bytes[at + index])} << 8 * index;
  return value;
}

}  // namespace

Result<std::optional<uint64_t>> parse_storage_size(const ContainerOptions& options) {
  std::optional<uint64_t> size;
  for (const auto& [key, value] : options.storage_options) {
    if (key != "size") {
      return Failure(ErrorKind::kInvalidArgument, "--storage-opt {}={}: there is no such option", key, value)
          .with_hint("size is the only one");
    }
    size = parse_size(value);
    if (!size || *size < kMinimum || *size > kMaximum) {
      return Failure(ErrorKind::kInvalidArgument, "--storage-opt size={}: expected a size from 1m to 16t", value);
    }
  }
  return size;
}

Result<uint64_t> parse_ext4_free_bytes(std::string_view superblock) {
  constexpr uint64_t kMagic = 0xef53;
  constexpr size_t kBlocks = 0x4, kFree = 0xc, kLogBlockSize = 0x18, kMagicAt = 0x38;
  if (superblock.size() < kSuperblockSize || read_little_endian(superblock, kMagicAt, 2) != kMagic) {
    return Error(ErrorKind::kCorrupt, "this is no ext4 file system");
  }
  const uint64_t blocks = read_little_endian(superblock, kBlocks, 4);
  const uint64_t free = read_little_endian(superblock, kFree, 4);
  // The kernel sets these aside for its own delayed writes (ext4_calculate_resv_clusters).
  const uint64_t reserved = std::min<uint64_t>(blocks / 50, 4096);
  return (free - std::min(free, reserved)) << (10 + read_little_endian(superblock, kLogBlockSize, 4));
}

Result<void> make_disk(const std::string& path, uint64_t size) {
  TRY(os::check_loop_devices().context("--storage-opt size"));
  const auto mkfs = TRY(find_mkfs());
  // What the file system needs for itself is added to what was asked for; how much that is it tells.
  constexpr uint64_t kBlock = 4096, kTolerance = uint64_t{64} << 10;
  constexpr int kAttempts = 5;
  uint64_t bytes = size + size / 16 + (uint64_t{8} << 20);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TRY(make_file_system(mkfs, path, bytes));
    const uint64_t available = TRY(free_bytes_of(path));
    if (available >= size && available - size <= kTolerance) break;
    bytes = (bytes + size - available + kBlock) / kBlock * kBlock;
  }
  return {};
}

std::string writable_directory(const std::string& container_directory, const ContainerOptions& options) {
  return container_directory + (options.storage_options.empty() ? "" : "/disk");
}

Result<UpperDirectory> open_upper(const std::string& container_directory, const ContainerOptions& options) {
  if (options.storage_options.empty()) return UpperDirectory{{}, container_directory + "/upper"};
  UpperDirectory upper;
  upper.mount = TRY(os::mount_image(container_directory + "/disk.img", os::ImageAccess::kReadOnly));
  upper.path = formatted("/proc/self/fd/{}/upper", upper.mount.get());
  return upper;
}

}  // namespace tare::engine
