// Rows as `ps`, `images` and the others print them: an aligned table, a Go template per row, or JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tare::cmd {

// Field name (as --format sees it) and value.
using Row = std::vector<std::pair<std::string, std::string>>;

struct Column {
  std::string header;  // "CONTAINER ID"
  std::string field;   // "ID"
};

struct Table {
  std::vector<Column> columns;  // all that exist, for the headers of "table {{.X}}"
  size_t shown = 0;             // how many of them, from the left, without --format
  std::vector<Row> rows;
};

// `format`: empty, "table …", "json", or a template for each row.
Result<std::string> render_table(const Table& table, const std::string& format);

}  // namespace tare::cmd
