#include "config/node.h"

#include <cassert>

namespace ebb {

namespace {

const Node::Data& nothing() {
  static const Node::Data data;
  return data;
}

const Node::Data& deref(const Node::Data* data) {
  return data ? *data : nothing();
}

}  // namespace

Node::Kind Node::kind() const {
  return deref(data()).kind;
}
Place Node::place() const {
  return deref(data()).place;
}
bool Node::is_broken() const {
  return deref(data()).broken;
}
const std::vector<Node>& Node::items() const {
  return deref(data()).items;
}
const std::vector<std::pair<std::string, Node>>& Node::fields() const {
  return deref(data()).fields;
}

const std::string& Node::scalar() const {
  assert(kind() == Kind::kScalar);
  return data_->scalar;
}

Place Node::key_place(std::size_t field) const {
  const auto& places = deref(data()).key_places;
  return field < places.size() ? places[field] : Place{};
}

std::string Node::describe() const {
  switch (kind()) {
    case Kind::kNull:
      return "nothing";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a mapping";
    case Kind::kScalar:
      break;
  }
  constexpr std::size_t kShown = 60;
  const std::string& text = data_->written.empty() ? data_->scalar : data_->written;
  if (text.size() <= kShown) return "'" + text + "'";
  return "'" + text.substr(0, kShown) + "...'";
}

}  // namespace ebb
