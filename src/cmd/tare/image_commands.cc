// The commands about images. What speaks to registries or unpacks archives is another program's work, executed in
// place of this one; what only reads and changes the local store is done here.
#include "cmd/tare/command.h"
#include "cmd/tare/images.h"
#include "cmd/tare/inspect.h"
#include "cmd/tare/session.h"

namespace tare::cmd {
namespace {

Result<int> delegate(const char* program, const char* verb, const Words& words) {
  std::vector<std::string> arguments;
  if (*verb != '\0') arguments.emplace_back(verb);
  arguments.insert(arguments.end(), words.begin(), words.end());
  return execute_own_program(program, arguments);
}

Result<int> build(const Words& words) { return delegate("tare-build", "", words); }
Result<int> pull(const Words& words) { return delegate("tare-image", "pull", words); }
Result<int> push(const Words& words) { return delegate("tare-image", "push", words); }
Result<int> login(const Words& words) { return delegate("tare-image", "login", words); }
Result<int> logout(const Words& words) { return delegate("tare-image", "logout", words); }
Result<int> load(const Words& words) { return delegate("tare-image", "load", words); }
Result<int> save(const Words& words) { return delegate("tare-image", "save", words); }
Result<int> bootstrap(const Words& words) { return delegate("tare-image", "bootstrap", words); }
Result<int> unpack(const Words& words) { return delegate("tare-image", "unpack", words); }
Result<int> registry(const Words& words) { return delegate("tare-registry", "", words); }

constexpr Command kCommands[] = {
    {"build", "Build an image from a Dockerfile", build},
    {"pull", "Download an image from a registry", pull},
    {"push", "Upload an image to a registry", push},
    {"images", "List images", list_images_command},
    {"rmi", "Remove one or more images", remove_images_command},
    {"tag", "Give an image one more name", tag_command},
    {"history", "Show the history of an image", history_command},
    {"load", "Load images from an archive", load},
    {"save", "Save images to an archive", save},
    {"login", "Log in to a registry", login},
    {"logout", "Log out of a registry", logout},
    {"image bootstrap", "Make a base image from distribution packages, without a registry", bootstrap},
    {"image unpack", "Write the root file system of an image to a directory", unpack},
    {"image build", "", build},
    {"image pull", "", pull},
    {"image push", "", push},
    {"image ls", "", list_images_command},
    {"image list", "", list_images_command},
    {"image rm", "", remove_images_command},
    {"image remove", "", remove_images_command},
    {"image tag", "", tag_command},
    {"image history", "", history_command},
    {"image load", "", load},
    {"image save", "", save},
    {"image inspect", "Show everything about images as JSON", inspect_images_command},
    {"image prune", "Remove images that have no name", prune_images_command},
    {"registry", "Serve images to others: `tare registry serve`", registry},
};

}  // namespace

std::span<const Command> image_commands() { return kCommands; }

}  // namespace tare::cmd
