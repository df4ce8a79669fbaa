// Headers come in groups: any number of pax and long-name headers, then the block that they belong to. next() collects
// a group into one entry; the data is then handed out from the input buffer.
#include <algorithm>
#include <limits>

#include "codec/tar_input.h"
#include "codec/tar_pax.h"
#include "codec/tar_sparse.h"

namespace tare::codec {
namespace {

constexpr uint64_t kLongestHeader = uint64_t{1} << 20;

// What the headers before an entry's own block said about it.
struct Preamble {
  PaxOverrides pax;
  std::optional<std::string> long_path;  // GNU 'L'
  std::optional<std::string> long_link;  // GNU 'K'
  bool any = false;
};

// Names in messages: control characters could drive the terminal.
std::string printable(std::string_view path) {
  std::string text;
  for (const char c : path.substr(0, 200)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7f ? formatted("\\x{:02x}", byte) : std::string(1, c);
  }
  return text;
}

Result<TarType> entry_type(const TarHeader& header, const std::string& path) {
  switch (header.type) {
    case '\0':
    case '0':
    case '7':
      // Before ustar a directory was a file whose name ends in a slash.
      return path.ends_with('/') ? TarType::kDirectory : TarType::kFile;
    case 'S':
      return TarType::kFile;
    case '1':
      return TarType::kHardLink;
    case '2':
      return TarType::kSymlink;
    case '3':
      return TarType::kCharacterDevice;
    case '4':
      return TarType::kBlockDevice;
    case '5':
    case 'D':
      return TarType::kDirectory;
    case '6':
      return TarType::kFifo;
    default:
      return Failure(ErrorKind::kCorrupt, "entries of type '{}' are not supported", printable({&header.type, 1}));
  }
}

// Links, devices and directories may state a size without having data; all tar programs ignore it.
bool has_data(char type) { return type == '\0' || type == '0' || type == '7' || type == 'S' || type == 'D'; }

Result<uint32_t> id(const std::optional<uint64_t>& pax, uint64_t header) {
  const uint64_t value = pax.value_or(header);
  if (value > std::numeric_limits<uint32_t>::max()) return Failure(ErrorKind::kCorrupt, "user or group id too large");
  return static_cast<uint32_t>(value);
}

Result<uint32_t> device_number(uint64_t number) {
  if (number > std::numeric_limits<uint32_t>::max()) return Failure(ErrorKind::kCorrupt, "device number too large");
  return static_cast<uint32_t>(number);
}

// The nearer header wins: an entry's own pax header, GNU long names, global pax headers, the block itself.
Result<TarEntry> merge(const TarHeader& header, const Preamble& preamble, const PaxOverrides& global) {
  const PaxOverrides& pax = preamble.pax;
  TarEntry entry;
  entry.path = pax.path.value_or(preamble.long_path.value_or(header.path));
  if (pax.sparse_path) entry.path = *pax.sparse_path;
  if (entry.path.empty()) return Failure(ErrorKind::kCorrupt, "an entry without a name");
  entry.type = TRY(entry_type(header, entry.path));
  const bool link = entry.type == TarType::kHardLink || entry.type == TarType::kSymlink;
  if (link) entry.link_target = pax.link_target.value_or(preamble.long_link.value_or(header.link_target));
  entry.mode = header.mode;
  entry.uid = TRY(id(pax.uid ? pax.uid : global.uid, header.uid));
  entry.gid = TRY(id(pax.gid ? pax.gid : global.gid, header.gid));
  entry.user_name = pax.user_name.value_or(global.user_name.value_or(header.user_name));
  entry.group_name = pax.group_name.value_or(global.group_name.value_or(header.group_name));
  entry.mtime = pax.mtime.value_or(global.mtime.value_or(TarTime{header.mtime, 0}));
  entry.device_major = TRY(device_number(header.device_major));
  entry.device_minor = TRY(device_number(header.device_minor));
  entry.xattrs = pax.xattrs;
  return entry;
}

}  // namespace

struct TarReader::State {
  explicit State(ByteSource& source) : input(source) {}

  Result<std::optional<TarEntry>> next_entry();
  Result<bool> take_preamble(const TarHeader& header, Preamble& preamble);
  Result<TarEntry> begin_entry(const TarHeader& header, TarBlock block, const Preamble& preamble);
  Result<void> begin_data(const TarHeader& header, TarBlock block, const Preamble& preamble, TarEntry& entry);
  Result<SparseMap> sparse_map(const TarHeader& header, TarBlock block, const PaxOverrides& pax);
  Result<bool> is_end(TarBlock block);
  Result<ByteView> take_data(uint64_t limit);
  Error located(Error error) const;

