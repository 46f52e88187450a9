// What a profile says under a key by which customers are grouped.
#pragma once

#include <string>
#include <string_view>

#include "ebb/v1/profile.pb.h"

namespace ebb {

// Under that key in `segments`, or in the profile's own field `region`, `loyalty_tier`,
// `acquisition_channel`. Null: nothing.
inline const std::string* value_in(const v1::Profile& profile, const std::string& key) {
  const auto found = profile.segments().find(key);
  if (found != profile.segments().end()) return &found->second;
  const auto own = [&](std::string_view name, const std::string& value) {
    return key == name && !value.empty() ? &value : nullptr;
  };
  if (const std::string* value = own("region", profile.region())) return value;
  if (const std::string* value = own("loyalty_tier", profile.loyalty_tier())) return value;
  return own("acquisition_channel", profile.acquisition_channel());
}

}  // namespace ebb
