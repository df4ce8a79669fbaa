// The tables of the store. tare.db also holds tables of the engine, which it makes by itself (CREATE TABLE IF NOT
// EXISTS); `user_version` is the store's.
#pragma once

#include <string>

#include "base/result.h"
#include "store/database.h"

namespace tare::store {

// Opens ROOT/tare.db. A store that exists costs two reads; directories, oci-layout and tables are made when they are
// missing. kUnsupported when a newer version of this program made it.
Result<Database> open_store_database(const std::string& root);

}  // namespace tare::store
