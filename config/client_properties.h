// Which properties of librdkafka the user may set, and why not the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ebb {

struct ClientProperty {
  enum class Type { kText, kSecret, kBoolean, kInteger, kChoice };

  std::string_view name;
  Type type = Type::kText;
  std::int64_t min = 0;  // kInteger
  std::int64_t max = 0;
  std::vector<std::string_view> choices;  // kChoice; case does not count

  // What is wrong with a value, in words that never show a secret; empty if nothing.
  std::string check(std::string_view value) const;
};

// All that may be set, by name. A secret X may also be given as X_file: the name of a file that holds it.
const std::vector<ClientProperty>& client_properties();
const ClientProperty* find_client_property(std::string_view name);
// Unknown properties count as secrets too: better "***" than a leak.
bool is_secret_property(std::string_view name);

// Why a property that librdkafka knows may not be set; empty if Ebb has nothing against the name.
std::string client_property_refusal(std::string_view name);

}  // namespace ebb
