// COPY and ADD: which files, from where, to where, and whether all that was done before.
#include <fcntl.h>

#include "build/context/tree_digest.h"
#include "build/execute/copy_trees.h"
#include "build/execute/image_users.h"
#include "build/execute/layer_step.h"
#include "build/execute/run_mount.h"
#include "build/graph/configure.h"
#include "build/graph/step_key.h"

namespace tare::build {
namespace {

// What the words and flags of the instruction say, expanded.
struct CopyWords {
  std::vector<std::string> sources;  // without heredocs
  std::vector<InlineFile> inline_files;
  std::string destination;  // absolute; a trailing slash is kept
  std::string chown;
  std::optional<mode_t> mode;
};

// Where the files come from.
struct CopySource {
  std::string layers_key;             // of a stage or an image: names all its content; empty: the context
  std::vector<oci::Digest> diff_ids;  // of a stage or an image
  std::string shown = "the build context";
};

Result<void> refuse_unsupported(const Instruction& instruction) {
  for (const auto* name : {"parents", "exclude", "checksum", "keep-git-dir", "unpack"}) {
    if (!instruction.flag(name)) continue;
    return Failure(ErrorKind::kUnsupported, "{} --{} is not supported", to_string(instruction.kind), name);
  }
  return {};
}

bool is_remote(std::string_view source) {
  return source.starts_with("http://") || source.starts_with("https://") || source.starts_with("ftp://") ||
         source.starts_with("git@") || source.starts_with("git://");
}

// WORKDIR decides where relative destinations are; ".", ".." and a slash at the end say "a folder".
std::string resolve_destination(const std::string& workdir, const std::string& word) {
  auto path = resolve_workdir(workdir, word);
  const bool is_folder = word.ends_with('/') || word == "." || word.ends_with("/.") || word.ends_with("..");
  if (is_folder && !path.ends_with('/')) path += '/';
  return path;
}

Result<InlineFile> make_inline_file(const LayerStep& step, const Heredoc& heredoc) {
  InlineFile file{heredoc.name, heredoc.content};
  if (!heredoc.expand) return file;
  file.content = TRY(
      expand_text(heredoc.content, step.state.scope.lookup(step.state.config.config.env), step.job.dockerfile.escape));
  return file;
}

Result<CopyWords> read_words(const LayerStep& step) {
  const auto& instruction = step.instruction;
  TRY(refuse_unsupported(instruction));
  CopyWords words;
  for (const auto& word : instruction.words) {
    const bool last = &word == &instruction.words.back();
    if (!last && !instruction.exec_form && parse_heredoc_word(word)) continue;
    auto expanded = TRY(expand(step, word));
    if (!last && instruction.kind == InstructionKind::kAdd && is_remote(expanded)) {
      return Failure(ErrorKind::kUnsupported, "ADD {}: adding from the network is not supported", expanded)
          .with_hint("fetch it in a RUN step, where its checksum can be checked");
    }
    (last ? words.destination : words.sources.emplace_back()) = std::move(expanded);
  }
  for (const auto& heredoc : instruction.heredocs) words.inline_files.push_back(TRY(make_inline_file(step, heredoc)));
  if (words.sources.size() + words.inline_files.size() > 1 && !words.destination.ends_with('/') &&
      words.destination != ".") {
    return Failure(ErrorKind::kInvalidArgument,
                   "when using {} with more than one source file, the destination must be a directory and end with a /",
                   to_string(instruction.kind));
  }
  words.destination = resolve_destination(step.state.config.config.working_dir, words.destination);
  if (const auto chown = instruction.flag("chown")) words.chown = TRY(expand(step, *chown));
  if (const auto chmod = instruction.flag("chmod")) {
    const auto mode = TRY(expand(step, *chmod));
    words.mode = TRY(parse_mode(mode));
  }
  return words;
}

Result<CopySource> find_source(const LayerStep& step) {
  CopySource source;
  const auto from = step.instruction.flag("from");
  if (!from) return source;
  if (const auto stage = step.job.dockerfile.find_stage(*from, step.stage)) {
    const auto* state = TRY(step.job.stages.wait(*stage));
    source.diff_ids = state->config.diff_ids;
  } else {
    source.diff_ids = TRY(resolve_image(step.job, *from)).config.diff_ids;
  }
  source.shown = *from;
  for (const auto& diff_id : source.diff_ids) source.layers_key += diff_id.string() + "\n";
  source.layers_key += "layers";  // never empty, also of an empty image
  return source;
}

StepKey begin_key(const LayerStep& step, const CopyWords& words) {
  StepKey key(to_string(step.instruction.kind), step.state.config.diff_ids);
  key.add("to", words.destination).add("chown", words.chown);
  key.add("chmod", words.mode ? std::to_string(*words.mode) : "");
  key.add("epoch", step.job.epoch ? std::to_string(*step.job.epoch) : "");
  for (const auto& file : words.inline_files) key.add("inline", file.name).add("content", file.content);
  return key;
}

std::string created_by(const LayerStep& step, const CopyWords& words) {
  auto text = std::string(to_string(step.instruction.kind));
  for (const auto& flag : step.instruction.flags) text += formatted(" --{}={}", flag.name, flag.value);
  for (const auto& source : words.sources) text += " " + source;
  for (const auto& file : words.inline_files) text += " <<" + file.name;
  return text + " " + words.destination + " # buildkit";
}

class CopyStep {
 public:
  CopyStep(const LayerStep& step, CopyWords words, CopySource source)
      : step_(step), words_(std::move(words)), source_(std::move(source)) {}

