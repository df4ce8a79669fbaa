// Pagination of sorted names by "n" and "last" (OCI distribution specification, "Listing Tags").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::registry {

struct Page {
  std::vector<std::string> names;
  bool more = false;  // behind the last name; false for a page that was asked to be empty
};

// kInvalidArgument for what is no number.
Result<std::optional<size_t>> parse_page_size(std::optional<std::string_view> n);
// Up to `count` of the sorted names behind `last`; all of them without a count.
Page select_page(std::vector<std::string> names, std::optional<size_t> count, std::string_view last);

}  // namespace tare::registry
