#include "base/clock.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace tare {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

std::string format_seconds(TimePoint time) {
  // Not gmtime_r, which reads the time zone files first.
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = std::chrono::floor<seconds>(time - day).count();
  return formatted("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), second / 3600,
                   second / 60 % 60, second % 60);
}

// Reads fixed-width digits; leaves `text` after them.
std::optional<int> take_digits(std::string_view& text, size_t width) {
  if (text.size() < width) return std::nullopt;
  const auto value = parse_unsigned(text.substr(0, width));
  if (!value) return std::nullopt;
  text.remove_prefix(width);
  return static_cast<int>(*value);
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<nanoseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return nanoseconds(0);
  int64_t value = 0;
  int digits = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (digits < 9) value = value * 10 + (text[0] - '0'), ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 9; ++digits) value *= 10;
  return nanoseconds(value);
}

std::optional<seconds> take_offset(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return seconds(0);
  const bool west = text.starts_with('-');
  if (!take(text, '-') && !take(text, '+')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes) return std::nullopt;
  const seconds offset(*hours * 3600 + *minutes * 60);
  return west ? -offset : offset;
}

}  // namespace

TimePoint now() { return std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now()); }

std::string format_rfc3339_nano(TimePoint time) {
  const auto fraction = time - std::chrono::floor<seconds>(time);
  return formatted("{}.{:09}Z", format_seconds(time), fraction.count());
}

std::string format_rfc3339(TimePoint time) { return format_seconds(time) + "Z"; }

std::optional<TimePoint> parse_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const TimePoint midnight{std::chrono::sys_days(date)};
  if (text.empty()) return midnight;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  int second = 0;
  if (take(text, ':')) {
    const auto value = take_digits(text, 2);
    if (!value || *value > 60) return std::nullopt;
    second = *value;
  }
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return midnight + seconds(*hour * 3600 + *minute * 60 + second) + *fraction - *offset;
}

std::optional<nanoseconds> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  const bool negative = take(text, '-');
  if (text == "0") return nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    double factor = 0;
    for (const auto& [name, nanos] : kUnits) factor = name == unit ? nanos : factor;
    if (factor == 0) return std::nullopt;
    text.remove_prefix(unit.size());
    total += value * factor;
  }
  if (total > 9.2e18) return std::nullopt;
  return nanoseconds(static_cast<int64_t>(std::llround(negative ? -total : total)));
}

std::string format_human_duration(nanoseconds duration) {
  const auto count = std::chrono::duration_cast<seconds>(duration).count();
  const auto minutes = count / 60;
  const auto hours = static_cast<int64_t>(std::llround(static_cast<double>(count) / 3600));
  if (count < 1) return "Less than a second";
  if (count == 1) return "1 second";
  if (count < 60) return formatted("{} seconds", count);
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return formatted("{} minutes", minutes);
  if (hours == 1) return "About an hour";
  if (hours < 48) return formatted("{} hours", hours);
  if (hours < 24 * 7 * 2) return formatted("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return formatted("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return formatted("{} months", hours / 24 / 30);
  return formatted("{} years", hours / 24 / 365);
}

}  // namespace tare
