// The plan for programs: numbers in base units, absent where nothing is known.
#include "codec/json.h"
#include "engine/plan.h"

namespace tare::engine {
namespace {

using codec::Json;

std::string_view unit_name(ResourceRow::Unit unit) {
  switch (unit) {
    case ResourceRow::Unit::kCores:
      return "cores";
    case ResourceRow::Unit::kBytes:
      return "bytes";
    case ResourceRow::Unit::kBytesPerSecond:
      return "bytes/s";
    case ResourceRow::Unit::kPerSecond:
      return "1/s";
  }
  return "";
}

template <typename T>
void add_if_known(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}

Json json_of(const ResourceRow& row) {
  Json object = {{"Name", row.name}, {"Unit", unit_name(row.unit)}, {"Each", row.each}, {"Total", row.total}};
  if (row.machine > 0) object["Machine"] = row.machine;
  add_if_known(object, "Percent", row.percent);
  add_if_known(object, "Largest", row.largest);
  return object;
}

Json json_of(const TransferPlan& plan) {
  const auto& trips = plan.trips;
  return {{"Seconds", plan.total()},
          {"TransmissionSeconds", plan.transmission},
          {"WaitingSeconds", plan.waiting},
          {"RoundTrips",
           {{"Total", trips.total()},
            {"Connect", trips.connect},
            {"Token", trips.token},
            {"Manifests", trips.manifests},
            {"Blobs", trips.blobs},
            {"SlowStart", trips.ramp}}}};
}

Json json_of(const Difference& difference) {
  Json object = {{"Name", difference.name},
                 {"Unit", unit_name(difference.unit)},
                 {"Predicted", difference.predicted},
                 {"Measured", difference.measured}};
  add_if_known(object, "Percent", difference.percent);
  return object;
}

}  // namespace

std::string render_plan_json(const Plan& plan, const std::optional<TransferPlan>& transfer,
                             const std::vector<Difference>& differences) {
  Json document = {{"Count", plan.count}, {"Fits", plan.fits()}, {"Resources", Json::array()}};
  for (const auto& row : plan.rows) document["Resources"].push_back(json_of(row));
  add_if_known(document, "Largest", plan.largest);
  if (!plan.binding.empty()) document["Binding"] = plan.binding;
  if (transfer) document["Transfer"] = json_of(*transfer);
  for (const auto& difference : differences) document["Differences"].push_back(json_of(difference));
  return codec::dump_json_indented(document, 4);
}

}  // namespace tare::engine
