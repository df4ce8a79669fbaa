#include "engine/plan.h"

#include <gtest/gtest.h>

namespace tare::engine {
namespace {

constexpr uint64_t kMiB = 1 << 20, kGiB = 1 << 30;
constexpr MachineFacts kMachine{.cores = 2, .memory = 8 * kGiB, .disk = 100 * kGiB};

const ResourceRow* find(const Plan& plan, std::string_view name) {
  for (const auto& row : plan.rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

TEST(Plan, MultipliesAndFindsTheLargestNumber) {
  auto plan = make_plan({.cores = 0.5, .memory = 64 * kMiB, .log_bytes_per_second = 1000}, 3, kMachine);
  EXPECT_DOUBLE_EQ(find(plan, "cpu")->total, 1.5);
  EXPECT_DOUBLE_EQ(*find(plan, "cpu")->percent, 75);
  EXPECT_EQ(*find(plan, "cpu")->largest, 4u);
  EXPECT_DOUBLE_EQ(find(plan, "memory")->total, 192.0 * kMiB);
  EXPECT_EQ(*find(plan, "memory")->largest, 128u);
  EXPECT_DOUBLE_EQ(find(plan, "log rate")->total, 3000);
  EXPECT_FALSE(find(plan, "log rate")->largest);
  EXPECT_EQ(*plan.largest, 4u);
  EXPECT_EQ(plan.binding, "cpu");
  EXPECT_TRUE(plan.fits());
}

TEST(Plan, SaysWhenItDoesNotFit) {
  auto plan = make_plan({.cores = 0.001, .memory = 3 * kGiB}, 3, kMachine);
  EXPECT_EQ(*plan.largest, 2u);
  EXPECT_EQ(plan.binding, "memory");
  EXPECT_FALSE(plan.fits());
}

TEST(Plan, TheLogsOfAllMayFillTheDisk) {
  auto plan = make_plan({.log_space = 40 * kGiB}, 1, kMachine);
  EXPECT_EQ(*plan.largest, 2u);
  EXPECT_EQ(plan.binding, "log disk");
}

TEST(Plan, WhatIsNotLimitedDoesNotCount) {
  auto plan = make_plan({}, 1000000, kMachine);
  EXPECT_TRUE(plan.rows.empty());
  EXPECT_FALSE(plan.largest);
  EXPECT_TRUE(plan.fits());
  EXPECT_FALSE(make_plan({.cores = 1}, 5, {}).largest);
}

TEST(Plan, DecimalFractionsDoNotLoseAContainer) {
  EXPECT_EQ(*make_plan({.cores = 0.1}, 1, {.cores = 0.3}).largest, 3u);
  EXPECT_EQ(*make_plan({.cores = 0.7}, 1, {.cores = 2.1}).largest, 3u);
  EXPECT_EQ(*make_plan({.cores = 0.71}, 1, {.cores = 2.1}).largest, 2u);
}

TEST(TransferPlan, CountsRoundTrips) {
  // Plain HTTP, one small layer, one connection: connect, manifest, and the two blobs one after the other.
  auto plain = plan_transfer({.size = 1000,
                              .layers = 1,
                              .rate = 1e6,
                              .latency = 0.1,
                              .parallel = 1,
                              .tls = false,
                              .token = false,
                              .index = false});
  EXPECT_EQ(plain.trips.total(), 1u + 1u + 2u);
  EXPECT_DOUBLE_EQ(plain.transmission, 0.001);
  EXPECT_DOUBLE_EQ(plain.total(), 0.401);

  // The usual: TLS, a token, a list of platforms, 5 layers and the configuration by threes.
  auto usual = plan_transfer({.size = 1000, .layers = 5, .rate = 1e6, .latency = 0.1, .parallel = 3});
  EXPECT_EQ(usual.trips.connect, 2u);
  EXPECT_EQ(usual.trips.token, 4u);
  EXPECT_EQ(usual.trips.manifests, 2u);
  EXPECT_EQ(usual.trips.blobs, 2u + 2u);
  EXPECT_EQ(usual.trips.ramp, 0u);
}

TEST(TransferPlan, ALongFatLinkMustWarmUp) {
  Transfer transfer{.size = 1'000'000'000, .layers = 1, .rate = 125e6, .latency = 0.1, .parallel = 1};
  // 12.5 MB are under way at once, 856 first windows: ten doublings.
  EXPECT_EQ(plan_transfer(transfer).trips.ramp, 10u);
  transfer.latency = 0.0001;
  EXPECT_EQ(plan_transfer(transfer).trips.ramp, 0u);
}

TEST(TransferPlan, WithoutRateOrLatencyNothingIsDividedByZero) {
  auto plan = plan_transfer({.size = 1000, .layers = 0, .rate = 0, .latency = 0, .parallel = 0});
  EXPECT_DOUBLE_EQ(plan.total(), 0);
}

TEST(Usage, MeanAndDifference) {
  std::vector<UsageSample> samples = {{"a", 0.4, 10 * kMiB, 100, 1}, {"b", 0.6, 30 * kMiB, 300, 3}};
  auto mean = mean_usage(samples);
  EXPECT_DOUBLE_EQ(mean.cores, 0.5);
  EXPECT_EQ(mean.memory, 20 * kMiB);
  EXPECT_DOUBLE_EQ(mean.log_lines_per_second, 2);
  for (const auto& difference : compare_with_usage(mean, samples)) {
    EXPECT_NEAR(*difference.percent, 0, 1e-9) << difference.name;
  }
  auto differences = compare_with_usage({.cores = 1, .memory = 10 * kMiB}, samples);
  EXPECT_DOUBLE_EQ(*differences[0].percent, -50);
  EXPECT_DOUBLE_EQ(*differences[1].percent, 100);
  EXPECT_FALSE(differences[2].percent);  // nothing was predicted
  EXPECT_EQ(mean_usage({}).memory, 0u);
}

TEST(Rate, ReadsBitsAndBytes) {
  EXPECT_DOUBLE_EQ(*parse_rate("100mbit"), 12.5e6);
  EXPECT_DOUBLE_EQ(*parse_rate("1 Gbit"), 125e6);
  EXPECT_DOUBLE_EQ(*parse_rate("1.5MB/s"), 1.5e6);
  EXPECT_DOUBLE_EQ(*parse_rate("2MiB/s"), 2.0 * kMiB);
  EXPECT_DOUBLE_EQ(*parse_rate("1000"), 1000);
  for (auto wrong : {"", "fast", "0", "-1mbit", "10m", "inf", "1e3"}) EXPECT_FALSE(parse_rate(wrong)) << wrong;
}

TEST(Render, Tables) {
  auto plan = make_plan({.cores = 0.5, .memory = 64 * kMiB, .log_bytes_per_second = 1500}, 5, kMachine);
  EXPECT_EQ(render_plan(plan),
            "RESOURCE   EACH        x 5         MACHINE   SHARE   LARGEST NUMBER\n"
            "cpu        0.5 cores   2.5 cores   2 cores   125%    4\n"
            "memory     64MiB       320MiB      8GiB      3.9%    128\n"
            "log rate   1.5kB/s     7.5kB/s     -         -       -\n"
            "5 do not fit on this machine; the largest number that fits is 4 (cpu is the limit).\n");
  Transfer transfer{.size = 100'000'000, .layers = 3, .rate = 12.5e6, .latency = 0.02};
  EXPECT_EQ(render_transfer(transfer, plan_transfer(transfer)),
            "TRANSFER                TIME    BECAUSE\n"
            "size / rate             8s      100MB at 12.5MB/s\n"
            "latency x round trips   300ms   20ms x 15 (2 connect, 4 token, 2 manifests, 4 blobs, 3 slow start)\n"
            "total                   8.3s    \n");
  EXPECT_EQ(render_differences(compare_with_usage({.cores = 1}, {{"a", 0.9, 0, 0, 0}})),
            "RESOURCE    PREDICTED   MEASURED    DIFFERENCE\n"
            "cpu         1 core      0.9 cores   -10.0%\n"
            "memory      0B          0B          -\n"
            "log rate    0B/s        0B/s        -\n"
            "log lines   0/s         0/s         -\n");
}

TEST(Render, Json) {
  auto text = render_plan_json(make_plan({.cores = 1}, 3, kMachine), plan_transfer({.size = 1, .rate = 1}), {});
  for (auto part : {"\"Count\": 3", "\"Fits\": false", "\"Largest\": 2", "\"Binding\": \"cpu\"", "\"RoundTrips\""}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

}  // namespace
}  // namespace tare::engine
