// Descriptors and platforms in JSON, for the documents that contain them. Included by *_json.cc files only.
#pragma once

#include "codec/json.h"
#include "oci/descriptor.h"

namespace tare::oci {

Result<Digest> read_digest(const codec::JsonReader& object, std::string_view key);
Result<Descriptor> read_descriptor(const codec::JsonReader& object);
codec::Json write_descriptor(const Descriptor& descriptor);

}  // namespace tare::oci
