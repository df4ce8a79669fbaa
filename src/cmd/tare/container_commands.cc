// The commands about containers, and where each is.
#include "cmd/tare/command.h"
#include "cmd/tare/exec.h"
#include "cmd/tare/lifecycle.h"
#include "cmd/tare/list_containers.h"
#include "cmd/tare/logs.h"
#include "cmd/tare/run.h"
#include "cmd/tare/update.h"

namespace tare::cmd {
namespace {

// Docker's two spellings: `tare stop` and `tare container stop`. A command without help is not listed.
constexpr Command kCommands[] = {
    {"run", "Create and run a new container from an image", run_command},
    {"create", "Create a new container", create_command},
    {"start", "Start one or more stopped containers", start_command},
    {"stop", "Stop one or more running containers", stop_command},
    {"restart", "Restart one or more containers", restart_command},
    {"kill", "Send a signal to one or more running containers", kill_command},
    {"rm", "Remove one or more containers", remove_command},
    {"ps", "List containers", list_containers_command},
    {"logs", "Show the output of a container", logs_command},
    {"exec", "Execute a command in a running container", exec_command},
    {"attach", "Attach to a running container", attach_command},
    {"stats", "Show what containers use of the machine", stats_command},
    {"top", "Show the processes of a container", top_command},
    {"port", "Show the published ports of a container", port_command},
    {"wait", "Block until containers stop, then print their exit codes", wait_command},
    {"pause", "Freeze all processes of one or more containers", pause_command},
    {"unpause", "Thaw one or more paused containers", unpause_command},
    {"update", "Change limits and the restart policy of one or more containers", update_command},
    {"rename", "Rename a container", rename_command},
    {"container ls", "List containers", list_containers_command},
    {"container list", "", list_containers_command},
    {"container ps", "", list_containers_command},
    {"container run", "", run_command},
    {"container create", "", create_command},
    {"container start", "", start_command},
    {"container stop", "", stop_command},
    {"container restart", "", restart_command},
    {"container kill", "", kill_command},
    {"container rm", "", remove_command},
    {"container logs", "", logs_command},
    {"container exec", "", exec_command},
    {"container attach", "", attach_command},
    {"container stats", "", stats_command},
    {"container top", "", top_command},
    {"container port", "", port_command},
    {"container wait", "", wait_command},
    {"container pause", "", pause_command},
    {"container unpause", "", unpause_command},
    {"container rename", "", rename_command},
    {"container update", "", update_command},
    {"container inspect", "Show everything about containers as JSON", inspect_containers_command},
    {"container prune", "Remove all stopped containers", prune_containers_command},
    {"container cleanup", "", cleanup_command},
};

}  // namespace

std::span<const Command> container_commands() { return kCommands; }

}  // namespace tare::cmd
