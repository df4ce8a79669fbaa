// The plan as tables for a terminal, and rates as people write them.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/plan.h"

namespace tare::engine {
namespace {

using Unit = ResourceRow::Unit;
using Cells = std::vector<std::string>;

// Up to `digits` decimals, without zeros at the end: 0.5, 12, 3.333.
std::string number(double value, int digits = 3) {
  auto text = formatted("{:.{}f}", value, digits);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string amount(double value, Unit unit) {
  auto bytes = static_cast<unsigned long long>(std::llround(std::max(value, 0.0)));
  switch (unit) {
    case Unit::kCores:
      return number(value) + (value == 1 ? " core" : " cores");
    case Unit::kBytes:
      return format_binary_size(bytes);
    case Unit::kBytesPerSecond:
      return format_decimal_size(bytes) + "/s";
    case Unit::kPerSecond:
      return number(value, 1) + "/s";
  }
  return {};
}

std::string seconds(double value) { return value < 1 ? number(value * 1000, 1) + "ms" : number(value, 2) + "s"; }

// Columns as wide as their widest cell, three blanks apart, as the other tables of the command line.
std::string table(const std::vector<Cells>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) text += formatted("{:<{}}   ", row[i], widths[i]);
    text += row.back() + "\n";
  }
  return text;
}

Cells cells_of(const ResourceRow& row) {
  return {row.name,
          amount(row.each, row.unit),
          amount(row.total, row.unit),
          row.machine > 0 ? amount(row.machine, row.unit) : "-",
          row.percent ? number(*row.percent, 1) + "%" : "-",
          row.largest ? formatted("{}", *row.largest) : "-"};
}

std::string verdict(const Plan& plan) {
  if (!plan.largest) return formatted("Nothing of this limits the number of containers on this machine.\n");
  return formatted("{} {} on this machine; the largest number that fits is {} ({} is the limit).\n", plan.count,
                   plan.fits() ? (plan.count == 1 ? "fits" : "fit") : (plan.count == 1 ? "does not fit" : "do not fit"),
                   *plan.largest, plan.binding);
}

struct RateUnit {
  std::string_view name;
  double bytes;
};
constexpr std::array<RateUnit, 12> kRateUnits = {{{"bit", 0.125},
                                                  {"kbit", 125},
                                                  {"mbit", 125e3},
                                                  {"gbit", 125e6},
                                                  {"b/s", 1},
                                                  {"kb/s", 1e3},
                                                  {"mb/s", 1e6},
                                                  {"gb/s", 1e9},
                                                  {"kib/s", 1024},
                                                  {"mib/s", 1048576},
                                                  {"gib/s", 1073741824},
                                                  {"", 1}}};

}  // namespace

Result<double> parse_rate(std::string_view text) {
  auto lower = to_lower(text);
  double value = 0;
  auto [end, failure] = std::from_chars(lower.data(), lower.data() + lower.size(), value, std::chars_format::fixed);
  auto unit = trim(std::string_view(lower).substr(static_cast<size_t>(end - lower.data())));
  if (failure == std::errc() && value > 0 && std::isfinite(value)) {
    for (const auto& candidate : kRateUnits) {
      if (candidate.name == unit) return value * candidate.bytes;
    }
  }
  return Failure(ErrorKind::kInvalidArgument, "invalid rate: {}", text)
      .with_hint("write it as 100mbit, 1gbit, 10MB/s or 10MiB/s");
}

std::string render_plan(const Plan& plan) {
  std::vector<Cells> rows = {{"RESOURCE", "EACH", formatted("x {}", plan.count), "MACHINE", "SHARE", "LARGEST NUMBER"}};
  for (const auto& row : plan.rows) rows.push_back(cells_of(row));
  return table(rows) + verdict(plan);
}

std::string render_transfer(const Transfer& transfer, const TransferPlan& plan) {
  const auto& trips = plan.trips;
  auto because = formatted("{} connect, {} token, {} manifests, {} blobs, {} slow start", trips.connect, trips.token,
                           trips.manifests, trips.blobs, trips.ramp);
  return table(
      {{"TRANSFER", "TIME", "BECAUSE"},
       {"size / rate", seconds(plan.transmission),
        formatted("{} at {}", format_decimal_size(transfer.size), amount(transfer.rate, Unit::kBytesPerSecond))},
       {"latency x round trips", seconds(plan.waiting),
        formatted("{} x {} ({})", seconds(transfer.latency), trips.total(), because)},
       {"total", seconds(plan.total()), ""}});
}

std::string render_differences(const std::vector<Difference>& differences) {
  std::vector<Cells> rows = {{"RESOURCE", "PREDICTED", "MEASURED", "DIFFERENCE"}};
  for (const auto& row : differences) {
    rows.push_back({row.name, amount(row.predicted, row.unit), amount(row.measured, row.unit),
                    row.percent ? formatted("{:+.1f}%", *row.percent) : "-"});
  }
  return table(rows);
}

}  // namespace tare::engine
