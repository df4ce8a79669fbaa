#include "cmd/tare/go_template.h"
#include "cmd/tare/table.h"
#include "codec/json.h"

namespace tare::cmd {
namespace {

using Cells = std::vector<std::string>;

// Characters, not bytes: a column with an ellipsis must not be shifted.
size_t display_width(const std::string& text) {
  size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return width;
}

// Docker's tabwriter: three blanks between columns, none after the last.
std::string align(const std::vector<Cells>& lines) {
  std::vector<size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (size_t at = 0; at < line.size(); ++at) widths[at] = std::max(widths[at], display_width(line[at]));
  }
  std::string text;
  for (const auto& line : lines) {
    for (size_t at = 0; at < line.size(); ++at) {
      text += line[at];
      if (at + 1 < line.size()) text += std::string(widths[at] + 3 - display_width(line[at]), ' ');
    }
    text += '\n';
  }
  return text;
}

std::string value_of(const Row& row, const std::string& field) {
  for (const auto& [name, value] : row) {
    if (name == field) return value;
  }
  return "";
}

std::string row_json(const Row& row) {
  codec::Json json = codec::Json::object();
  for (const auto& [name, value] : row) json[name] = value;
  return codec::dump_json(json);
}

std::string header_json(const Table& table) {
  codec::Json json = codec::Json::object();
  for (const auto& column : table.columns) json[column.field] = column.header;
  return codec::dump_json(json);
}

std::string default_table(const Table& table) {
  std::vector<Cells> lines(1);
  for (size_t at = 0; at < table.shown; ++at) lines[0].push_back(table.columns[at].header);
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (size_t at = 0; at < table.shown; ++at) line.push_back(value_of(row, table.columns[at].field));
  }
  return align(lines);
}

Result<std::string> template_table(const Table& table, const std::string& text) {
  const auto header = TRY(render_template(text, header_json(table)));
  std::vector<Cells> lines = {split(header, '\t')};
  for (const auto& row : table.rows) {
    const auto line = TRY(render_template(text, row_json(row)));
    lines.push_back(split(line, '\t'));
  }
  return align(lines);
}

// A shell passes "\t" and "\n" as they are typed.
std::string with_escapes(const std::string& format) {
  std::string text;
  for (size_t at = 0; at < format.size(); ++at) {
    const bool escape =
        format[at] == '\\' && at + 1 < format.size() && (format[at + 1] == 't' || format[at + 1] == 'n');
    if (escape)
      text += format[++at] == 't' ? '\t' : '\n';
    else
      text += format[at];
  }
  return text;
}

}  // namespace

Result<std::string> render_table(const Table& table, const std::string& format) {
  if (format.empty() || format == "table") return default_table(table);
  const auto text = with_escapes(format);
  if (text.starts_with("table ")) return template_table(table, text.substr(6));
  std::string out;
  for (const auto& row : table.rows) {
    out += format == "json" ? row_json(row) : TRY(render_template(text, row_json(row)));
    out += '\n';
  }
  return out;
}

}  // namespace tare::cmd
