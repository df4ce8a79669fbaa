// --storage-opt size=: the container's writable layer is a file system of that size in a sparse file
// (docs/decisions/storage-size.md says why not a quota).
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "engine/container_options.h"

namespace tare::engine {

// Bytes; nothing when the layer may fill the host's disk. kInvalidArgument names the option.
Result<std::optional<uint64_t>> parse_storage_size(const ContainerOptions& options);

// Makes the file, whose file system has `size` bytes free. kUnsupported where the host cannot mount it, or has no
// mkfs.ext4.
Result<void> make_disk(const std::string& path, uint64_t size);

// Bytes that ordinary files can take in a fresh ext4 file system, from its superblock (1024 bytes at 1024). Pure.
Result<uint64_t> parse_ext4_free_bytes(std::string_view superblock);

// The folder of upper and work, for a container whose folder this is.
std::string writable_directory(const std::string& container_directory, const ContainerOptions& options);

// The upper directory of a container on the host, where it can be read before a start.
struct UpperDirectory {
  UniqueFd mount;  // keeps `path` readable
  std::string path;
};
Result<UpperDirectory> open_upper(const std::string& container_directory, const ContainerOptions& options);

}  // namespace tare::engine
