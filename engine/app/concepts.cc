#include "engine/app/concepts.h"

#include <array>

namespace ebb::app {
namespace {

// clang-format off
constexpr std::array<Concept, 45> kConcepts = {{
    {"V1", "components", "satisfaction", "utility, warranty, perception", "", "V1_three_components", ""},
    {"V2", "benefits by kind", "perceived_value: hour_value", "net_value", "value: step 4", "V2_benefits_by_kind", ""},
    {"V3", "costs by kind", "perceived_value", "net_value", "value: step 4", "V3_costs_by_kind", ""},
    {"V4", "net value", "perceived_value: max_net_value", "net_value, net_value_minor, net_value_ratio", "value: step 4", "V4_net_value", ""},
    {"V5", "alternatives", "perceived_value: alternative_net, segment, alternative_by, max_competitor", "competitor, alternative_net_minor", "value: step 4", "V5_relative_to_alternatives", ""},
    {"V6", "desired, expected, perceived", "satisfaction", "desired, expected, perceived", "value: step 3", "V6_desired_expected_perceived", ""},
    {"V7", "quality is not value", "perceived_value: max_quality", "quality_without_value", "", "V7_quality_is_not_value", ""},
    {"V8", "weights", "satisfaction: weights, service_weight, segment", "satisfaction", "value: steps 1, 2", "V8_weights", ""},
    {"V9", "situation", "loyalty: max_circumstance", "circumstance", "", "V9_situation", ""},
    {"V10", "promise", "relationship: max_promise", "promise", "", "V10_the_promise", ""},
    {"V11", "value analysis", "segments: by, half_life", "", "value", "V11_five_steps", ""},
    {"S1", "expectation", "satisfaction", "satisfaction", "satisfaction; value: step 3", "S1_perceived_against_expected", ""},
    {"S2", "dimensions", "satisfaction: weights, max_dimensions", "satisfaction", "satisfaction: by dimension", "S2_dimensions_out_of_the_box", ""},
    {"S3", "zone of tolerance", "satisfaction: tolerance, intolerable, delight_cap", "satisfaction", "satisfaction", "S3_zone_of_tolerance", ""},
    {"S4", "expectation as state", "satisfaction: used_to_half_life", "expected", "value: step 3", "S4_expectation_is_state", "Promises act through V10, not on the expectation."},
    {"S5", "touchpoints", "relationship: first_contact, max_touchpoint", "touchpoint", "satisfaction: by touchpoint", "S5_touchpoints", ""},
    {"S6", "trust", "relationship: max_trust", "trust", "", "S6_trust", ""},
    {"S7", "gestures", "relationship: gesture_half_life, max_gesture", "gesture", "profit (their cost)", "S7_gestures", ""},
    {"S8", "fading and shifts", "satisfaction: half_life, prior, recent_half_life", "satisfaction_shift, satisfaction_fell", "satisfaction: over time", "S8_evidence_fades_and_shifts", ""},
    {"C1", "cases", "satisfaction: claim, max_cases", "open_complaints", "satisfaction: complaint open", "C1_a_complaint_is_a_case", ""},
    {"C2", "reasonable time", "satisfaction: recovery, segment, recovery_by", "alert of kind overdue", "", "C2_a_reasonable_time", ""},
    {"C3", "recovery", "satisfaction: max_recovery", "recovery", "", "C3_recovery_goes_back_and_no_lower", ""},
    {"C4", "silent unhappy", "satisfaction: max_silent", "silent_unhappy, contact_wanted", "satisfaction: unhappy and silent, complaints per unhappy", "C4_the_silent_unhappy", ""},
    {"C5", "waits, questions", "support: long_wait", "support", "", "C5_waits_and_questions", ""},
    {"C6", "word of mouth", "word_of_mouth", "word_of_mouth, network_at_risk_minor", "", "C6_word_of_mouth", ""},
    {"C7", "asking", "satisfaction: stale_weight, ask_rest; requests; alert_policy: survey", "requests; thank_wanted, referral_wanted, contact_wanted", "", "C7_asking, C7_requests, C7_a_limit_per_day", ""},
    {"C8", "takes knowledge away", "word_of_mouth: knowledge", "takes_knowledge_away", "", "C8_takes_knowledge_away", ""},
    {"L1", "captive", "loyalty: max_held, max_released, barrier_window", "captive, barrier_ending, the quadrant", "loyalty: quadrants, ties", "L1_satisfied_is_not_loyal, Flags.L1TheQuadrantFollowsSatisfactionAndTies", ""},
    {"L2", "promotions", "pricing: window, max_promotion, max_trial", "promotion, trial", "loyalty: ties", "L2_promotions", ""},
    {"L3", "price", "pricing: max_price", "price, no_discount", "", "L3_price", ""},
    {"L4", "features without support", "support: features", "support", "", "L4_features_without_support", ""},
    {"L5", "competition", "breadth: needs, sensitivity, max_substitution", "substitution, sensitivity", "", "L5_competition", ""},
    {"L6", "breadth", "breadth", "breadth, measure new_kinds, value term prospective", "", "L6_breadth", ""},
    {"L7", "faults, warranty, offers", "product, pricing: max_offers", "fault, warranty_ending, offer_declined", "loyalty: ties", "L7_faults_and_warranty, L7_offers", ""},
    {"L8", "engagement", "loyalty: max_engagement", "engagement, points_unredeemed", "", "L8_engagement", ""},
    {"L9", "unmet need", "loyalty: max_unmet", "unmet_need", "", "L9_unmet_need", ""},
    {"L10", "season", "loyalty", "season", "", "L10_season", ""},
    {"W1", "lifetime value", "value, churn_risk: lifetime, market_lifetime_value", "lifetime_value_minor, value terms lifetime, market", "profit: lifetime value, to the market's", "W1_lifetime_value", ""},
    {"W2", "cost, channels, tiers", "value: costs; segments: top, middle", "profit_minor; profit_tier among the segments", "profit: tiers, channels", "W2_tiers_by_share_of_profit", ""},
    {"W3", "who doesn't pay", "loyalty", "non_paying", "profit: never let go", "W3_who_does_not_pay", ""},
    {"W4", "what may be spent", "churn_risk: campaign, acquisition_cost; alert_policy: capacity_per_day, by", "keep budget, replacement cost, profit of acting; alert_held_back", "profit: whom to keep", "W4_what_may_be_spent, W4_capacity_ranked_by_what_acting_is_worth", ""},
    {"W5", "suggested action", "alert_policy", "suggested action", "profit: whom to keep", "W5_suggested_action", ""},
    {"W6", "named terms", "churn_risk: prospective", "value terms repeat_purchases, lifetime, prospective, referral", "", "W6_named_terms", ""},
    {"W7", "lenses", "alert_policy: lenses; a sink's lens", "the order of the reasons", "", "W7_lenses", ""},
    {"W8", "segments", "segments", "segments on alerts, requests and risk rows", "all four: `--segment`; satisfaction, profit, loyalty, value by segment", "W8_segments", ""},
}};
// clang-format on

}  // namespace

std::span<const Concept> concepts() {
  return kConcepts;
}

}  // namespace ebb::app
