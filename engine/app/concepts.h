// What Ebb understands of a customer, row by row: docs/customer.md has the same table, and a test compares.
#pragma once

#include <span>
#include <string_view>

namespace ebb::app {

struct Concept {
  std::string_view row;     // "V4"
  std::string_view name;    // what it is
  std::string_view config;  // operators with their parameters
  std::string_view says;    // reason, measure or flag: on alerts, in the risk table, in `ebb customer`
  std::string_view report;  // where `ebb report` shows it; empty: nowhere
  std::string_view tests;   // named after the row
  std::string_view note;    // what is missing; empty: nothing
};

std::span<const Concept> concepts();

}  // namespace ebb::app
