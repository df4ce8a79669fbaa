#include "codec/json.h"
#include "supervise/health.h"

namespace tare::supervise {

std::string Health::to_json() const {
  auto log = codec::Json::array();
  for (const auto& result : results_) {
    log.push_back({{"Start", format_rfc3339_nano(result.started)},
                   {"End", format_rfc3339_nano(result.ended)},
                   {"ExitCode", result.exit_code},
                   {"Output", result.output}});
  }
  return codec::dump_json({{"Status", std::string(status_)}, {"FailingStreak", failing_streak_}, {"Log", log}});
}

}  // namespace tare::supervise
