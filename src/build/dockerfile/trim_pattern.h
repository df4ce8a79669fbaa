// Shell patterns inside ${v#p} and its kin: `*` is any text, `?` any character, `\` takes the next literally.
#pragma once

#include <string>
#include <string_view>

namespace tare::build {

enum class MatchLength { kShortest, kLongest };
enum class Occurrences { kFirst, kAll };

std::string trim_prefix(std::string_view value, std::string_view pattern, MatchLength length);
std::string trim_suffix(std::string_view value, std::string_view pattern, MatchLength length);
// Each match is the longest one at its place.
std::string replace_pattern(std::string_view value, std::string_view pattern, std::string_view replacement,
                            Occurrences occurrences);

}  // namespace tare::build
