// The engine as a library: builds an image from a Dockerfile, runs it, and reads back what it logged.
//
//   embed CONTEXT-DIRECTORY
#include <iostream>

#include "engine/engine.h"
#include "logs/reader.h"

using namespace tare;

Result<void> build_and_run(const std::string& context) {
  const auto paths = TRY(os::find_paths());
  auto engine = TRY(engine::Engine::open(paths));

  const auto built = TRY(engine.build_image({.context = context}));
  std::cout << "built " << built.image_id.short_id() << "\n";

  engine::ContainerOptions options;
  options.image = std::string(built.image_id.hex());
  options.network = "none";
  const auto container = TRY(engine.create_container(options));
  TRY(engine.start_container(container.record.id, engine::Attach::kNo));
  const auto running = TRY(engine.find_container(container.record.id));
  const auto state = TRY(engine.wait_container(running));
  std::cout << container.name << " exited with " << state.exit_code << "\n";

  auto log = TRY(logs::Reader::open(engine.log_directory(container.record.id), {}));
  while (const auto entry = TRY(log.next())) std::cout << "log: " << entry->text << "\n";
  return engine.remove_container(container, false, true);
}

int main(int count, char** arguments) {
  const auto done = build_and_run(count > 1 ? arguments[1] : ".");
  if (!done.ok()) std::cerr << "embed: " << done.error().text() << "\n";
  return done.ok() ? 0 : 1;
}
