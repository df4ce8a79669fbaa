// Sums and quotients, and the count of round trips: what a client must wait for before it can go on.
#include "engine/plan.h"

#include <algorithm>
#include <cmath>

namespace tare::engine {
namespace {

using Unit = ResourceRow::Unit;

// A product of decimal fractions may miss a whole number by its last bit: 4 × 0.1 of 0.4 cores must fit.
uint64_t whole(double quotient) { return static_cast<uint64_t>(std::floor(quotient * (1 + 1e-12))); }

ResourceRow make_row(std::string name, Unit unit, double each, uint64_t count, double machine) {
  ResourceRow row{std::move(name), unit, each, each * static_cast<double>(count), machine, {}, {}};
  if (machine > 0) row.percent = 100 * row.total / machine;
  if (machine > 0 && each > 0) row.largest = whole(machine / each);
  return row;
}

unsigned rounded_up(unsigned dividend, unsigned divisor) { return (dividend + divisor - 1) / divisor; }

// Windows of 10, 20, 40… segments, one for each round trip, until a window fills this connection's part of the link,
// or the blobs are through before that.
unsigned ramp_trips(const Transfer& transfer, unsigned connections) {
  constexpr double kFirstWindow = 10 * 1460;
  double in_flight = transfer.rate * transfer.latency;
  double useful = std::min(in_flight, static_cast<double>(transfer.size)) / connections;
  if (useful <= kFirstWindow) return 0;
  return static_cast<unsigned>(std::ceil(std::log2(useful / kFirstWindow)));
}

Difference make_difference(std::string name, Unit unit, double predicted, double measured) {
  Difference difference{std::move(name), unit, predicted, measured, {}};
  if (predicted > 0) difference.percent = 100 * (measured - predicted) / predicted;
  return difference;
}

}  // namespace

Plan make_plan(const Allocation& each, uint64_t count, const MachineFacts& machine) {
  Plan plan{.count = count};
  plan.rows = {
      make_row("cpu", Unit::kCores, each.cores, count, machine.cores),
      make_row("memory", Unit::kBytes, static_cast<double>(each.memory), count, static_cast<double>(machine.memory)),
      make_row("log disk", Unit::kBytes, static_cast<double>(each.log_space), count, static_cast<double>(machine.disk)),
      make_row("log rate", Unit::kBytesPerSecond, each.log_bytes_per_second, count, 0),
      make_row("log lines", Unit::kPerSecond, each.log_lines_per_second, count, 0),
  };
  std::erase_if(plan.rows, [](const ResourceRow& row) { return row.each <= 0; });
  for (const auto& row : plan.rows) {
    if (!row.largest || (plan.largest && *plan.largest <= *row.largest)) continue;
    plan.largest = row.largest;
    plan.binding = row.name;
  }
  return plan;
}

TransferPlan plan_transfer(const Transfer& transfer) {
  const unsigned handshake = transfer.tls ? 2 : 1;
  const unsigned blobs = transfer.layers + 1;  // and the configuration
  const unsigned connections = std::max(1u, std::min(transfer.parallel, blobs));

  TransferPlan plan;
  plan.trips.connect = handshake;
  if (transfer.token) plan.trips.token = 1 + handshake + 1;
  plan.trips.manifests = transfer.index ? 2 : 1;
  // The connections beside the first are made at the same time, while the first already asks.
  plan.trips.blobs = rounded_up(blobs, connections) * (transfer.redirect ? 2 : 1);
  if (connections > 1 || transfer.redirect) plan.trips.blobs += handshake;
  plan.trips.ramp = ramp_trips(transfer, connections);
  if (transfer.rate > 0) plan.transmission = static_cast<double>(transfer.size) / transfer.rate;
  plan.waiting = transfer.latency * plan.trips.total();
  return plan;
}

Allocation mean_usage(const std::vector<UsageSample>& samples) {
  Allocation mean;
  if (samples.empty()) return mean;
  const auto count = static_cast<double>(samples.size());
  double memory = 0;
  for (const auto& sample : samples) {
    mean.cores += sample.cores / count;
    memory += static_cast<double>(sample.memory) / count;
    mean.log_bytes_per_second += sample.log_bytes_per_second / count;
    mean.log_lines_per_second += sample.log_lines_per_second / count;
  }
  mean.memory = static_cast<uint64_t>(std::llround(memory));
  return mean;
}

std::vector<Difference> compare_with_usage(const Allocation& each, const std::vector<UsageSample>& samples) {
  const auto count = static_cast<double>(samples.size());
  UsageSample sum;
  for (const auto& sample : samples) {
    sum.cores += sample.cores;
    sum.memory += sample.memory;
    sum.log_bytes_per_second += sample.log_bytes_per_second;
    sum.log_lines_per_second += sample.log_lines_per_second;
  }
  return {
      make_difference("cpu", Unit::kCores, each.cores * count, sum.cores),
      make_difference("memory", Unit::kBytes, static_cast<double>(each.memory) * count,
                      static_cast<double>(sum.memory)),
      make_difference("log rate", Unit::kBytesPerSecond, each.log_bytes_per_second * count, sum.log_bytes_per_second),
      make_difference("log lines", Unit::kPerSecond, each.log_lines_per_second * count, sum.log_lines_per_second),
  };
}

}  // namespace tare::engine
