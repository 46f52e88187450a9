// The dimensions of satisfaction that everybody uses have a number, so that a slice needn't keep their names.
#pragma once

#include <string_view>

namespace ebb {

// From 1 on; 0: it has none. A number once given stays.
int dimension_number(std::string_view name);
// Empty: a number that has none, of a later version for instance.
std::string_view dimension_name(int number);

// A dimension as it was named, to look for it among those that a slice has.
class DimensionKey {
 public:
  explicit DimensionKey(std::string_view name) : name_(name), number_(dimension_number(name)) {}

  std::string_view name() const { return name_; }
  // Kept: a message with `number`, and a `name` where that is 0.
  template <typename Kept>
  bool is(const Kept& kept) const {
    return kept.number() == number_ && (number_ != 0 || kept.name() == name_);
  }
  template <typename Kept>
  void put(Kept* kept) const {
    kept->set_number(number_);
    if (number_ == 0) kept->set_name(name_.data(), name_.size());
  }

 private:
  std::string_view name_;
  int number_;
};

template <typename Kept>
std::string_view dimension_of(const Kept& kept) {
  return kept.number() != 0 ? dimension_name(kept.number()) : std::string_view(kept.name());
}

}  // namespace ebb
