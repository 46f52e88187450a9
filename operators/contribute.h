// Saying one term of the risk: the sentence and the evidence are made only when somebody reads them.
#pragma once

#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "ebb/state/v1/evidence_slice.pb.h"
#include "operators/event_ref.h"
#include "operators/fading.h"
#include "operators/operator.h"

namespace ebb {

// Terms smaller than this are not worth a line.
inline constexpr double kNegligiblePoints = 0.005;

// name: static. sentence: makes the text. evidence: those that are null or empty are left out.
template <typename Sentence>
void contribute(AssessContext& context, std::string_view name, double points, const Sentence& sentence,
                std::initializer_list<const state::v1::EvidenceItem*> evidence) {
  if (std::abs(points) < kNegligiblePoints) return;
  if (!context.explain) return context.out.contribute(name, points);
  Contribution contribution{.name = name, .points = points, .sentence = sentence(), .evidence = {}};
  for (const state::v1::EvidenceItem* item : evidence) {
    if (item != nullptr && is_remembered(*item))
      contribution.evidence.push_back(evidence_of(*item, context.shared.task()));
  }
  context.out.contribute(std::move(contribution));
}

// Says when points that fade will have moved noticeably.
inline void note_fading(const Fading& fading, double points, AssessContext& context) {
  const TimeMs at_ms = fading.moved_at(context.at_ms, points);
  if (points > 0) {
    context.out.eases_at(at_ms);
  } else {
    context.out.changes_at(at_ms);
  }
}

inline double days_of(DurationMs ms) {
  return static_cast<double>(ms) / static_cast<double>(kDayMs);
}

}  // namespace ebb