  TarInput input;
  PaxOverrides global;
  std::string path;  // of the current entry, for messages
  uint64_t header_offset = 0;
  uint64_t unread = 0;  // bytes of the current entry still in the archive, without padding
  uint64_t padding = 0;
  uint64_t size = 0;
  std::vector<TarExtent> extents;
  size_t extent = 0;         // the one that is read
  uint64_t extent_read = 0;  // of its bytes
  uint64_t position = 0;     // of read()
};

Error TarReader::State::located(Error error) const {
  if (path.empty()) return std::move(error).context(formatted("tar archive, offset {}", header_offset));
  return std::move(error).context(formatted("tar entry '{}' at offset {}", printable(path), header_offset));
}

// Two zero blocks end an archive, or the end of the bytes does. A single zero block is taken for the end, too, if
// nothing follows it.
Result<bool> TarReader::State::is_end(TarBlock block) {
  if (!is_zero_block(block)) return false;
  const auto second = TRY(input.next_block());
  if (second && !is_zero_block(*second)) return Failure(ErrorKind::kCorrupt, "a zero block between entries");
  return true;
}

// A header that says something about the entry after it; false when it is the entry's own.
Result<bool> TarReader::State::take_preamble(const TarHeader& header, Preamble& preamble) {
  const bool pax = header.type == 'x' || header.type == 'X' || header.type == 'g';
  const bool name = header.type == 'L' || header.type == 'K';
  const bool label = header.type == 'V';  // GNU tar's name of the volume
  if (!pax && !name && !label) return false;
  std::string text = TRY(input.read_text(header.size, kLongestHeader));
  if (pax) {
    const auto records = TRY(parse_pax_records(text));
    TRY(apply_pax_records(records, header.type == 'g' ? global : preamble.pax));
  }
  if (header.type == 'L') preamble.long_path = std::string(tar_text(text));
  if (header.type == 'K') preamble.long_link = std::string(tar_text(text));
  preamble.any = preamble.any || (header.type != 'g' && !label);
  return true;
}

Result<SparseMap> TarReader::State::sparse_map(const TarHeader& header, TarBlock block, const PaxOverrides& pax) {
  SparseMap map;
  if (header.type == 'S') {
    map = TRY(read_gnu_sparse_map(block, input));
  } else {
    map.size = pax.sparse_size.value_or(unread);
    map.extents = pax.sparse_map;
  }
  const uint64_t stored = unread;
  if (pax.sparse_map_in_data) map.extents = TRY(read_pax_sparse_map(input, unread));
  TRY(check_sparse_map(map, unread));
  padding = tar_padding(stored);  // whole blocks were taken off
  return map;
}

Result<void> TarReader::State::begin_data(const TarHeader& header, TarBlock block, const Preamble& preamble,
                                          TarEntry& entry) {
  unread = has_data(header.type) ? preamble.pax.size.value_or(header.size) : 0;
  if (unread > INT64_MAX) return Failure(ErrorKind::kCorrupt, "size too large");
  padding = tar_padding(unread);
  extents.clear();
  if (entry.type != TarType::kFile) return {};
  entry.size = unread;
  if (unread > 0) extents = {{0, unread}};
  if (header.type == 'S' || preamble.pax.sparse) {
    SparseMap map = TRY(sparse_map(header, block, preamble.pax));
    entry.size = map.size;
    entry.sparse = true;
    entry.extents = map.extents;
    extents = std::move(map.extents);
  }
  return {};
}

Result<TarEntry> TarReader::State::begin_entry(const TarHeader& header, TarBlock block, const Preamble& preamble) {
  TarEntry entry = TRY(merge(header, preamble, global));
  path = entry.path;
  TRY(begin_data(header, block, preamble, entry));
  size = entry.size;
  extent = 0;
  extent_read = 0;
  position = 0;
  return entry;
}

Result<std::optional<TarEntry>> TarReader::State::next_entry() {
  TRY(input.skip(unread + padding));
  unread = padding = size = 0;
  extents.clear();
  path.clear();
  Preamble preamble;
  for (;;) {
    header_offset = input.offset();
    const auto block = TRY(input.next_block());
    const bool end = block ? TRY(is_end(*block)) : true;
    if (end && preamble.any) return Failure(ErrorKind::kCorrupt, "the archive ends after an extended header");
    if (end) return std::optional<TarEntry>();
    const TarHeader header = TRY(parse_tar_header(*block));
    path = header.path;
    const bool taken = TRY(take_preamble(header, preamble));
    if (!taken) return std::optional(TRY(begin_entry(header, *block, preamble)));
  }
}

TarReader::TarReader(ByteSource& source) : state_(std::make_unique<State>(source)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

Result<std::optional<TarEntry>> TarReader::next() {
  auto entry = state_->next_entry();
  if (!entry.ok()) return state_->located(std::move(entry).error());
  return entry;
}

// Some of the current extent's bytes, which must not be all read.
Result<ByteView> TarReader::State::take_data(uint64_t limit) {
  auto bytes = input.next_bytes(std::min(limit, extents[extent].size - extent_read));
  if (!bytes.ok()) return located(std::move(bytes).error());
  unread -= bytes->size();
  extent_read += bytes->size();
  return bytes;
}

Result<std::optional<TarChunk>> TarReader::next_chunk() {
  State& state = *state_;
  if (state.extent < state.extents.size() && state.extent_read == state.extents[state.extent].size) {
    ++state.extent;
    state.extent_read = 0;
  }
  if (state.extent == state.extents.size()) return std::optional<TarChunk>();
  const uint64_t offset = state.extents[state.extent].offset + state.extent_read;
  const ByteView bytes = TRY(state.take_data(std::numeric_limits<uint64_t>::max()));
  return std::optional(TarChunk{offset, bytes});
}

Result<size_t> TarReader::read(std::span<std::byte> buffer) {
  State& state = *state_;
  if (state.extent < state.extents.size() && state.extent_read == state.extents[state.extent].size) {
    ++state.extent;
    state.extent_read = 0;
  }
  const bool last = state.extent == state.extents.size();
  const uint64_t data = last ? state.size : state.extents[state.extent].offset + state.extent_read;
  size_t count = 0;
  if (state.position < data) {
    count = static_cast<size_t>(std::min<uint64_t>(buffer.size(), data - state.position));
    std::fill_n(buffer.begin(), count, std::byte{0});
  } else if (!last && !buffer.empty()) {
    const ByteView bytes = TRY(state.take_data(buffer.size()));
    count = bytes.size();
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
  }
  state.position += count;
  return count;
}

}  // namespace tare::codec
