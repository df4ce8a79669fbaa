#include "cmd/tare-build/options.h"

#include <cstdlib>

#include "base/stream.h"
#include "cmd/tare/arguments.h"
#include "os/file.h"

namespace tare::build_command {
namespace {

constexpr size_t kDockerfileLimit = size_t{8} << 20;

// The words as they are written, before anything is made of them.
struct Words {
  std::string file, target, platform, network = "default", progress = "auto", id_file;
  std::vector<std::string> tags, build_args, labels, secrets;
  bool no_cache = false, pull = false, quiet = false, force_remove = false, remove = true, load = false;
};

// Docker has these; whoever uses them must know that they do nothing here.
void declare_refused(cmd::Arguments& arguments) {
  for (const auto* name :
       {"--add-host",  "--annotation",   "--build-context", "--cache-from",  "--cache-to",      "--cgroup-parent",
        "--memory",    "--cpu-shares",   "--cpu-quota",     "--cpuset-cpus", "--metadata-file", "--no-cache-filter",
        "-o,--output", "--push",         "--shm-size",      "--ssh",         "--ulimit",        "--squash",
        "--isolation", "--security-opt", "--allow",         "--builder"}) {
    arguments.refused(name);
  }
}

cmd::Arguments declare(Words& words) {
  cmd::Arguments arguments("tare build [OPTIONS] PATH | -", "Build an image from a Dockerfile");
  arguments.list("-t,--tag", words.tags, "Name and optionally a tag (name:tag)");
  arguments.text("-f,--file", words.file, "Name of the Dockerfile (default: PATH/Dockerfile); - reads standard input");
  arguments.list("--build-arg", words.build_args, "Set build-time variables");
  arguments.list("--label", words.labels, "Set metadata for an image");
  arguments.list("--secret", words.secrets, "Secret file to expose to the build: id=mysecret,src=/local/secret");
  arguments.text("--target", words.target, "Set the target build stage to build");
  arguments.text("--platform", words.platform, "Set platform; only the host's can be built");
  arguments.text("--network", words.network, "Networking mode of RUN instructions: default, none or host");
  arguments.text("--progress", words.progress, "Type of progress output: auto, plain or tty (all plain)");
  arguments.text("--iidfile", words.id_file, "Write the image ID to the file");
  arguments.flag("--no-cache", words.no_cache, "Do not use cache when building the image");
  arguments.flag("--pull", words.pull, "Always attempt to pull a newer version of the base images");
  arguments.flag("-q,--quiet", words.quiet, "Suppress the build output and print the image ID on success");
  // Defaults of Docker that hold here always.
  arguments.flag("--force-rm", words.force_remove, "Always remove intermediate containers (there are none)");
  arguments.flag("--rm", words.remove, "Remove intermediate containers (there are none)");
  arguments.flag("--load", words.load, "Put the image into the local store (it always is)");
  declare_refused(arguments);
  return arguments;
}

// "NAME=value", or "NAME", which takes the value from the environment and is nothing when it is not set there.
void add_build_argument(build::BuildRequest& request, const std::string& word) {
  if (const auto parts = cut(word, '=')) {
    request.build_args[std::string(parts->first)] = parts->second;
  } else if (const char* value = std::getenv(word.c_str())) {
    request.build_args[word] = value;
  }
}

Result<void> add_secret(build::BuildRequest& request, const std::string& word) {
  std::string id;
  std::string source;
  for (const auto& part : split(word, ',')) {
    const auto option = cut(part, '=');
    const auto name = option ? option->first : std::string_view(part);
    if (option && name == "id")
      id = option->second;
    else if (option && (name == "src" || name == "source"))
      source = option->second;
    else if (part != "type=file")
      return Failure(ErrorKind::kUnsupported, "--secret {}: {} is not supported", word, part);
  }
  if (id.empty()) return Failure(ErrorKind::kInvalidArgument, "--secret {}: it needs an id", word);
  request.secrets[id] = source.empty() ? id : source;
  return {};
}

Result<build::NetworkMode> parse_network(const std::string& word) {
  if (word == "default") return build::NetworkMode::kDefault;
  if (word == "none") return build::NetworkMode::kNone;
  if (word == "host") return build::NetworkMode::kHost;
  return Failure(ErrorKind::kUnsupported, "--network {}: must be default, none or host", word);
}

Result<std::string> read_standard_input() {
  os::FdSource input(BorrowedFd(0), "standard input");
  return read_all(input, kDockerfileLimit).context("read the Dockerfile from standard input");
}

Result<void> set_context(build::BuildRequest& request, const Words& words, const std::string& path) {
  const bool remote = path.find("://") != std::string::npos || path.starts_with("git@") || path.ends_with(".git");
  if (remote && !os::exists(path)) {
    return Failure(ErrorKind::kUnsupported, "{}: building from the network is not supported", path)
        .with_hint("clone or fetch it, and give the directory");
  }
  if (path == "-" && !words.file.empty() && words.file != "-") {
    return Error(ErrorKind::kUnsupported, "a context on standard input is not supported")
        .with_hint("unpack the archive, and give the directory");
  }
  if (path != "-") request.context = path;
  if (path == "-" || words.file == "-")
    request.dockerfile_text = TRY(read_standard_input());
  else
    request.dockerfile = words.file;
  return {};
}

Result<void> check_progress(const std::string& style) {
  if (style == "auto" || style == "plain" || style == "tty" || style == "quiet") return {};
  return Failure(ErrorKind::kUnsupported, "--progress {}: must be auto, plain, tty or quiet", style);
}

Result<void> set_lists(build::BuildRequest& request, const Words& words) {
  for (const auto& tag : words.tags) {
    request.tags.push_back(TRY(oci::ImageReference::parse(tag).context(formatted("invalid tag \"{}\"", tag))));
  }
  for (const auto& word : words.build_args) add_build_argument(request, word);
  for (const auto& word : words.labels) {
    const auto parts = cut(word, '=');
    request.labels[std::string(parts ? parts->first : word)] = parts ? parts->second : "";
  }
  for (const auto& word : words.secrets) TRY(add_secret(request, word));
  return {};
}

Result<std::optional<int64_t>> read_source_date_epoch() {
  const char* value = std::getenv("SOURCE_DATE_EPOCH");
  if (value == nullptr || *value == '\0') return std::optional<int64_t>();
  const auto seconds = parse_signed(value);
  if (seconds) return std::optional<int64_t>(*seconds);
  return Failure(ErrorKind::kInvalidArgument, "SOURCE_DATE_EPOCH={}: not a number of seconds", value);
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Words words;
  const auto paths = TRY(declare(words).parse(arguments, {.at_least = 1, .at_most = 1}));
  Options options;
  auto& request = options.request;
  TRY(check_progress(words.progress));
  TRY(set_lists(request, words));
  request.target = words.target;
  request.no_cache = words.no_cache;
  request.network = TRY(parse_network(words.network));
  if (!words.platform.empty()) request.platform = TRY(oci::Platform::parse(words.platform));
  request.source_date_epoch = TRY(read_source_date_epoch());
  TRY(set_context(request, words, paths.front()));
  options.pull = words.pull;
  options.quiet = words.quiet || words.progress == "quiet";
  options.id_file = words.id_file;
  return options;
}

}  // namespace tare::build_command
