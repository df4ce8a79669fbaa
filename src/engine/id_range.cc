#include "engine/id_range.h"

#include <algorithm>

#include "engine/core.h"
#include "os/file.h"

namespace tare::engine {
namespace {

// The user whose subordinate ids are for containers, as Podman has it.
constexpr std::string_view kPoolUser = "containers";
// Without such a user: the upper half of all ids, which no distribution gives to users or services. It ends before the
// last 65536, among which are (uid_t)-1 and what 16-bit programs would take for it.
constexpr os::SubordinateIds kDefaultPool = {0x80000000, 0x7fff0000};

// Made when the first container asks for a range: others do not pay for it.
constexpr const char* kTable = R"(
CREATE TABLE IF NOT EXISTS id_ranges (
  container_id TEXT PRIMARY KEY, first_uid INTEGER NOT NULL UNIQUE, first_gid INTEGER NOT NULL UNIQUE,
  size INTEGER NOT NULL) WITHOUT ROWID;
)";

os::SubordinateIds read_pool(const std::string& path) {
  const auto text = os::read_file(path);
  if (!text.ok()) return kDefaultPool;
  return os::find_subordinate_ids(*text, kPoolUser, static_cast<uid_t>(-1)).value_or(kDefaultPool);
}

struct TakenIds {
  std::vector<os::SubordinateIds> uids;
  std::vector<os::SubordinateIds> gids;
};

Result<TakenIds> read_taken(EngineCore& core) {
  auto rows = TRY(core.database().prepare("SELECT first_uid, first_gid, size FROM id_ranges"));
  TakenIds taken;
  while (TRY(rows.step())) {
    const auto size = static_cast<uint32_t>(rows.integer(2));
    taken.uids.push_back({static_cast<uint32_t>(rows.integer(0)), size});
    taken.gids.push_back({static_cast<uint32_t>(rows.integer(1)), size});
  }
  return taken;
}

Result<std::optional<IdRange>> find_range(EngineCore& core, const std::string& container_id) {
  auto row = TRY(core.database().prepare("SELECT first_uid, first_gid, size FROM id_ranges WHERE container_id = ?"));
  row.bind(container_id);
  if (!TRY(row.step())) return std::optional<IdRange>();
  return std::optional(IdRange{static_cast<uint32_t>(row.integer(0)), static_cast<uint32_t>(row.integer(1)),
                               static_cast<uint32_t>(row.integer(2))});
}

Result<uint32_t> choose(const std::string& file, const std::vector<os::SubordinateIds>& taken, uint32_t size) {
  const auto pool = read_pool(file);
  if (const auto first = find_free_ids(pool, taken, size)) return *first;
  return Failure(ErrorKind::kExhausted, "--userns=auto: no {} ids in a row are free among the {} from {} on", size,
                 pool.count, pool.first)
      .with_hint(formatted("remove containers, ask for fewer with --userns=auto:size=N, or give user {} more in {}",
                           kPoolUser, file));
}

}  // namespace

std::optional<uint32_t> find_free_ids(const os::SubordinateIds& pool, std::vector<os::SubordinateIds> taken,
                                      uint32_t size) {
  std::sort(taken.begin(), taken.end(), [](const auto& one, const auto& other) { return one.first < other.first; });
  const uint64_t end = uint64_t{pool.first} + pool.count;
  uint64_t candidate = pool.first;
  for (const auto& range : taken) {
    if (candidate + size <= range.first) break;
    candidate = std::max(candidate, uint64_t{range.first} + range.count);
  }
  if (candidate + size > end) return std::nullopt;
  return static_cast<uint32_t>(candidate);
}

Result<IdRange> take_id_range(EngineCore& core, const std::string& container_id, uint32_t size) {
  auto transaction = TRY(core.database().begin());
  TRY(core.database().execute(kTable));
  const auto existing = TRY(find_range(core, container_id));
  if (existing) return *existing;
  const auto taken = TRY(read_taken(core));
  IdRange range{.size = size};
  range.first_uid = TRY(choose("/etc/subuid", taken.uids, size));
  range.first_gid = TRY(choose("/etc/subgid", taken.gids, size));
  auto row = TRY(core.database().prepare("INSERT INTO id_ranges VALUES (?, ?, ?, ?)"));
  row.bind(container_id).bind(int64_t{range.first_uid}).bind(int64_t{range.first_gid}).bind(int64_t{size});
  TRY(row.run());
  TRY(transaction.commit());
  return range;
}

Result<void> drop_id_range(EngineCore& core, const std::string& container_id) {
  TRY(core.database().execute(kTable));
  auto row = TRY(core.database().prepare("DELETE FROM id_ranges WHERE container_id = ?"));
  return row.bind(container_id).run();
}

}  // namespace tare::engine
