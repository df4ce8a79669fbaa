// Looking up images: on the start path of every container, so one query gives all that is needed, manifest and
// configuration included; no file is opened.
#include "store/images.h"

namespace tare::store {
namespace {

constexpr size_t kFullId = 64;

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error no_such_image(std::string_view name) {
  return Failure(ErrorKind::kNotFound, "No such image: {}", name)
      .with_hint(formatted("`tare images` lists what is here; `tare pull {}` fetches it", name));
}

std::string escape_like(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// name@digest: the reference that was pulled by digest, or any name of that repository that points there.
Result<std::optional<Resolved>> find_by_digest(Database& database, const oci::ImageReference& reference) {
  auto statement = TRY(
      database.prepare("SELECT manifest, reference FROM name WHERE manifest = ? AND (reference LIKE ? ESCAPE '\\' OR "
                       "reference LIKE ? ESCAPE '\\') LIMIT 1"));
  const std::string repository = escape_like(formatted("{}/{}", reference.registry(), reference.repository()));
  statement.bind(reference.digest()->string()).bind(repository + ":%").bind(repository + "@%");
  if (!TRY(statement.step())) return std::optional<Resolved>();
  return std::optional(Resolved{.manifest = statement.text(0), .reference = statement.text(1)});
}

Result<std::optional<Resolved>> find_by_name(Database& database, std::string_view name) {
  const auto reference = oci::ImageReference::parse(name);
  if (!reference.ok()) return std::optional<Resolved>();
  auto statement = TRY(database.prepare("SELECT manifest, reference FROM name WHERE reference = ?"));
  if (TRY(statement.bind(name_of(*reference)).step())) {
    return std::optional(Resolved{.manifest = statement.text(0), .reference = statement.text(1)});
  }
  if (reference->digest()) return find_by_digest(database, *reference);
  return std::optional<Resolved>();
}

// Several manifests may have one configuration (the same image compressed twice): any of them will do, a named one
// first. Two configurations are ambiguous.
Result<std::optional<Resolved>> find_by_id(Database& database, std::string_view id) {
  auto statement = TRY(database.prepare(
      "SELECT manifest, config, EXISTS(SELECT 1 FROM name WHERE name.manifest = image.manifest) AS named FROM image "
      "WHERE config >= ? AND config < ? ORDER BY config, named DESC"));
  const std::string first = formatted("sha256:{}", id);
  std::optional<Resolved> found;
  std::string config;
  statement.bind(first).bind(first + "g");  // above every further hexadecimal digit
  while (TRY(statement.step())) {
    if (!found) {
      found = Resolved{.manifest = statement.text(0)};
      config = statement.text(1);
    } else if (statement.text(1) != config) {
      return Failure(ErrorKind::kInvalidArgument, "the id {} is ambiguous: more than one image begins so", id)
          .with_hint("give more digits");
    }
  }
  return found;
}

Result<std::optional<Resolved>> find_by_id_like(Database& database, std::string_view text) {
  const bool prefixed = text.starts_with("sha256:");
  const std::string_view id = prefixed ? text.substr(7) : text;
  if (!is_hexadecimal(id) || id.size() > kFullId) return std::optional<Resolved>();
  return find_by_id(database, id);
}

}  // namespace

// Docker's order: a full id, a name, the beginning of an id.
Result<Resolved> resolve_image(Database& database, std::string_view name_or_id) {
  const bool is_full_id =
      name_or_id.starts_with("sha256:") || (name_or_id.size() == kFullId && is_hexadecimal(name_or_id));
  if (!is_full_id) {
    if (auto named = TRY(find_by_name(database, name_or_id))) return std::move(*named);
  }
  if (auto found = TRY(find_by_id_like(database, name_or_id))) return std::move(*found);
  return no_such_image(name_or_id);
}

Result<Image> Store::find_image(std::string_view name_or_id) const {
  auto database = TRY(state_->core->connect());
  const auto resolved = TRY(resolve_image(*database, name_or_id));
  const auto digest = TRY(oci::Digest::parse(resolved.manifest));
  TRY(state_->core->claim_if_leased(digest));
  auto statement = TRY(database->prepare(
      formatted("SELECT {}, image.manifest_json, image.config_json FROM image LEFT JOIN name ON "
                "name.manifest = image.manifest AND (name.reference = ? OR ? = '') WHERE image.manifest = ?",
                kRecordColumns)));
  if (!TRY(statement.bind(resolved.reference).bind(resolved.reference).bind(resolved.manifest).step())) {
    return no_such_image(name_or_id);
  }
  auto record = TRY(read_record(statement));
  auto manifest = TRY(oci::Manifest::parse(statement.text(7)));
  auto config = TRY(oci::ImageConfig::parse(statement.text(8)));
  return Image{.record = std::move(record), .manifest = std::move(manifest), .config = std::move(config)};
}

Result<std::vector<ImageRecord>> Store::list_images() const {
  auto database = TRY(state_->core->connect());
  auto statement =
      TRY(database->prepare(formatted("SELECT {} FROM image LEFT JOIN name ON name.manifest = image.manifest "
                                      "ORDER BY image.created DESC, name.reference",
                                      kRecordColumns)));
  std::vector<ImageRecord> records;
  while (TRY(statement.step())) records.push_back(TRY(read_record(statement)));
  return records;
}

}  // namespace tare::store
