// Reading config.json: the whole, its mounts and its hooks.
#include "oci/runtime_spec_decode_json.h"

namespace tare::oci {

Result<void> decode(const JsonReader& json, Root& root) {
  TRY(take(json, "path", root.path));
  return take(json, "readonly", root.readonly);
}

Result<void> decode(const JsonReader& json, Mount& mount) {
  TRY(take_required(json, "destination", mount.destination));
  TRY(take(json, "type", mount.type));
  TRY(take(json, "source", mount.source));
  TRY(take(json, "options", mount.options));
  TRY(take(json, "uidMappings", mount.uid_mappings));
  return take(json, "gidMappings", mount.gid_mappings);
}

Result<void> decode(const JsonReader& json, Hook& hook) {
  TRY(take_required(json, "path", hook.path));
  TRY(take(json, "args", hook.args));
  TRY(take(json, "env", hook.env));
  return take(json, "timeout", hook.timeout);
}

Result<void> decode(const JsonReader& json, Hooks& hooks) {
  TRY(take(json, "prestart", hooks.prestart));
  TRY(take(json, "createRuntime", hooks.create_runtime));
  TRY(take(json, "createContainer", hooks.create_container));
  TRY(take(json, "startContainer", hooks.start_container));
  TRY(take(json, "poststart", hooks.poststart));
  return take(json, "poststop", hooks.poststop);
}

namespace {

Result<void> note_unsupported_sections(const JsonReader& root, RuntimeSpec& spec) {
  TRY(note_unsupported(root, {"vm", "windows", "solaris", "zos", "freebsd"}, spec.unsupported));
  const auto section = TRY(root.find("linux"));
  const auto rdt = section ? TRY(section->find("intelRdt")) : std::nullopt;
  // Properties of versions 1.1 and 1.2 whose meaning was never settled; 1.3 has enableMonitoring in their place.
  for (const char* key : {"enableCMT", "enableMBM"}) {
    const bool enabled = rdt && TRY(rdt->boolean_or(key, false));
    if (enabled) spec.unsupported.push_back(formatted("linux.intelRdt.{}", key));
  }
  return {};
}

}  // namespace

Result<RuntimeSpec> RuntimeSpec::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  const JsonReader root(document);
  RuntimeSpec spec;
  TRY(take_required(root, "ociVersion", spec.oci_version));
  TRY(take(root, "process", spec.process));
  TRY(take(root, "root", spec.root));
  TRY(take(root, "hostname", spec.hostname));
  TRY(take(root, "domainname", spec.domainname));
  TRY(take(root, "mounts", spec.mounts));
  TRY(take(root, "hooks", spec.hooks));
  TRY(take(root, "linux", spec.linux_section));
  TRY(take(root, "annotations", spec.annotations));
  TRY(note_unsupported_sections(root, spec));
  return spec;
}

Result<Resources> Resources::parse(std::string_view text) {
  const auto document = TRY(codec::parse_json(text));
  Resources resources;
  TRY(decode(JsonReader(document), resources));
  return resources;
}

}  // namespace tare::oci