  Result<LayerResult> run() {
    const auto quick_key = source_.layers_key.empty() ? std::string() : key_by_layers();
    if (!quick_key.empty()) {
      if (auto cached = TRY(find_cached(step_, quick_key))) return result(std::move(*cached), true);
    }
    TRY(open_source());
    TRY(select());
    const auto key = TRY(key_by_content());
    auto cached = TRY(find_cached(step_, key));
    const bool found = cached.has_value();
    auto layer = found ? std::move(*cached) : TRY(execute(key));
    if (!quick_key.empty()) TRY(step_.job.cache.remember_layer(quick_key, layer));
    return result(std::move(layer), found);
  }

 private:
  LayerResult result(CachedLayer layer, bool cached) const {
    return {std::move(layer), created_by(step_, words_), cached};
  }

  // What an unchanged stage gives needs no look at its files.
  std::string key_by_layers() const {
    auto key = begin_key(step_, words_);
    for (const auto& source : words_.sources) key.add("from", source);
    return key.add("layers", source_.layers_key).finish();
  }

  Result<std::string> key_by_content() {
    const bool is_context = source_.layers_key.empty();
    const auto name = is_context ? step_.job.context.path : std::string();
    const auto digest = TRY(digest_trees(*root_, trees_, step_.job.cache, name));
    return begin_key(step_, words_).add("files", digest).finish();
  }

  Result<void> open_source() {
    if (!source_.layers_key.empty()) {
      directory_.emplace(TRY(StepDirectory::create(step_.job.work_directory)));
      mounted_ = TRY(open_layers(step_.job, source_.diff_ids, *directory_));
      root_ = mounted_;
    } else if (!step_.job.context.path.empty()) {
      root_ = step_.job.context.root;
    } else if (words_.sources.empty()) {
      root_ = BorrowedFd(AT_FDCWD);  // heredocs only: nothing is read
    } else {
      return Error(ErrorKind::kInvalidArgument, "there is no build context to copy from")
          .with_hint("give a directory: tare build -f - DIRECTORY");
    }
    return {};
  }

  Result<void> select() {
    static const IgnoreRules kNoRules;
    const auto& rules = source_.layers_key.empty() ? step_.job.context.rules : kNoRules;
    for (const auto& source : words_.sources) {
      auto trees = select_trees(*root_, source, rules);
      if (!trees.ok()) return not_found(source, std::move(trees).error());
      for (auto& tree : *trees) trees_.push_back(std::move(tree));
    }
    return {};
  }

  Error not_found(const std::string& source, Error error) const {
    if (error.kind() != ErrorKind::kNotFound) return error;
    Error result = Failure(ErrorKind::kNotFound, "\"{}\": not found in {}", source, source_.shown);
    if (!source_.layers_key.empty() || step_.job.context.rules.empty()) return result;
    return std::move(result).with_hint("it may be excluded by .dockerignore");
  }

  Result<CachedLayer> execute(const std::string& key) {
    return make_layer(step_, key, [&](const StepDirectory& directory) -> Result<void> {
      const auto target = TRY(open_target(step_, directory));
      CopyPlan plan;
      plan.trees = std::move(trees_);
      plan.inline_files = words_.inline_files;
      plan.destination = words_.destination;
      plan.owner_given = !words_.chown.empty();
      if (plan.owner_given) plan.owner = TRY(resolve_owner(target, words_.chown));
      plan.mode = words_.mode;
      plan.times = {step_.job.epoch};
      plan.unpack_archives = step_.instruction.kind == InstructionKind::kAdd;
      return copy_trees(*root_, target, plan);
    });
  }

  const LayerStep& step_;
  const CopyWords words_;
  const CopySource source_;
  std::optional<StepDirectory> directory_;  // of a mounted source
  UniqueFd mounted_;
  std::optional<BorrowedFd> root_;
  std::vector<Tree> trees_;
};

}  // namespace

Result<LayerResult> copy_step(const LayerStep& step) {
  auto words = TRY(read_words(step));
  auto source = TRY(find_source(step));
  return CopyStep(step, std::move(words), std::move(source)).run();
}

}  // namespace tare::build
