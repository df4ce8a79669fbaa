// How overlayfs writes deletions into a directory: a deleted name is a character device 0:0, a directory that hides
// what is below it has the attribute overlay.opaque.
//
// Attributes of "trusted." need CAP_SYS_ADMIN in the first user namespace; an ordinary user, in a user namespace or
// not, keeps the same attributes under "user." and mounts the overlay with "userxattr". A store is written in one of
// the two formats, the one of the user that owns it.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tare::store {

enum class OverlayFormat { kTrusted, kUser };

// kTrusted for root in the machine's first user namespace.
OverlayFormat host_overlay_format();
std::string overlay_attribute(OverlayFormat format, std::string_view name);  // "trusted.overlay.opaque"
// Attributes that belong to overlayfs itself, of either format. In an archive they would be an attack (a redirect
// shows any directory of a lower layer), so they are neither unpacked nor packed.
bool is_overlay_attribute(std::string_view name);

bool is_whiteout(const struct stat& status);
Result<void> make_whiteout(BorrowedFd directory, const std::string& name);
Result<void> make_opaque(BorrowedFd directory, OverlayFormat format, std::string_view shown);
// Either format counts.
bool is_opaque(BorrowedFd directory);

// /proc/self/fd/N/NAME: for the calls that take no directory descriptor. NAME is one component, never resolved further.
std::string fd_path(BorrowedFd directory, std::string_view name);

}  // namespace tare::store
