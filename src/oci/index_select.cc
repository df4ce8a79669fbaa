// Which manifest of an index a machine runs. Variants are generations: a v7 runs what was built for v6, not v8.
#include <algorithm>

#include "oci/manifest.h"

namespace tare::oci {
namespace {

Platform normalized(const Platform& platform) {
  auto parsed = Platform::parse(platform.string());
  return parsed.ok() ? std::move(parsed).value() : platform;
}

int generation(const std::string& variant) {
  const auto number = parse_unsigned(std::string_view(variant).substr(variant.starts_with('v') ? 1 : 0));
  return number && *number < 100 ? static_cast<int>(*number) : 0;
}

enum Rank { kUnfit = -1, kAnyPlatform = 0, kOtherVariant = 1, kOlderVariant = 2, kExact = 1000 };

// The higher the better.
int rank(const Platform& wanted, const Descriptor& candidate) {
  if (!candidate.platform) return kAnyPlatform;
  const Platform offered = normalized(*candidate.platform);
  if (offered.os != wanted.os || offered.architecture != wanted.architecture) return kUnfit;
  if (offered.variant == wanted.variant) return kExact;
  const int have = generation(wanted.variant);
  const int needs = generation(offered.variant);
  if (have == 0 && wanted.architecture != "amd64") return kOtherVariant;
  return needs <= have ? kOlderVariant + needs : kUnfit;
}

std::string offers(const std::vector<Descriptor>& manifests) {
  std::vector<std::string> names;
  for (const Descriptor& manifest : manifests) {
    // Builders attach attestations as manifests for "unknown/unknown".
    if (manifest.platform && manifest.platform->os != "unknown") names.push_back(manifest.platform->string());
  }
  return names.empty() ? "it has none" : "it has " + join(names, ", ");
}

}  // namespace

Result<Descriptor> Index::select(const Platform& platform) const {
  const Platform wanted = normalized(platform);
  const Descriptor* best = nullptr;
  int best_rank = kUnfit;
  for (const Descriptor& manifest : manifests) {
    const int this_rank = rank(wanted, manifest);
    if (this_rank <= best_rank) continue;
    best = &manifest;
    best_rank = this_rank;
  }
  if (best) return *best;
  return Failure(ErrorKind::kNotFound, "no matching manifest for {} in the manifest list entries: {}",
                 platform.string(), offers(manifests));
}

}  // namespace tare::oci
