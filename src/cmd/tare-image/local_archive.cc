#include "cmd/tare-image/local_archive.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "codec/compress.h"
#include "os/error.h"
#include "os/file.h"
#include "store/archive_path.h"

namespace tare::image {
namespace {

// More than any manifest or configuration; what is larger is a layer.
constexpr uint64_t kLargestDocument = uint64_t{4} << 20;
constexpr size_t kMostDocuments = 10'000;

Result<UniqueFd> open_input(const std::string& path) {
  if (!path.empty()) return os::open(path, O_RDONLY);
  if (::isatty(STDIN_FILENO) != 0) {
    return Failure(ErrorKind::kInvalidArgument, "requested load from stdin, but stdin is empty")
        .with_hint("give a file with -i, or redirect one to standard input");
  }
  UniqueFd copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!copy.valid()) return os::last_error("duplicate", "standard input");
  return copy;
}

Result<bool> is_plain_file(BorrowedFd file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return os::last_error("stat", "the archive");
  if (!S_ISREG(status.st_mode) || ::lseek(file.get(), 0, SEEK_CUR) != 0) return false;
  std::array<std::byte, codec::kMagicSize> magic{};
  const ssize_t got = ::pread(file.get(), magic.data(), magic.size(), 0);
  if (got < 0) return os::last_error("read", "the archive");
  const auto kind = TRY(codec::detect_compression(std::span(magic).first(static_cast<size_t>(got))));
  return kind == codec::Compression::kNone;
}

// Unlinked at once, so that it goes with the descriptor.
Result<UniqueFd> spool(store::Store& store, BorrowedFd input, const std::string& name) {
  const std::string path = TRY(store.make_work_directory()) + "/archive";
  auto file = TRY(os::open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
  TRY(os::remove_file(path));
  os::FdSource source(input, name);
  auto decoded = TRY(codec::open_detected(source));
  os::FdSink sink(file, path);
  TRY(copy_all(*decoded, sink));
  return file;
}

}  // namespace

Result<ImageArchive> ImageArchive::open(store::Store& store, const std::string& path) {
  const std::string name = path.empty() ? "standard input" : path;
  auto file = TRY(open_input(path));
  if (!TRY(is_plain_file(file))) file = TRY(spool(store, file, name));
  ImageArchive archive(std::move(file), name);
  TRY(archive.read_documents().context(formatted("read {}", name)));
  return archive;
}

std::string ImageArchive::resolve(const std::string& name) const {
  const auto link = links_.find(name);
  return link == links_.end() ? name : link->second;
}

Result<void> ImageArchive::for_each_file(const Use& use) const {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) return os::last_error("rewind", name_);
  os::FdSource source(file_, name_);
  codec::TarReader reader(source);
  while (const auto entry = TRY(reader.next())) {
    if (entry->type != codec::TarType::kFile) continue;
    const std::string name = TRY(store::clean_archive_path(entry->path));
    TRY(use(name, entry->size, reader));
  }
  return {};
}

Result<void> ImageArchive::read_documents() {
  os::FdSource source(file_, name_);
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) return os::last_error("rewind", name_);
  codec::TarReader reader(source);
  while (const auto entry = TRY(reader.next())) {
    const std::string name = TRY(store::clean_archive_path(entry->path));
    if (entry->type == codec::TarType::kSymlink) {
      const std::string target = formatted("{}/{}", store::split_parent(name).parent, entry->link_target);
      links_[name] = TRY(store::clean_archive_path(target));
    } else if (entry->type == codec::TarType::kHardLink) {
      links_[name] = TRY(store::clean_archive_path(entry->link_target));
    } else if (entry->type == codec::TarType::kFile && entry->size <= kLargestDocument) {
      TRY(read_document(name, reader));
    }
  }
  return {};
}

Result<void> ImageArchive::read_document(const std::string& name, codec::TarReader& reader) {
  std::array<std::byte, 65536> buffer;
  size_t got = TRY(reader.read(buffer));
  std::string text(as_text(std::span(buffer).first(got)));
  if (!text.starts_with('{') && !text.starts_with('[')) return {};
  if (documents_.size() == kMostDocuments) return Failure(ErrorKind::kCorrupt, "too many documents");
  while ((got = TRY(reader.read(buffer))) > 0) text += as_text(std::span(buffer).first(got));
  documents_[name] = std::move(text);
  return {};
}

}  // namespace tare::image
