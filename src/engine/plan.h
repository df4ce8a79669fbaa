// The arithmetic of `tare plan`; pure. One container's allocation C and N containers give R = C × N of each resource,
// its share of this machine, and the largest N that fits; logs are collected at S = L × N; an image travels in
// size ÷ rate + latency × round trips.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tare::engine {

// What one container takes (C and L). 0: not limited, so it does not count.
struct Allocation {
  double cores = 0;
  uint64_t memory = 0;  // bytes
  double log_bytes_per_second = 0;
  double log_lines_per_second = 0;
  uint64_t log_space = 0;  // bytes that its log may keep on disk: file size × number of files
};

// What the machine has. 0: unknown, so it limits nothing.
struct MachineFacts {
  double cores = 0;
  uint64_t memory = 0;
  uint64_t disk = 0;  // free bytes where the logs are
};

// One row: R = C × N.
struct ResourceRow {
  enum class Unit { kCores, kBytes, kBytesPerSecond, kPerSecond };
  std::string name;  // "cpu", "memory", "log disk", "log rate", "log lines"
  Unit unit;
  double each = 0;
  double total = 0;
  double machine = 0;               // 0: not limited by this machine
  std::optional<double> percent;    // of the machine
  std::optional<uint64_t> largest;  // N that fits, by this resource alone
};

struct Plan {
  uint64_t count = 0;
  std::vector<ResourceRow> rows;
  std::optional<uint64_t> largest;  // N that fits; nothing when no resource limits it
  std::string binding;              // the resource that says so
  bool fits() const { return !largest || count <= *largest; }
};

Plan make_plan(const Allocation& each, uint64_t count, const MachineFacts& machine);

// A link and an image on it.
struct Transfer {
  uint64_t size = 0;  // bytes of all layers and the configuration
  unsigned layers = 1;
  double rate = 0;        // bytes per second
  double latency = 0;     // seconds, there and back
  unsigned parallel = 3;  // blobs at once
  bool tls = true;
  bool token = true;      // the registry sends the client to a token server first
  bool index = true;      // the name leads to a list of platforms
  bool redirect = false;  // blobs lie on another host
};

// Why each round trip is there.
struct RoundTrips {
  unsigned connect = 0;    // TCP, TLS 1.3
  unsigned token = 0;      // 401, connection to the token server, its answer
  unsigned manifests = 0;  // list of platforms, manifest
  unsigned blobs = 0;      // connections of the parallel downloads, then one request for each wave of blobs
  unsigned ramp = 0;       // TCP's slow start: windows double from 10 segments until they fill the link
  unsigned total() const { return connect + token + manifests + blobs + ramp; }
};

struct TransferPlan {
  RoundTrips trips;
  double transmission = 0;  // seconds: size ÷ rate
  double waiting = 0;       // seconds: latency × round trips
  double total() const { return transmission + waiting; }
};

TransferPlan plan_transfer(const Transfer& transfer);

// What one running container uses, over an interval.
struct UsageSample {
  std::string container;
  double cores = 0;
  uint64_t memory = 0;
  double log_bytes_per_second = 0;
  double log_lines_per_second = 0;
};

// C and L from what runs: the mean.
Allocation mean_usage(const std::vector<UsageSample>& samples);

// What was predicted for as many containers as were measured, and what they use together.
struct Difference {
  std::string name;
  ResourceRow::Unit unit;
  double predicted = 0;
  double measured = 0;
  std::optional<double> percent;  // (measured − predicted) ÷ predicted; nothing when nothing was predicted
};
std::vector<Difference> compare_with_usage(const Allocation& each, const std::vector<UsageSample>& samples);

// "100mbit", "1gbit" (decimal bits), "10MB/s", "1.5MiB/s" in bytes per second.
Result<double> parse_rate(std::string_view text);

// Tables with aligned columns, each line ended.
std::string render_plan(const Plan& plan);
std::string render_transfer(const Transfer& transfer, const TransferPlan& plan);
std::string render_differences(const std::vector<Difference>& differences);
// {"Count": …, "Resources": […], "Largest": …, "Binding": …, "Transfer": …, "Differences": …}, indented.
std::string render_plan_json(const Plan& plan, const std::optional<TransferPlan>& transfer,
                             const std::vector<Difference>& differences);

}  // namespace tare::engine
