// Rows of images and names, shared by tagging, finding and removing.
#pragma once

#include <optional>
#include <string>

#include "oci/reference.h"
#include "store/core.h"

namespace tare::store {

// As the name table has it: with a digest the tag is dropped, because Docker does not tag what is pulled by digest.
std::string name_of(const oci::ImageReference& reference);

// What read_record reads, in this order.
inline constexpr std::string_view kRecordColumns =
    "name.reference, image.manifest, image.media_type, image.manifest_size, image.config, image.created, image.size";
Result<ImageRecord> read_record(Statement& row);

// Makes the row of an image, whose blobs and layers must all be here.
Result<void> record_image(Core& core, const Store& store, const oci::Descriptor& manifest);

// What was written before now is on disk afterwards, and marked so.
Result<void> make_durable(Core& core, Database& database);

// One row that a name or an id leads to: the manifest's digest, and the name when it was one.
struct Resolved {
  std::string manifest;
  std::string reference;  // empty: by id
};
// kNotFound and ambiguous prefixes are errors in Docker's words.
Result<Resolved> resolve_image(Database& database, std::string_view name_or_id);

// Writes index.json anew, within the transaction that changed a name.
Result<void> write_index(Core& core, Database& database);

}  // namespace tare::store
