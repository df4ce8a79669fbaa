// tare-registry: an OCI Distribution server over a folder. `tare registry …` executes it.
#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cmd/tare-registry/serve.h"

namespace {

constexpr int kFailed = 125;  // as every program of tare: the program's own failure

void add_serve(CLI::App& app, tare::registry::ServeOptions& options) {
  CLI::App* command = app.add_subcommand("serve", "Serve images until SIGTERM or SIGINT");
  command->add_option("--listen", options.listen, "Address and port; port 0 picks a free one")->capture_default_str();
  command->add_option("--root", options.root, "Folder that holds the images");
  command->add_option("--tls-cert", options.tls_certificate, "PEM file: certificate and its chain");
  command->add_option("--tls-key", options.tls_key, "PEM file: the certificate's key");
  command->add_option("--htpasswd", options.htpasswd, "Users who may pull and push (htpasswd -B)");
  command->add_option("--pid-file", options.pid_file, "Write the process id there while serving");
  command->add_flag("-q,--quiet", options.quiet, "No line per request on standard error");
}

void add_garbage_collect(CLI::App& app, tare::registry::GarbageOptions& options) {
  CLI::App* command = app.add_subcommand("garbage-collect", "Remove blobs that no manifest names, and dead uploads");
  command->add_option("--root", options.root, "Folder that holds the images");
  command->add_option("--older-than", options.older_than, "Keep what was used within this time")->capture_default_str();
}

int finish(const tare::Result<void>& result) {
  if (result.ok()) return 0;
  tare::print_error(result.error());
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  tare::set_program_name("tare-registry");
  CLI::App app("An OCI Distribution registry over a folder", "tare-registry");
  app.set_version_flag("--version", "tare-registry " TARE_VERSION);
  app.require_subcommand(1);
  tare::registry::ServeOptions serving;
  tare::registry::GarbageOptions collecting;
  add_serve(app, serving);
  add_garbage_collect(app, collecting);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kFailed;
  }
  return finish(app.got_subcommand("serve") ? tare::registry::serve(serving)
                                            : tare::registry::collect_garbage(collecting));
}
