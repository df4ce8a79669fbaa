#include <iostream>

#include "api/docker/shapes.h"
#include "base/log.h"
#include "cmd/tare/arguments.h"
#include "cmd/tare/filter.h"
#include "cmd/tare/images.h"
#include "cmd/tare/session.h"
#include "cmd/tare/table.h"
#include "codec/json.h"

namespace tare::cmd {
namespace {

struct ImagesOptions {
  bool quiet = false;
  bool no_trunc = false;
  bool digests = false;
  std::string format;
  std::vector<std::string> filters;
  std::vector<std::string> names;
};

Result<ImagesOptions> parse_images_options(const Words& words) {
  ImagesOptions options;
  bool all = false;
  Arguments arguments("tare images [OPTIONS] [REPOSITORY[:TAG]]", "List images");
  arguments.flag("-a,--all", all, "As without: there are no intermediate images");
  arguments.flag("-q,--quiet", options.quiet, "Only ids");
  arguments.flag("--no-trunc", options.no_trunc, "Do not shorten");
  arguments.flag("--digests", options.digests, "Show digests");
  arguments.text("--format", options.format, "json, or a Go template");
  arguments.list("-f,--filter", options.filters, "dangling, reference");
  options.names = TRY(arguments.parse(words, {.at_most = 1}));
  return options;
}

struct Name {
  std::string repository = "<none>";
  std::string tag = "<none>";
};

Name name_of(const store::ImageRecord& record) {
  const auto reference = oci::ImageReference::parse(record.reference);
  if (record.reference.empty() || !reference.ok()) return {};
  return {reference->familiar_name(), reference->tag().value_or("<none>")};
}

std::string age(const std::string& created, TimePoint time) {
  const auto then = parse_rfc3339(created);
  return then ? format_human_duration(time - *then) + " ago" : "N/A";
}

Row row_of(const store::ImageRecord& record, const ImagesOptions& options, TimePoint time) {
  const auto name = name_of(record);
  return {{"Repository", name.repository},
          {"Tag", name.tag},
          {"Digest", record.manifest.digest.string()},
          {"ID", options.no_trunc ? record.config_digest.string() : record.config_digest.short_id()},
          {"CreatedSince", age(record.created, time)},
          {"Size", format_decimal_size(record.size)},
          {"CreatedAt", record.created}};
}

// "repository", "repository:tag", as the user typed them in either spelling.
bool matches(const store::ImageRecord& record, const std::string& wanted) {
  const auto name = name_of(record);
  if (wanted == name.repository || wanted == name.repository + ":" + name.tag) return true;
  const auto reference = oci::ImageReference::parse(wanted);
  if (!reference.ok()) return false;
  const bool tagged =
      wanted.rfind(':') != std::string::npos && wanted.find('/', wanted.rfind(':')) == std::string::npos;
  return reference->familiar_name() == name.repository && (!tagged || reference->tag() == name.tag);
}

Table empty_table(const ImagesOptions& options) {
  Table table{.columns = {{"REPOSITORY", "Repository"}, {"TAG", "Tag"}}, .shown = 5, .rows = {}};
  if (options.digests) table.columns.push_back({"DIGEST", "Digest"});
  table.columns.push_back({"IMAGE ID", "ID"});
  table.columns.push_back({"CREATED", "CreatedSince"});
  table.columns.push_back({"SIZE", "Size"});
  table.shown = table.columns.size();
  table.columns.push_back({"CREATED AT", "CreatedAt"});
  table.columns.push_back({"DIGEST", "Digest"});
  return table;
}

bool allowed(const store::ImageRecord& record, const ImagesOptions& options, const Filters& filters) {
  const bool dangling = record.reference.empty();
  return (options.names.empty() || matches(record, options.names[0])) &&
         filters.allow("dangling", [&](const std::string& value) { return (value == "true") == dangling; }) &&
         filters.allow("reference", [&](const std::string& value) { return matches(record, value); });
}

Result<void> remove_image(engine::Engine& engine, const std::string& name, bool force) {
  const auto removal = TRY(engine.store().remove_image(name, force));
  for (const auto& reference : removal.untagged) {
    const auto parsed = oci::ImageReference::parse(reference);
    std::cout << "Untagged: " << (parsed.ok() ? parsed->familiar() : reference) << "\n";
  }
  for (const auto& digest : removal.deleted) std::cout << "Deleted: " << digest.string() << "\n";
  return {};
}

}  // namespace

Result<int> list_images_command(const Words& words) {
  const auto options = TRY(parse_images_options(words));
  const auto filters = TRY(Filters::parse(options.filters, {"dangling", "reference"}));
  auto engine = TRY(open_engine());
  auto table = empty_table(options);
  const auto time = now();
  const auto images = TRY(engine.store().list_images());
  for (const auto& record : images) {
    if (allowed(record, options, filters)) table.rows.push_back(row_of(record, options, time));
  }
  std::cout << TRY(render_table(table, options.quiet ? "{{.ID}}" : options.format));
  return 0;
}

Result<int> remove_images_command(const Words& words) {
  bool force = false;
  Arguments arguments("tare rmi [OPTIONS] IMAGE [IMAGE...]", "Remove one or more images");
  arguments.flag("-f,--force", force, "Remove it even when it has several names");
  arguments.refused("--no-prune");
  const auto names = TRY(arguments.parse(words, {.at_least = 1}));
  auto engine = TRY(open_engine());
  int code = 0;
  for (const auto& name : names) {
    const auto removed = remove_image(engine, name, force);
    if (removed.ok()) continue;
    print_error(removed.error());
    code = 1;
  }
  return code;
}

Result<int> tag_command(const Words& words) {
  Arguments arguments("tare tag IMAGE NAME[:TAG]", "Give an image one more name");
  const auto names = TRY(arguments.parse(words, {.at_least = 2, .at_most = 2}));
  auto engine = TRY(open_engine());
  const auto reference = TRY(oci::ImageReference::parse(names[1]));
  if (reference.digest()) return Failure(ErrorKind::kInvalidArgument, "a new name cannot have a digest: {}", names[1]);
  const auto image = TRY(engine.store().find_image(names[0]));
  TRY(engine.store().tag(reference, image.record.manifest));
  return 0;
}

Result<int> history_command(const Words& words) {
  std::string format;
  bool quiet = false;
  bool no_trunc = false;
  Arguments arguments("tare history [OPTIONS] IMAGE", "Show the history of an image");
  arguments.text("--format", format, "json, or a Go template");
  arguments.flag("-q,--quiet", quiet, "Only ids");
  arguments.flag("--no-trunc", no_trunc, "Do not shorten");
  const auto names = TRY(arguments.parse(words, {.at_least = 1, .at_most = 1}));
  auto engine = TRY(open_engine());
  const auto image = TRY(engine.store().find_image(names[0]));
  Table table{.columns = {{"IMAGE", "ID"},
                          {"CREATED", "CreatedSince"},
                          {"CREATED BY", "CreatedBy"},
                          {"SIZE", "Size"},
                          {"COMMENT", "Comment"}},
              .shown = 5,
              .rows = {}};
  const auto time = now();
  const auto entries = TRY(codec::parse_json(api::docker::history_json(image)));
  for (const auto& entry : entries) {
    auto id = entry["Id"].get<std::string>();
    if (!no_trunc && id.size() > 19) id = id.substr(7, 12);
    auto created_by = entry["CreatedBy"].get<std::string>();
    if (!no_trunc && created_by.size() > 45) created_by = created_by.substr(0, 44) + "…";
    table.rows.push_back({{"ID", id},
                          {"CreatedSince", age(entry["Created"].get<std::string>(), time)},
                          {"CreatedBy", created_by},
                          {"Size", format_decimal_size(entry["Size"].get<uint64_t>())},
                          {"Comment", entry["Comment"].get<std::string>()}});
  }
  std::cout << TRY(render_table(table, quiet ? "{{.ID}}" : format));
  return 0;
}

Result<int> prune_images_command(const Words& words) {
  bool force = false;
  Arguments arguments("tare image prune [OPTIONS]", "Remove images that have no name");
  arguments.flag("-f,--force", force, "Do not ask");
  arguments.refused("-a,--all");
  arguments.refused("--filter");
  TRY(arguments.parse(words, {.at_most = 0}));
  if (!force && !confirmed("This will remove all dangling images.")) return 0;
  auto engine = TRY(open_engine());
  const auto collected = TRY(engine.store().collect_garbage(true));
  for (const auto& image : collected.images) std::cout << "Deleted: " << image.string() << "\n";
  std::cout << "Total reclaimed space: " << format_decimal_size(collected.bytes) << "\n";
  return 0;
}

}  // namespace tare::cmd
