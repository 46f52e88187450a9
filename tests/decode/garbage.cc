#include "tests/decode/garbage.h"

#include <absl/strings/escaping.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "tests/decode/samples.h"

namespace ebb::test {
namespace {

using Reason = DecodeRefusal::Reason;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr int kTenMegabytes = 10 * 1000 * 1000;

std::string repeat(std::string_view text, int times) {
  std::string all;
  all.reserve(text.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

class Corpus {
 public:
  void add(std::string name, std::string value, Reason reason, Headers headers = {}) {
    all_.push_back({std::move(name), "anna", std::move(value), std::move(headers), reason});
  }
  void add_keyed(std::string name, std::optional<std::string> key, std::optional<std::string> value,
                 Reason reason) {
    all_.push_back({std::move(name), std::move(key), std::move(value), {}, reason});
  }
  // A purchase spoiled by `spoil`.
  void add_event(std::string name, const std::function<void(v1::Event&)>& spoil, Reason reason) {
    v1::Event event = purchase_event();
    spoil(event);
    add(std::move(name), event.SerializeAsString(), reason);
  }
  // A good event's JSON with a piece replaced.
  void add_json(std::string name, std::string_view piece, std::string_view by, Reason reason) {
    add(std::move(name), replaced(to_json(purchase_event()), piece, by), reason);
  }
  std::vector<Garbage> take() { return std::move(all_); }

 private:
  std::vector<Garbage> all_;
};

void add_bytes(Corpus& c) {
  c.add_keyed("null_value", "anna", std::nullopt, Reason::kEmptyValue);
  c.add_keyed("empty_value", "anna", "", Reason::kEmptyValue);
  c.add_keyed("null_key_and_value", std::nullopt, std::nullopt, Reason::kEmptyValue);
  c.add("ten_megabytes", repeat("x", kTenMegabytes), Reason::kTooLarge);
  v1::Event large = purchase_event();
  large.mutable_purchase()->set_occasion(repeat("x", kTenMegabytes));
  c.add("ten_megabytes_of_event", large.SerializeAsString(), Reason::kTooLarge);
  c.add("plain_text", cat("hello ", kSecret), Reason::kMalformed);
  c.add("one_byte_ff", "\xFF", Reason::kMalformed);
  c.add("all_ff", repeat("\xFF", 100), Reason::kMalformed);
  c.add("blank", "   ", Reason::kMalformed);
  c.add("line_feeds", "\n\n\n", Reason::kMalformed);
  c.add("xml", "<event><id>1</id></event>", Reason::kMalformed);
  c.add("csv", cat("e-1,", kSecret, ",2024-05-31,20.00"), Reason::kMalformed);
  c.add("yaml", cat("customer_id: ", kSecret, "\nevent_id: 1\n"), Reason::kMalformed);
  c.add("url_encoded", cat("event_id=1&customer_id=", kSecret), Reason::kMalformed);
  c.add("base64_of_event", absl::Base64Escape(purchase_event().SerializeAsString()), Reason::kMalformed);
  c.add("gzip_magic", std::string("\x1F\x8B\x08\x00\x00\x00\x00\x00", 8), Reason::kMalformed);
  c.add("avro_magic",
        std::string("Obj\x01\x04\x14"
                    "avro",
                    10),
        Reason::kMalformed);
  c.add("java_serialised", std::string("\xAC\xED\x00\x05sr", 6), Reason::kMalformed);
  c.add("utf16", std::string("\xFF\xFE{\x00}\x00", 6), Reason::kMalformed);
  c.add("json_array", cat("[", to_json(purchase_event()), "]"), Reason::kMalformed);
  c.add("json_string", cat("\"", kSecret, "\""), Reason::kMalformed);
  c.add("json_number", "12345", Reason::kMalformed);
  c.add("json_null", "null", Reason::kMalformed);
  c.add("json_true", "true", Reason::kMalformed);
}

void add_protobuf(Corpus& c) {
  const std::string good = purchase_event().SerializeAsString();
  c.add("cut_off", good.substr(0, good.size() - 1), Reason::kMalformed);
  c.add("tail", good + "\x07", Reason::kMalformed);
  c.add("twice_with_garbage", cat(good, "\xFF", good), Reason::kMalformed);
  c.add("length_beyond_end",
        "\x0A\x7F"
        "abc",
        Reason::kMalformed);
  c.add("length_of_2_gb",
        "\x0A\xFF\xFF\xFF\xFF\x07"
        "abc",
        Reason::kMalformed);
  c.add("endless_varint", repeat("\x80", 64), Reason::kMalformed);
  c.add("field_number_0", cat(good, std::string_view("\x02\x01x", 3)), Reason::kMalformed);
  c.add("end_group_alone", good + "\x7C", Reason::kMalformed);
  c.add("open_groups_bomb", good + repeat("\xA3\x06", 100'000), Reason::kMalformed);
  c.add("closed_groups_bomb", good + repeat("\xA3\x06", 10'000) + repeat("\xA4\x06", 10'000),
        Reason::kMalformed);
  c.add("string_not_utf8", "\x0A\x02\xC3\x28", Reason::kMalformed);
  c.add("unknown_fields_only", "\xA2\x06\x03xyz", Reason::kMissingField);
  c.add("another_message", purchase_event().purchase().SerializeAsString(), Reason::kMalformed);
}

void add_json_texts(Corpus& c) {
  const std::string good = to_json(purchase_event());
  c.add("json_empty_object", "{}", Reason::kMissingField);
  c.add("json_cut_off", good.substr(0, good.size() - 1), Reason::kMalformed);
  c.add("json_tail", good + "x", Reason::kMalformed);
  c.add("json_two_objects", good + "\n" + good, Reason::kMalformed);
  c.add("json_lone_brace", "{", Reason::kMalformed);
  c.add("json_trailing_comma", cat(good.substr(0, good.size() - 1), ",}"), Reason::kMalformed);
  c.add("json_single_quotes", replaced(good, "\"", "'"), Reason::kMalformed);
  c.add_json("json_bare_name", "\"eventId\"", "eventId", Reason::kMalformed);
  c.add_json("json_comment", "{\"eventId\"", "{/* hi */\"eventId\"", Reason::kMalformed);
  c.add_json("json_not_utf8", "anna", "\xC3\x28", Reason::kMalformed);
  c.add_json("json_half_surrogate", "anna", "\\ud800", Reason::kMalformed);
  c.add_json("json_raw_control", "anna", "an\nna", Reason::kMalformed);
  c.add_json("json_name_twice", "\"customerId\"", "\"customerId\":\"bob\",\"customerId\"",
             Reason::kMalformed);
  c.add("json_nested_bomb", repeat("{\"purchase\":", 80'000), Reason::kMalformed);
  c.add("json_nested_arrays_bomb", "{\"purchase\":" + repeat("[", 100'000), Reason::kMalformed);
  c.add("json_nested_closed_bomb", repeat("{\"a\":", 50'000) + "1" + repeat("}", 50'000), Reason::kMalformed);
  c.add_json("json_unknown_name", "\"eventId\"", "\"colour\":1,\"eventId\"", Reason::kUnknownField);
  c.add_json("json_unknown_inner_name", "\"minorUnits\"", "\"cents\"", Reason::kUnknownField);
  c.add_json("json_name_with_data", "\"minorUnits\"", cat("\"", kSecret, "@x.org\""), Reason::kUnknownField);
  c.add_json("json_money_as_text", "\"2000\"", cat("\"", kSecret, "\""), Reason::kBadField);
  c.add_json("json_money_as_fraction", "\"2000\"", "20.5", Reason::kBadField);
  c.add_json("json_money_beyond_64_bits", "\"2000\"", "99999999999999999999", Reason::kBadField);
  c.add_json("json_number_beyond_double", "\"2000\"", "1e999", Reason::kMalformed);
  c.add_json("json_time_in_words", "\"2024-05-31T12:00:00.250Z\"", cat("\"", kSecret, " noon\""),
             Reason::kBadField);
  c.add_json("json_time_as_number", "\"2024-05-31T12:00:00.250Z\"", "1717156800250", Reason::kBadField);
  c.add_json("json_time_without_zone", "12:00:00.250Z", "12:00:00", Reason::kBadField);
  c.add_json("json_time_impossible", "2024-05-31", "2024-02-31", Reason::kBadField);
  c.add_json("json_id_as_object", "\"anna\"", cat("{\"", kSecret, "\":1}"), Reason::kBadField);
  c.add_json("json_id_as_list", "\"anna\"", cat("[\"", kSecret, "\"]"), Reason::kBadField);
  c.add_json("json_id_as_number", "\"anna\"", "12", Reason::kBadField);
  c.add_json("json_body_as_text", "{\"amount\":{\"currencyCode\":\"EUR\",\"minorUnits\":\"2000\"}}",
             cat("\"", kSecret, "\""), Reason::kBadField);
  c.add_json("json_two_bodies", "\"purchase\"", "\"feedback\":{},\"purchase\"", Reason::kBadField);
  c.add_json("json_unknown_enum_name", "\"amount\"", cat("\"kind\":\"", kSecret, "\",\"amount\""),
             Reason::kBadField);
  c.add_json("json_nan", "\"amount\"", "\"items\":[{\"quantity\":\"NaN\"}],\"amount\"", Reason::kBadField);
  c.add_json("json_body_null", "{\"amount\":{\"currencyCode\":\"EUR\",\"minorUnits\":\"2000\"}}", "null",
             Reason::kMissingField);
}

void add_confluent(Corpus& c) {
  const v1::Event event = purchase_event();
  using std::string_view_literals::operator""sv;
  c.add("frame_only_zero", std::string("\0", 1), Reason::kMalformed);
  c.add("frame_cut_in_id", std::string("\0\0\0", 3), Reason::kMalformed);
  c.add("frame_without_indexes", std::string("\0\0\0\0\7", 5), Reason::kMalformed);
  c.add("frame_without_message", std::string("\0\0\0\0\7\0", 6), Reason::kMissingField);
  c.add("frame_negative_count", to_confluent(event, "\x01"sv), Reason::kMalformed);
  c.add("frame_huge_count", to_confluent(event, "\xFE\xFF\xFF\xFF\x0F"sv), Reason::kMalformed);
  c.add("frame_count_17", to_confluent(event, "\x22"sv), Reason::kMalformed);
  c.add("frame_endless_count", to_confluent(event, "\x80\x80\x80\x80\x80\x80"sv), Reason::kMalformed);
  c.add("frame_negative_index", to_confluent(event, "\x02\x01"sv), Reason::kMalformed);
  c.add("frame_index_cut_off", std::string("\0\0\0\0\7\x04\0", 7), Reason::kMalformed);
  c.add("frame_other_message", to_confluent(event, "\x02\x02"sv), Reason::kBadField);
  c.add("frame_nested_message", to_confluent(event, "\x04\x00\x00"sv), Reason::kBadField);
  c.add("frame_around_json", cat("\0\0\0\0\7"sv, to_json(event)), Reason::kMalformed);
  c.add("frame_around_garbage", cat("\0\0\0\0\7\0"sv, "\xFF\xFF"), Reason::kMalformed);
}

void add_cloud_events(Corpus& c) {
  const std::string proto = purchase_event().SerializeAsString();
  const std::string json = to_json(purchase_event());
  const std::string structured = to_cloud_event(purchase_event());
  const auto changed = [&](std::string_view piece, std::string_view by) {
    return replaced(structured, piece, by);
  };
  v1::Event no_id = purchase_event();
  no_id.clear_event_id();
  v1::Event no_time = purchase_event();
  no_time.clear_event_time();

  c.add("ce_version_0", proto, Reason::kUnknownFormat, {{"ce_specversion", "0.3"}});
  c.add("ce_batch", cat("[", structured, "]"), Reason::kUnknownFormat,
        {{"content-type", "application/cloudevents-batch+json"}});
  c.add("ce_avro_envelope", proto, Reason::kUnknownFormat,
        {{"content-type", "application/cloudevents+avro"}});
  c.add("ce_data_of_other_type", proto, Reason::kUnknownFormat,
        {{"ce_specversion", "1.0"}, {"content-type", "application/xml"}});
  c.add("ce_json_is_protobuf", proto, Reason::kMalformed,
        {{"ce_specversion", "1.0"}, {"content-type", "application/json"}});
  c.add("ce_protobuf_is_json", json, Reason::kMalformed,
        {{"ce_specversion", "1.0"}, {"content-type", "application/protobuf"}});
  c.add("ce_id_without_source", no_id.SerializeAsString(), Reason::kMissingField,
        {{"ce_specversion", "1.0"}, {"ce_id", "77"}});
  c.add("ce_time_in_words", no_time.SerializeAsString(), Reason::kBadField,
        {{"ce_specversion", "1.0"}, {"ce_time", cat(kSecret, " noon")}});
  c.add("ce_id_too_long", no_id.SerializeAsString(), Reason::kBadField,
        {{"ce_specversion", "1.0"}, {"ce_source", "/shop"}, {"ce_id", repeat("i", 256)}});
  c.add("ce_id_not_utf8", no_id.SerializeAsString(), Reason::kBadField,
        {{"ce_specversion", "1.0"}, {"ce_source", "/shop"}, {"ce_id", "\xC3\x28"}});
  c.add("ce_structured_no_json", proto, Reason::kMalformed,
        {{"content-type", "application/cloudevents+json"}});
  c.add("ce_structured_no_version", json, Reason::kUnknownFormat,
        {{"content-type", "application/cloudevents+json"}});
  c.add("ce_structured_version_2", changed("\"1.0\"", "\"2.0\""), Reason::kUnknownFormat);
  c.add("ce_structured_version_number", changed("\"1.0\"", "1.0"), Reason::kBadField);
  c.add("ce_structured_id_number", changed("\"77\"", "77"), Reason::kBadField);
  c.add("ce_structured_no_data", R"({"specversion":"1.0","id":"1","source":"/s","type":"t"})",
        Reason::kEmptyValue);
  c.add("ce_structured_data_text", R"({"specversion":"1.0","id":"1","source":"/s","data":"SECRETWORD"})",
        Reason::kBadField);
  c.add("ce_structured_bad_base64",
        R"({"specversion":"1.0","id":"1","source":"/s","data_base64":"!SECRETWORD!"})", Reason::kBadField);
  c.add("ce_structured_both_data", R"({"specversion":"1.0","data":{},"data_base64":"AAAA"})",
        Reason::kBadField);
  c.add("ce_structured_unknown_name", changed("\"eventId\"", "\"colour\""), Reason::kUnknownField);
}

void add_ids_and_keys(Corpus& c) {
  const std::string good = purchase_event().SerializeAsString();
  c.add_keyed("other_key", "bob", good, Reason::kKeyMismatch);
  c.add_keyed("empty_key", "", good, Reason::kKeyMismatch);
  c.add_keyed("key_longer_than_id", "annabel", good, Reason::kKeyMismatch);
  v1::Event nobody = purchase_event();
  nobody.clear_customer_id();
  c.add_keyed("nobody", std::nullopt, nobody.SerializeAsString(), Reason::kMissingField);
  c.add_keyed("key_not_utf8", "\xC3\x28", nobody.SerializeAsString(), Reason::kBadField);
  c.add_keyed("key_with_control", "a\tb", nobody.SerializeAsString(), Reason::kBadField);
  c.add_keyed("key_too_long", repeat("k", 257), nobody.SerializeAsString(), Reason::kBadField);
  c.add_event(
      "no_event_id", [](v1::Event& e) { e.clear_event_id(); }, Reason::kMissingField);
  c.add_event(
      "event_id_too_long", [](v1::Event& e) { e.set_event_id(repeat("e", 257)); }, Reason::kBadField);
  c.add_event(
      "event_id_with_escape", [](v1::Event& e) { e.set_event_id("\x1B[2J"); }, Reason::kBadField);
  c.add_event(
      "id_too_long", [](v1::Event& e) { e.set_customer_id(repeat("c", 257)); }, Reason::kBadField);
  c.add_event(
      "id_with_nul",
      [](v1::Event& e) {
        e.set_customer_id({"a\0b", 3});
      },
      Reason::kBadField);
  c.add_event(
      "id_with_line_feed", [](v1::Event& e) { e.set_customer_id("a\nb"); }, Reason::kBadField);
  c.add_event(
      "id_with_c1_control",
      [](v1::Event& e) {
        e.set_customer_id(
            "a\xC2\x85"
            "b");
      },
      Reason::kBadField);
}

void add_times(Corpus& c) {
  c.add_event(
      "no_time", [](v1::Event& e) { e.clear_event_time(); }, Reason::kMissingField);
  c.add_event(
      "before_1970", [](v1::Event& e) { e.mutable_event_time()->set_seconds(-1); }, Reason::kBadField);
  c.add_event(
      "year_10000", [](v1::Event& e) { e.mutable_event_time()->set_seconds(253'402'300'800); },
      Reason::kBadField);
  c.add_event(
      "time_largest", [](v1::Event& e) { e.mutable_event_time()->set_seconds(INT64_MAX); },
      Reason::kBadField);
  c.add_event(
      "time_least", [](v1::Event& e) { e.mutable_event_time()->set_seconds(INT64_MIN); }, Reason::kBadField);
  c.add_event(
      "time_in_ms", [](v1::Event& e) { e.mutable_event_time()->set_seconds(kSampleTimeMs); },
      Reason::kBadField);
  c.add_event(
      "nanos_negative", [](v1::Event& e) { e.mutable_event_time()->set_nanos(-1); }, Reason::kBadField);
  c.add_event(
      "nanos_of_a_second", [](v1::Event& e) { e.mutable_event_time()->set_nanos(1'000'000'000); },
      Reason::kBadField);
  c.add_event(
      "delivery_in_year_10000",
      [](v1::Event& e) { e.mutable_purchase()->mutable_delivery_time()->set_seconds(253'402'300'800); },
      Reason::kBadField);
}

void add_purchases(Corpus& c) {
  using E = v1::Event;
  const auto money = [](E& e) { return e.mutable_purchase()->mutable_amount(); };
  c.add_event(
      "no_body", [](E& e) { e.clear_body(); }, Reason::kMissingField);
  c.add_event(
      "no_currency", [=](E& e) { money(e)->clear_currency_code(); }, Reason::kMissingField);
  c.add_event(
      "currency_in_small", [=](E& e) { money(e)->set_currency_code("eur"); }, Reason::kBadField);
  c.add_event(
      "currency_sign", [=](E& e) { money(e)->set_currency_code("€"); }, Reason::kBadField);
  c.add_event(
      "currency_in_words", [=](E& e) { money(e)->set_currency_code("Euro"); }, Reason::kBadField);
  c.add_event(
      "amount_negative", [=](E& e) { money(e)->set_minor_units(-1); }, Reason::kBadField);
  c.add_event(
      "amount_huge", [=](E& e) { money(e)->set_minor_units(1'000'000'000'000'001); }, Reason::kBadField);
  c.add_event(
      "amount_least", [=](E& e) { money(e)->set_minor_units(INT64_MIN); }, Reason::kBadField);
  c.add_event(
      "discount_negative", [](E& e) { e.mutable_purchase()->set_discount_minor_units(-5); },
      Reason::kBadField);
  c.add_event(
      "item_without_currency",
      [](E& e) {
        e.mutable_purchase()->clear_amount();
        e.mutable_purchase()->add_items()->set_amount_minor_units(5);
      },
      Reason::kMissingField);
  for (auto [name, quantity] :
       {std::pair{"nan", kNan}, {"infinite", kInf}, {"zero", 0.0}, {"negative", -1.0}}) {
    c.add_event(
        cat("quantity_", name), [q = quantity](E& e) { e.mutable_purchase()->add_items()->set_quantity(q); },
        Reason::kBadField);
  }
  c.add_event(
      "purchase_kind_unknown",
      [](E& e) { e.mutable_purchase()->set_kind(static_cast<v1::PurchaseKind>(99)); }, Reason::kBadField);
  c.add_event(
      "items_too_many",
      [](E& e) {
        for (int i = 0; i < 1001; ++i) e.mutable_purchase()->add_items();
      },
      Reason::kBadField);
  c.add_event(
      "category_too_long", [](E& e) { e.mutable_purchase()->add_items()->set_category(repeat("c", 257)); },
      Reason::kBadField);
}

void add_other_bodies(Corpus& c) {
  using E = v1::Event;
  const auto rating = [](double value, double min, double max) {
    return [=](E& e) {
      auto* r = e.mutable_feedback()->mutable_rating();
      r->set_value(value);
      r->set_min(min);
      r->set_max(max);
    };
  };
  c.add_event("rating_without_scale", rating(0, 0, 0), Reason::kBadField);
  c.add_event("rating_scale_reversed", rating(3, 5, 1), Reason::kBadField);
  c.add_event("rating_above_scale", rating(6, 1, 5), Reason::kBadField);
  c.add_event("rating_below_scale", rating(0, 1, 5), Reason::kBadField);
  c.add_event("rating_nan", rating(kNan, 1, 5), Reason::kBadField);
  c.add_event("rating_scale_nan", rating(3, kNan, 5), Reason::kBadField);
  c.add_event("rating_scale_infinite", rating(3, 1, kInf), Reason::kBadField);
  c.add_event(
      "sentiment_infinite", [](E& e) { e.mutable_feedback()->set_sentiment(-kInf); }, Reason::kBadField);
  c.add_event(
      "complaint_without_case", [](E& e) { e.mutable_feedback()->mutable_complaint(); },
      Reason::kMissingField);
  c.add_event(
      "wait_negative", [](E& e) { e.mutable_feedback()->mutable_contact()->set_wait_ms(-1); },
      Reason::kBadField);
  c.add_event(
      "points_nan", [](E& e) { e.mutable_feedback()->mutable_points()->set_earned(kNan); },
      Reason::kBadField);
  c.add_event(
      "nps_11", [](E& e) { e.mutable_survey()->set_nps(11); }, Reason::kBadField);
  c.add_event(
      "nps_negative", [](E& e) { e.mutable_survey()->set_nps(-1); }, Reason::kBadField);
  c.add_event(
      "dimension_without_name", [](E& e) { e.mutable_survey()->add_dimensions(); }, Reason::kMissingField);
  const auto dimension = [](E& e) {
    auto* d = e.mutable_survey()->add_dimensions();
    d->set_name("ease");
    d->set_perceived(3);
    return d;
  };
  c.add_event(
      "dimension_without_scale", [=](E& e) { dimension(e); }, Reason::kMissingField);
  c.add_event(
      "dimension_off_scale", [=](E& e) { dimension(e)->mutable_scale()->set_max(2); }, Reason::kBadField);
  c.add_event(
      "dimension_twice",
      [=](E& e) {
        dimension(e)->mutable_scale()->set_max(5);
        dimension(e)->mutable_scale()->set_max(5);
      },
      Reason::kBadField);
  c.add_event(
      "importance_nan", [](E& e) { (*e.mutable_profile()->mutable_importance())["ease"] = kNan; },
      Reason::kBadField);
  c.add_event(
      "segment_without_name", [](E& e) { (*e.mutable_profile()->mutable_segments())[""] = kSecret; },
      Reason::kMissingField);
  c.add_event(
      "segments_too_many",
      [](E& e) {
        for (int i = 0; i < 101; ++i) (*e.mutable_profile()->mutable_segments())[cat(i)] = "x";
      },
      Reason::kBadField);
  c.add_event(
      "barrier_too_strong", [](E& e) { e.mutable_profile()->add_barriers()->set_strength(1.5); },
      Reason::kBadField);
  c.add_event(
      "offer_price_without_currency", [](E& e) { e.mutable_offer()->mutable_price()->set_minor_units(5); },
      Reason::kMissingField);
  c.add_event(
      "promise_outcome_unknown",
      [](E& e) { e.mutable_fulfilment()->add_promises()->set_outcome(static_cast<v1::PromiseOutcome>(-3)); },
      Reason::kBadField);
  c.add_event(
      "erasure_request_too_long", [](E& e) { e.mutable_erasure()->set_request_id(repeat("r", 257)); },
      Reason::kBadField);
}

}  // namespace

std::vector<Garbage> garbage() {
  Corpus corpus;
  add_bytes(corpus);
  add_protobuf(corpus);
  add_json_texts(corpus);
  add_confluent(corpus);
  add_cloud_events(corpus);
  add_ids_and_keys(corpus);
  add_times(corpus);
  add_purchases(corpus);
  add_other_bodies(corpus);
  return corpus.take();
}

}  // namespace ebb::test
