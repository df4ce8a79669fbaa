// What `tare builder` asks of the cache; apart from the builder, so that a program that only asks does not carry it.
#include "build/build.h"
#include "build/cache/build_cache.h"

namespace tare::build {

Result<CacheUsage> cache_usage(store::Store& store) { return TRY(BuildCache::open(store))->usage(); }

Result<CacheUsage> prune_cache(store::Store& store, std::chrono::seconds unused_for) {
  return TRY(BuildCache::open(store))->prune(unused_for);
}

}  // namespace tare::build
