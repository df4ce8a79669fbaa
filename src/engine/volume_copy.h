// What an image has at a volume's mount point becomes the volume's first content, as Docker does.
#pragma once

#include <string>

#include "base/result.h"
#include "engine/image_root.h"

namespace tare::engine {

// Copies the image's directory `target` into an empty volume; does nothing when the volume has content or the image
// has no such directory. Owner and mode of the directory are taken over too.
Result<void> fill_new_volume(const std::string& mountpoint, const ImageRoot& image, const std::string& target);

}  // namespace tare::engine
