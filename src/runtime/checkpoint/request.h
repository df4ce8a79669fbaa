// The part of a request that checkpoint and restore have in common.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "oci/runtime_spec.h"
#include "runtime/checkpoint/checkpoint.h"
#include "runtime/checkpoint/wire.h"

namespace tare::runtime {

constexpr const char* kStreamsFile = "descriptors.json";

// criu opens the directories through our descriptors, so they stay open until it has answered.
struct CriuRequest {
  WireWriter options;
  std::string log;  // its path
  UniqueFd images;
  UniqueFd work;
};

enum class CriuDirectories { kMake, kExpect };
// Opens the directories and sets the common options.
Result<CriuRequest> begin_request(const CriuSettings& settings, const oci::RuntimeSpec& spec,
                                  const std::string& log_name, CriuDirectories directories);
void add_external_mount(WireWriter& options, const std::string& key, const std::string& value);
// Both are root's business only; `verb` is for the message.
Result<void> require_root(const char* verb);

}  // namespace tare::runtime
