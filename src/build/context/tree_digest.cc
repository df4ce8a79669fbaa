#include "build/context/tree_digest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/clock.h"
#include "build/context/xattrs.h"
#include "codec/sha256.h"
#include "os/file.h"

namespace tare::build {
namespace {

// Two changes within one tick of the clock that file systems use give the same times (4 ms, 10 ms at HZ=100; whole
// seconds on some file systems, seen by a nanosecond part of 0), so what is that fresh is not remembered.
constexpr int64_t kClockTick = 50'000'000;
constexpr int64_t kCoarseClockTick = 2'000'000'000;

bool is_settled(const TreeEntry& entry, int64_t time) {
  const bool coarse = entry.changed % 1'000'000'000 == 0;
  return entry.changed < time - (coarse ? kCoarseClockTick : kClockTick);
}

// What tells one state of a file from another without reading it.
std::string file_identity(const TreeEntry& entry) {
  return formatted("{} {} {} {} {}", entry.device, entry.inode, entry.size, entry.modified, entry.changed);
}

std::string signature_of(const std::vector<Tree>& trees) {
  codec::Sha256 hash;
  for (const auto& tree : trees) {
    hash.update(as_bytes(formatted("tree {} {}\n", tree.top, tree.name)));
    for (const auto& entry : tree.entries) {
      hash.update(as_bytes(formatted("{:o} {}", entry.mode, entry.path)));
      hash.update(as_bytes(std::string_view("\0", 1)));
      if (S_ISLNK(entry.mode))
        hash.update(as_bytes(entry.link_target));
      else if (S_ISREG(entry.mode))
        hash.update(as_bytes(file_identity(entry)));
      else
        hash.update(as_bytes(std::to_string(entry.special)));
      hash.update(as_bytes(std::string_view("\0", 1)));
    }
  }
  return hash.finish_hex();
}

// The digest of a file's bytes and of the extended attributes that COPY keeps.
Result<std::string> digest_file(BorrowedFd root, const std::string& path) {
  const auto fd = TRY(os::open_in_root(root, path, O_RDONLY | O_NOFOLLOW));
  os::FdSource file(fd, path);
  codec::DigestingSource source(file);
  TRY(codec::drain_source(source));
  auto digest = source.finish_hex();
  const auto xattrs = TRY(read_xattrs(fd, path));
  for (const auto& [name, value] : xattrs) digest += formatted(" {}={}", name, hex(value));
  return digest;
}

struct Unread {
  std::string path;
  const TreeEntry* entry;
  std::string digest;
};

// Reads files on all processors; the first failure is the result.
Result<void> digest_files(BorrowedFd root, std::vector<Unread>& files) {
  std::atomic<size_t> next = 0;
  const auto work = [&]() -> Result<void> {
    for (size_t index = next++; index < files.size(); index = next++) {
      files[index].digest = TRY(digest_file(root, files[index].path));
    }
    return {};
  };
  const size_t workers = std::min<size_t>(std::max(1U, std::thread::hardware_concurrency()), files.size() / 16 + 1);
  std::vector<Result<void>> results(workers);
  std::vector<std::thread> threads;
  for (size_t index = 1; index < workers; ++index) {
    threads.emplace_back([&, index] { results[index] = work(); });
  }
  results[0] = work();
  for (auto& thread : threads) thread.join();
  for (auto& result : results) TRY(std::move(result));
  return {};
}

std::string path_of(const Tree& tree, const TreeEntry& entry) {
  if (entry.path.empty()) return tree.top;
  return tree.top.empty() ? entry.path : formatted("{}/{}", tree.top, entry.path);
}

// The digest of every regular file by its identity, from memory where it is known.
Result<BuildCache::FileDigests> collect_digests(BorrowedFd root, const std::vector<Tree>& trees, BuildCache& cache,
                                                const std::string& name) {
  auto known = name.empty() ? BuildCache::FileDigests() : TRY(cache.read_file_digests(name));
  BuildCache::FileDigests current;
  std::vector<Unread> unread;
  for (const auto& tree : trees) {
    for (const auto& entry : tree.entries) {
      if (!S_ISREG(entry.mode)) continue;
      auto identity = file_identity(entry);
      const auto found = known.find(identity);
      if (found != known.end())
        current.insert(*found);
      else
        unread.push_back({path_of(tree, entry), &entry, {}});
    }
  }
  const int64_t time = now().time_since_epoch().count();
  TRY(digest_files(root, unread));
  for (auto& file : unread) {
    if (is_settled(*file.entry, time)) known[file_identity(*file.entry)] = file.digest;
    current[file_identity(*file.entry)] = std::move(file.digest);
  }
  if (!name.empty() && !unread.empty()) TRY(cache.write_file_digests(name, known));
  return current;
}

}  // namespace

Result<std::string> digest_trees(BorrowedFd root, const std::vector<Tree>& trees, BuildCache& cache,
                                 const std::string& name) {
  const auto signature = signature_of(trees);
  if (auto known = TRY(cache.find_tree(signature))) return std::move(*known);
  const int64_t time = now().time_since_epoch().count();
  const auto digests = TRY(collect_digests(root, trees, cache, name));
  codec::Sha256 hash;
  bool settled = true;
  for (const auto& tree : trees) {
    hash.update(as_bytes(formatted("tree {}\n", tree.name)));
    for (const auto& entry : tree.entries) {
      hash.update(as_bytes(formatted("{:o} {}", entry.mode, entry.path)));
      hash.update(as_bytes(std::string_view("\0", 1)));
      if (S_ISREG(entry.mode))
        hash.update(as_bytes(digests.at(file_identity(entry))));
      else
        hash.update(as_bytes(S_ISLNK(entry.mode) ? entry.link_target : std::to_string(entry.special)));
      hash.update(as_bytes(std::string_view("\0", 1)));
      settled = settled && is_settled(entry, time);
    }
  }
  auto digest = hash.finish_hex();
  if (settled) TRY(cache.remember_tree(signature, digest));
  return digest;
}

}  // namespace tare::build
