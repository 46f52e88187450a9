#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "config/environment.h"

namespace ebb {

namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostNodes = 100'000;

Place place_at(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

bool is_plain_tag(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag.rfind("tag:yaml.org,2002:", 0) == 0;
}

// Builds Nodes from the parser's events. yaml-cpp's own Node is not used: it hides duplicate keys and the
// places of keys.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Diagnostics* diagnostics) : diagnostics_(diagnostics) {}

  Node root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto data = make(Node::Kind::kNull, mark, anchor);
    // The parser marks an empty value with the place of what comes after it; the key says more.
    if (!open_.empty() && open_.back().key) data->place = open_.back().key_place;
    add(Node(data));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw YAML::ParserException(mark, "an alias inside its own anchor");
    add(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto data = make(Node::Kind::kScalar, mark, anchor);
    check_tag(tag, mark);
    data->scalar = value;
    const bool is_key = !open_.empty() && open_.back().wants_key();
    if (!is_key && value.find('$') != std::string::npos) fill_in(data.get());
    add(Node(data));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or mapping that is being read.
  struct Open {
    std::shared_ptr<Node::Data> data;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;  // of the value that comes next
    Place key_place;

    bool wants_key() const { return data->kind == Node::Kind::kMap && !key; }
  };

  std::shared_ptr<Node::Data> make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (++nodes_ > kMostNodes) throw YAML::ParserException(mark, "the file holds too much");
    auto data = std::make_shared<Node::Data>();
    data->kind = kind;
    data->place = place_at(mark);
    if (anchor != 0 && kind != Node::Kind::kList && kind != Node::Kind::kMap) anchors_[anchor] = Node(data);
    return data;
  }

  void check_tag(const std::string& tag, const YAML::Mark& mark) {
    if (!is_plain_tag(tag))
      diagnostics_->error(place_at(mark), fmt::format("tags such as '{}' mean nothing here", tag));
  }

  void fill_in(Node::Data* data) {
    data->written = data->scalar;
    auto filled = interpolate(data->written);
    if (filled) {
      data->scalar = std::move(filled).value();
      return;
    }
    diagnostics_->error(data->place, filled.status().message());
    data->broken = true;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= kDeepest) throw YAML::ParserException(mark, "nested too deep");
    auto data = make(kind, mark, anchor);
    check_tag(tag, mark);
    open_.push_back({std::move(data), anchor, std::nullopt, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    Node node(std::move(done.data));
    if (done.anchor != 0) anchors_[done.anchor] = node;
    add(node);
  }

  void add(const Node& node) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    Open& parent = open_.back();
    if (parent.data->kind == Node::Kind::kList) {
      parent.data->items.push_back(node);
    } else if (parent.wants_key()) {
      take_key(node, &parent);
    } else {
      add_field(node, &parent);
    }
  }

  void take_key(const Node& node, Open* parent) {
    parent->key_place = node.place();
    if (node.kind() == Node::Kind::kScalar && !node.scalar().empty()) {
      parent->key = node.scalar();
      if (*parent->key == "<<") {
        diagnostics_->error(node.place(),
                            "merge keys ('<<') are not supported; an alias can stand for a whole value");
      }
      return;
    }
    parent->key = "";
    diagnostics_->error(node.place(), fmt::format("expected a name as key, found {}", node.describe()));
  }

  void add_field(const Node& node, Open* parent) {
    const std::string key = *std::exchange(parent->key, std::nullopt);
    if (key.empty() || key == "<<") return;  // reported already
    Node::Data& map = *parent->data;
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
      if (map.fields[i].first != key) continue;
      const Place first = map.key_places[i];
      diagnostics_->error(parent->key_place,
                          fmt::format("duplicate key '{}', already at {}:{}", key, first.line, first.column));
      return;
    }
    map.fields.emplace_back(key, node);
    map.key_places.push_back(parent->key_place);
  }

  Diagnostics* diagnostics_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
};

bool indented_by_tab(const std::string& text, int line) {
  std::istringstream in(text);
  std::string current;
  for (int i = 0; i < line; ++i) std::getline(in, current);
  const std::size_t end = std::min(current.find_first_not_of(" \t"), current.size());
  return current.find('\t') < end;
}

}  // namespace

Node parse_yaml(const std::string& text, Diagnostics* diagnostics) {
  Builder builder(diagnostics);
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    Diagnostics ignored;
    Builder second(&ignored);
    if (parser.HandleNextDocument(second)) {
      diagnostics->error(second.root().place(), "expected one document, found a second one");
    }
    return builder.root();
  } catch (const YAML::Exception& error) {
    // The library's mark for no place is line -1, which becomes our 0.
    const Place place = place_at(error.mark);
    const char* hint = indented_by_tab(text, place.line) ? " (tabs can't indent)" : "";
    diagnostics->error(place, fmt::format("not valid YAML: {}{}", error.msg, hint));
  } catch (const std::exception& error) {
    diagnostics->error({}, fmt::format("not valid YAML: {}", error.what()));
  }
  return Node();
}

}  // namespace ebb
