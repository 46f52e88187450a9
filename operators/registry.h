// Which operators there are, and how one is made from its parameters.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operators/operator.h"

namespace ebb {

class Diagnostics;
class Node;
struct ModelFile;
struct MoneyConfig;
struct SourceConfig;

// What a maker may use. Nothing of it outlives the call: makers copy what they keep.
struct MakeContext {
  const std::string& node;  // the node's name
  const Node& params;       // its mapping, read with a FieldReader
  const ModelFile& model;   // what its `model` names
  const MoneyConfig& money;
  const std::vector<SourceConfig>& sources;  // by SourceId
  Diagnostics* diagnostics;                  // whatever is wrong with the parameters goes here
};

using OperatorMaker = std::unique_ptr<Operator> (*)(const MakeContext& context);

// The maker of the operator of this name; null if there is none.
OperatorMaker find_operator(std::string_view name);
// Sorted.
std::vector<std::string> operator_names();

}  // namespace ebb
