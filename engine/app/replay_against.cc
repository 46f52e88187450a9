#include "engine/app/replay_against.h"

#include <fstream>

#include "engine/app/comparison_text.h"
#include "engine/app/console.h"
#include "engine/app/found.h"
#include "engine/app/output_file.h"
#include "nlohmann/json.hpp"

namespace ebb::app {
namespace {

// Of summary.json; empty if there is none.
std::string graph_version_of(const std::string& dir) {
  std::ifstream file(dir + "/summary.json");
  const auto summary = nlohmann::json::parse(file, nullptr, false);
  if (!summary.is_object()) return "";
  return summary.value("graph_version", "");
}

bool nothing_changed(const Comparison& comparison) {
  const auto all_same = [](const std::array<Comparison::Sum, kChanges>& sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (static_cast<Change>(i) != Change::kSame && sums[i].findings > 0) return false;
    }
    return true;
  };
  bool same = all_same(comparison.churn_risk);
  for (const auto& [kind, sums] : comparison.others) same = same && all_same(sums);
  return same;
}

}  // namespace

Status show_against(const AgainstOptions& options, bool* same) {
  Names names;
  EBB_ASSIGN(const Found before, read_found(options.old_dir, &names));
  EBB_ASSIGN(const Found after, read_found(options.new_dir, &names));
  Comparison comparison = compare(before, after);
  const Status explained = explain_from_history(options.old_dir, options.new_dir, &names, &comparison);
  const bool no_history = explained.code() == Code::kNotFound;
  if (!explained && !no_history) return explained;
  const Side old_side{options.old_label, graph_version_of(options.old_dir), before.currency};
  const Side new_side{options.new_label, graph_version_of(options.new_dir), after.currency};
  const std::string json = comparison_json(comparison, old_side, new_side, names, options.most) + "\n";
  EBB_ASSIGN(OutputFile file, OutputFile::create(options.new_dir + "/against.json"));
  EBB_TRY(file.write(json));
  EBB_TRY(file.commit());
  *same = nothing_changed(comparison);
  if (options.json) {
    print(json);
    return Status::ok();
  }
  print("\n" + comparison_text(comparison, old_side, new_side, names, options.most, Painter(Stream::kOut)));
  if (no_history) {
    print("  why findings appear or vanish stays unknown: " + options.old_label +
          " was replayed without --risk-history\n");
  }
  return Status::ok();
}

}  // namespace ebb::app
