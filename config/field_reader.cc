#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/diagnostics.h"
#include "config/node.h"
#include "config/scalars.h"

namespace ebb {

struct FieldReader::Impl {
  Node map;
  std::string what;
  Diagnostics* diagnostics;
  std::vector<std::string> asked;
  bool finished = false;

  std::optional<std::size_t> find(std::string_view name) {
    if (std::find(asked.begin(), asked.end(), name) == asked.end()) asked.emplace_back(name);
    const auto& fields = map.fields();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].first == name) return i;
    }
    return std::nullopt;
  }

  std::string path(std::string_view name) const {
    return what.empty() ? std::string(name) : fmt::format("{}.{}", what, name);
  }

  void expected(std::string_view name, std::string_view wanted, const Node& found) {
    if (found.is_broken()) return;
    std::string message = fmt::format("{}: expected {}, found {}", path(name), wanted, found.describe());
    if (found.kind() == Node::Kind::kNull) message += " (leave the key out for the default)";
    diagnostics->error(found.place(), std::move(message));
  }

  // The field's scalar, if there is one to read.
  const Node* scalar(std::string_view name, std::string_view wanted) {
    const auto field = find(name);
    if (!field) return nullptr;
    const Node& node = map.fields()[*field].second;
    if (node.kind() == Node::Kind::kScalar && !node.is_broken()) return &node;
    expected(name, wanted, node);
    return nullptr;
  }

  // The parsed field if it has the right form and lies within [min, max].
  template <typename T>
  T within(std::string_view name, std::string_view wanted, T otherwise, T min, T max,
           std::optional<T> (*parse)(std::string_view), std::string (*format)(T)) {
    const Node* node = scalar(name, wanted);
    if (!node) return otherwise;
    const auto value = parse(node->scalar());
    if (!value) {
      expected(name, wanted, *node);
      return otherwise;
    }
    if (*value >= min && *value <= max) return *value;
    diagnostics->error(node->place(), fmt::format("{}: expected {} from {} to {}, found {}", path(name),
                                                  wanted, format(min), format(max), node->describe()));
    return otherwise;
  }
};

FieldReader::FieldReader(const Node& map, std::string what, Diagnostics* diagnostics)
    : impl_(std::make_unique<Impl>(Impl{map, std::move(what), diagnostics, {}, false})) {
  if (map.kind() == Node::Kind::kNull || map.kind() == Node::Kind::kMap || map.is_broken()) return;
  const std::string who = impl_->what.empty() ? "the file" : impl_->what;
  diagnostics->error(map.place(),
                     fmt::format("{}: expected a mapping (key: value), found {}", who, map.describe()));
}

FieldReader::~FieldReader() {
  finish();
}

bool FieldReader::has(std::string_view name) {
  return impl_->find(name).has_value();
}

std::string FieldReader::text(std::string_view name, std::string otherwise) {
  const Node* node = impl_->scalar(name, "text");
  return node ? node->scalar() : otherwise;
}

std::int64_t FieldReader::integer(std::string_view name, std::int64_t otherwise, std::int64_t min,
                                  std::int64_t max) {
  return impl_->within<std::int64_t>(name, "a whole number", otherwise, min, max, parse_integer,
                                     [](std::int64_t v) { return std::to_string(v); });
}

double FieldReader::number(std::string_view name, double otherwise, double min, double max) {
  return impl_->within<double>(name, "a number", otherwise, min, max, parse_number, format_number);
}

bool FieldReader::boolean(std::string_view name, bool otherwise) {
  const Node* node = impl_->scalar(name, "true or false");
  if (!node) return otherwise;
  if (node->scalar() == "true") return true;
  if (node->scalar() == "false") return false;
  impl_->expected(name, "true or false", *node);
  return otherwise;
}

DurationMs FieldReader::duration(std::string_view name, DurationMs otherwise, DurationMs min,
                                 DurationMs max) {
  return impl_->within<DurationMs>(name, "a duration (250ms, 10s, 5m, 2h, 30d, 1w)", otherwise, min, max,
                                   parse_duration, format_duration);
}

std::int64_t FieldReader::bytes(std::string_view name, std::int64_t otherwise, std::int64_t min,
                                std::int64_t max) {
  return impl_->within<std::int64_t>(name, "a size (1000000B, 64KiB, 512MiB, 1GiB)", otherwise, min, max,
                                     parse_bytes, format_bytes);
}

std::size_t FieldReader::choice(std::string_view name, const std::vector<std::string_view>& choices,
                                std::size_t otherwise) {
  const std::string wanted = fmt::format("one of {}", fmt::join(choices, ", "));
  const Node* node = impl_->scalar(name, wanted);
  if (!node) return otherwise;
  const auto found = std::find(choices.begin(), choices.end(), node->scalar());
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string message = fmt::format("{}: expected {}, found {}", impl_->path(name), wanted, node->describe());
  const std::string near = nearest_name(node->scalar(), {choices.begin(), choices.end()});
  if (!near.empty()) message += fmt::format("; did you mean '{}'?", near);
  impl_->diagnostics->error(node->place(), std::move(message));
  return otherwise;
}

std::vector<std::pair<std::string, Place>> FieldReader::names(std::string_view name) {
  const auto field = impl_->find(name);
  if (!field) return {};
  const Node& node = impl_->map.fields()[*field].second;
  constexpr std::string_view kWanted = "a name or a list of names";
  if (node.kind() == Node::Kind::kScalar) {
    if (node.is_broken()) return {};
    return {{node.scalar(), node.place()}};
  }
  if (node.kind() != Node::Kind::kList) impl_->expected(name, kWanted, node);
  std::vector<std::pair<std::string, Place>> out;
  for (const Node& item : node.items()) {
    if (item.kind() == Node::Kind::kScalar && !item.is_broken()) {
      out.emplace_back(item.scalar(), item.place());
    } else {
      impl_->expected(name, kWanted, item);
    }
  }
  return out;
}

Node FieldReader::child(std::string_view name) {
  const auto field = impl_->find(name);
  return field ? impl_->map.fields()[*field].second : Node();
}

Place FieldReader::place_of(std::string_view name) {
  const auto field = impl_->find(name);
  return field ? impl_->map.fields()[*field].second.place() : impl_->map.place();
}

void FieldReader::error(std::string_view name, const std::string& message) {
  impl_->diagnostics->error(place_of(name), fmt::format("{}: {}", impl_->path(name), message));
}

void FieldReader::finish() {
  if (impl_->finished) return;
  impl_->finished = true;
  std::vector<std::string> known = impl_->asked;
  if (const Node::Data* data = impl_->map.data()) {
    known.insert(known.end(), data->also_known.begin(), data->also_known.end());
  }
  const auto& fields = impl_->map.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i].first;
    if (std::find(impl_->asked.begin(), impl_->asked.end(), name) != impl_->asked.end()) continue;
    const std::string where = impl_->what.empty() ? "" : " in " + impl_->what;
    impl_->diagnostics->error(impl_->map.key_place(i), fmt::format("unknown key '{}'{}{}", name, where,
                                                                   suggest_name(name, known, "keys")));
  }
}

}  // namespace ebb
