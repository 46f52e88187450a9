#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "config/client_properties.h"
#include "config/files.h"
#include "config/sections.h"
#include "engine/base/status.h"

namespace ebb {

namespace {

constexpr std::string_view kFileSuffix = "_file";
constexpr std::size_t kLongestSecret = 1u << 20;

using Properties = std::vector<std::pair<std::string, std::string>>;

// "sasl.password_file" -> "sasl.password"; empty unless the name ends so.
std::string_view base_of_file(std::string_view name) {
  if (name.size() <= kFileSuffix.size() || name.substr(name.size() - kFileSuffix.size()) != kFileSuffix)
    return {};
  return name.substr(0, name.size() - kFileSuffix.size());
}

// The same, but empty unless it is a secret's file.
std::string secret_of_file(std::string_view name) {
  const std::string_view base = base_of_file(name);
  return find_client_property(base) && is_secret_property(base) ? std::string(base) : std::string();
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const ClientProperty& property : client_properties()) {
    names.emplace_back(property.name);
    if (property.type == ClientProperty::Type::kSecret)
      names.push_back(names.back() + std::string(kFileSuffix));
  }
  return names;
}

// librdkafka has two names for some properties.
std::string_view canonical(std::string_view name) {
  if (name == "sasl.mechanism") return "sasl.mechanisms";
  if (name == "compression.type") return "compression.codec";
  return name;
}

Result<std::string> read_secret(const std::string& path) {
  EBB_ASSIGN(std::string secret, read_file(path, kLongestSecret));
  if (!secret.empty() && secret.back() == '\n') secret.pop_back();
  if (!secret.empty() && secret.back() == '\r') secret.pop_back();
  if (secret.empty()) return Status::invalid("it is empty");
  return secret;
}

class ClientReader {
 public:
  explicit ClientReader(Diagnostics* diagnostics) : diagnostics_(diagnostics) {}

  void read(const std::string& name, Place key_place, const Node& value) {
    const std::string secret = secret_of_file(name);
    const ClientProperty* property = find_client_property(secret.empty() ? name : secret);
    if (!property) {
      refuse(name, key_place);
      return;
    }
    if (!is_new(std::string(property->name), name, key_place)) return;
    if (value.is_broken()) return;
    if (value.kind() != Node::Kind::kScalar) {
      error(value.place(), name, fmt::format("expected a single value, found {}", value.describe()));
    } else if (secret.empty()) {
      take_value(*property, value);
    } else {
      take_file(*property, name, value);
    }
  }

  void check_protocol() const {
    std::string protocol = "plaintext";
    for (const auto& [name, value] : properties_) {
      if (name == "security.protocol") protocol = value;
    }
    std::transform(protocol.begin(), protocol.end(), protocol.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool tls = protocol == "ssl" || protocol == "sasl_ssl";
    const bool sasl = protocol == "sasl_plaintext" || protocol == "sasl_ssl";
    for (const auto& [name, place] : places_) {
      if (name.rfind("ssl.", 0) == 0 && !tls) {
        error(place, name, "has no effect unless security.protocol is ssl or sasl_ssl");
      }
      if (name.rfind("sasl.", 0) == 0 && !sasl) {
        error(place, name, "has no effect unless security.protocol is sasl_plaintext or sasl_ssl");
      }
    }
  }

  Properties take() { return std::move(properties_); }

 private:
  void error(Place place, std::string_view name, std::string_view message) const {
    diagnostics_->error(place, fmt::format("log.kafka.client.{}: {}", name, message));
  }

  void refuse(const std::string& name, Place place) const {
    if (std::string reason = client_property_refusal(name); !reason.empty()) {
      error(place, name, fmt::format("not allowed: {}", reason));
      return;
    }
    diagnostics_->error(place, fmt::format("unknown key '{}' in log.kafka.client; {}", name, advice(name)));
  }

  static std::string advice(const std::string& name) {
    const std::string_view base = base_of_file(name);
    if (!base.empty() && find_client_property(base)) {
      return fmt::format("only secrets are read from files, so give '{}' itself", base);
    }
    const std::string near = nearest_name(name, known_names());
    return near.empty() ? "docs/config.md lists what may be set" : fmt::format("did you mean '{}'?", near);
  }

  bool is_new(const std::string& property, const std::string& name, Place place) {
    for (const auto& [seen, seen_place] : places_) {
      if (canonical(seen) != canonical(property)) continue;
      error(place, name, fmt::format("already set at {}:{}", seen_place.line, seen_place.column));
      return false;
    }
    places_.emplace_back(property, place);
    return true;
  }

  void take_value(const ClientProperty& property, const Node& value) {
    const std::string wrong = property.check(value.scalar());
    if (wrong.empty()) {
      properties_.emplace_back(property.name, value.scalar());
      return;
    }
    const bool secret = property.type == ClientProperty::Type::kSecret || value.scalar().empty();
    error(value.place(), property.name,
          secret ? wrong : fmt::format("{}, found {}", wrong, value.describe()));
  }

  void take_file(const ClientProperty& property, const std::string& name, const Node& value) {
    auto secret = read_secret(value.scalar());
    if (secret) {
      properties_.emplace_back(property.name, std::move(secret).value());
    } else {
      error(value.place(), name,
            fmt::format("can't take the secret from the file {}: {}", value.describe(),
                        secret.status().message()));
    }
  }

  Diagnostics* diagnostics_;
  Properties properties_;
  std::vector<std::pair<std::string, Place>> places_;  // of the properties seen, by their own names
};

}  // namespace

Properties load_client(const Node& node, Diagnostics* diagnostics) {
  const bool a_mapping = node.kind() == Node::Kind::kMap || node.kind() == Node::Kind::kNull;
  if (!a_mapping && !node.is_broken()) {
    diagnostics->error(
        node.place(),
        fmt::format("log.kafka.client: expected a mapping (key: value), found {}", node.describe()));
  }
  ClientReader reader(diagnostics);
  for (std::size_t i = 0; i < node.fields().size(); ++i) {
    reader.read(node.fields()[i].first, node.key_place(i), node.fields()[i].second);
  }
  reader.check_protocol();
  return reader.take();
}

}  // namespace ebb
