// A piece of the config file with its place, free of the YAML library, and a reader that checks as it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/types.h"

namespace ebb {

class Diagnostics;

// Where something stands in the file. Lines and columns count from 1; 0 = not in the file (a default).
struct Place {
  int line = 0;
  int column = 0;
};

// A scalar, list or mapping. Copies are cheap (shared, immutable).
class Node {
 public:
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Data;

  Node() = default;
  explicit Node(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  Kind kind() const;
  Place place() const;
  const std::string& scalar() const;                                // REQUIRES: kScalar
  const std::vector<Node>& items() const;                           // empty unless kList
  const std::vector<std::pair<std::string, Node>>& fields() const;  // empty unless kMap; the file's order
  Place key_place(std::size_t field) const;                         // of the field's name

  // What stands here, for a message: "'abc'", "a list", ... A scalar is shown as it was written, so what
  // came from the environment is never shown.
  std::string describe() const;
  // A fault of this scalar (an unset variable) is in the diagnostics already; say no more of it.
  bool is_broken() const;
  const Data* data() const { return data_.get(); }  // null for a node that stands nowhere

 private:
  std::shared_ptr<const Data> data_;
};

struct Node::Data {
  Kind kind = Kind::kNull;
  Place place;
  std::string scalar;
  std::string written;  // the scalar with its ${...} still in it; empty if it had none
  bool broken = false;
  std::vector<Node> items;
  std::vector<std::pair<std::string, Node>> fields;  // no name twice
  std::vector<Place> key_places;
  // Names that this mapping may also have and that somebody else has read and taken out: suggestions for
  // misspelt names include them.
  std::vector<std::string> also_known;
};

// Reads the fields of one mapping, each with its type, range and default. Whatever is wrong goes to the
// diagnostics, once; the default is returned then. A field that is there but empty ("horizon:") is wrong for
// every typed reader. finish() reports fields that nobody asked for, with the nearest name that was asked
// for; the destructor calls it, so it can't be forgotten.
class FieldReader {
 public:
  // what: names the mapping in messages ("operator churn_risk", "log.kafka", "" for the whole file). A null
  // node reads as an empty mapping. diagnostics outlives the reader.
  FieldReader(const Node& map, std::string what, Diagnostics* diagnostics);
  ~FieldReader();
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;

  // Is the field there (empty or not)?
  bool has(std::string_view name);
  std::string text(std::string_view name, std::string otherwise);
  std::int64_t integer(std::string_view name, std::int64_t otherwise, std::int64_t min, std::int64_t max);
  double number(std::string_view name, double otherwise, double min, double max);
  bool boolean(std::string_view name, bool otherwise);
  // 250ms, 10s, 5m, 2h, 30d, 1w; a bare number is refused because nobody knows its unit.
  DurationMs duration(std::string_view name, DurationMs otherwise, DurationMs min, DurationMs max);
  // 512MiB, 64KiB, 1GiB, 1000000B.
  std::int64_t bytes(std::string_view name, std::int64_t otherwise, std::int64_t min, std::int64_t max);
  // One of the choices; the index is returned.
  std::size_t choice(std::string_view name, const std::vector<std::string_view>& choices,
                     std::size_t otherwise);
  // A scalar or a list of scalars, with places.
  std::vector<std::pair<std::string, Place>> names(std::string_view name);
  // The field as it stands (null node when absent).
  Node child(std::string_view name);
  Place place_of(std::string_view name);  // of the field's value, or of the mapping
  // Reports what is wrong with a field's value beyond its type: "<what>.<name>: <message>".
  void error(std::string_view name, const std::string& message);

  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb
