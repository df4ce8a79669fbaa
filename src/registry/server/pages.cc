#include "registry/server/pages.h"

#include <algorithm>

#include "base/text.h"

namespace tare::registry {

Result<std::optional<size_t>> parse_page_size(std::optional<std::string_view> n) {
  if (!n) return std::optional<size_t>();
  const auto count = parse_unsigned(*n);
  if (!count) return Failure(ErrorKind::kInvalidArgument, "n={}: is no number", *n);
  return std::optional<size_t>(*count);
}

Page select_page(std::vector<std::string> names, std::optional<size_t> count, std::string_view last) {
  if (!last.empty()) names.erase(names.begin(), std::upper_bound(names.begin(), names.end(), last));
  const size_t taken = std::min(count.value_or(names.size()), names.size());
  Page page{.more = taken > 0 && taken < names.size()};
  page.names.assign(std::make_move_iterator(names.begin()),
                    std::make_move_iterator(names.begin() + static_cast<std::ptrdiff_t>(taken)));
  return page;
}

}  // namespace tare::registry
