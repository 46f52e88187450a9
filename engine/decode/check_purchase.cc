// Purchases, offers and promises.
#include "ebb/v1/event.pb.h"
#include "engine/decode/bodies.h"

namespace ebb {
namespace {

constexpr int kItemsMax = 1000;
constexpr int kPromotionsMax = 100;
constexpr int kPromisesMax = 100;
constexpr double kQuantityMax = 1e12;

bool has_amount(const v1::PurchaseItem& item) {
  return item.has_amount_minor_units() || item.has_list_price_minor_units() ||
         item.has_market_price_minor_units() || item.has_cost_minor_units();
}

bool check_quantity(Check& check, const Path& at, const v1::PurchaseItem& item) {
  if (!item.has_quantity()) return true;
  return (item.quantity() > 0 && item.quantity() <= kQuantityMax) ||
         check.bad(at, "expected a quantity above 0, at most 10^12");
}

bool check_item(Check& check, const Path& at, const v1::PurchaseItem& item) {
  return check.text(at("product_id"), item.product_id()) && check.text(at("category"), item.category()) &&
         check_quantity(check, at("quantity"), item) &&
         check.amount(at("amount_minor_units"), item.amount_minor_units()) &&
         check.amount(at("list_price_minor_units"), item.list_price_minor_units()) &&
         check.amount(at("market_price_minor_units"), item.market_price_minor_units()) &&
         check.amount(at("cost_minor_units"), item.cost_minor_units()) &&
         check.time(at("warranty_end_time"), item.has_warranty_end_time(), item.warranty_end_time());
}

bool check_promotion(Check& check, const Path& at, const v1::Promotion& promotion) {
  return check.known(at("kind"), v1::PromotionKind_IsValid(promotion.kind())) &&
         check.text(at("name"), promotion.name()) &&
         check.time(at("end_time"), promotion.has_end_time(), promotion.end_time()) &&
         check.amount(at("discount_minor_units"), promotion.discount_minor_units());
}

// Amounts without a currency mean nothing.
bool check_currency(Check& check, const Path& at, const v1::Purchase& purchase) {
  if (purchase.has_amount()) return true;
  bool has = purchase.has_discount_minor_units() || purchase.has_list_price_minor_units() ||
             purchase.has_cost_of_goods_minor_units() || purchase.has_cost_to_serve_minor_units();
  for (const v1::PurchaseItem& item : purchase.items()) has = has || has_amount(item);
  for (const v1::Promotion& promotion : purchase.promotions()) {
    has = has || promotion.has_discount_minor_units();
  }
  return !has || check.missing(at("amount"), "expected the amount, since it gives the others their currency");
}

bool check_lists(Check& check, const Path& at, const v1::Purchase& purchase) {
  if (!check.at_most(at("items"), purchase.items_size(), kItemsMax)) return false;
  if (!check.at_most(at("promotions"), purchase.promotions_size(), kPromotionsMax)) return false;
  for (int i = 0; i < purchase.items_size(); ++i) {
    if (!check_item(check, at("items", i), purchase.items(i))) return false;
  }
  for (int i = 0; i < purchase.promotions_size(); ++i) {
    if (!check_promotion(check, at("promotions", i), purchase.promotions(i))) return false;
  }
  return true;
}

bool check_promise(Check& check, const Path& at, const v1::Promise& promise) {
  return check.known(at("kind"), v1::PromiseKind_IsValid(promise.kind())) &&
         check.text(at("name"), promise.name()) &&
         check.known(at("outcome"), v1::PromiseOutcome_IsValid(promise.outcome())) &&
         check.time(at("promised_time"), promise.has_promised_time(), promise.promised_time()) &&
         check.time(at("actual_time"), promise.has_actual_time(), promise.actual_time());
}

}  // namespace

bool check_purchase(Check& check, const Path& at, const v1::Purchase& p) {
  return check.text(at("order_id"), p.order_id()) && check.money(at("amount"), p.has_amount(), p.amount()) &&
         check.known(at("kind"), v1::PurchaseKind_IsValid(p.kind())) &&
         check.text(at("channel"), p.channel()) &&
         check.amount(at("discount_minor_units"), p.discount_minor_units()) &&
         check.amount(at("list_price_minor_units"), p.list_price_minor_units()) &&
         check.amount(at("cost_of_goods_minor_units"), p.cost_of_goods_minor_units()) &&
         check.amount(at("cost_to_serve_minor_units"), p.cost_to_serve_minor_units()) &&
         check.known(at("circumstance"), v1::Circumstance_IsValid(p.circumstance())) &&
         check.text(at("occasion"), p.occasion()) &&
         check.time(at("promised_delivery_time"), p.has_promised_delivery_time(),
                    p.promised_delivery_time()) &&
         check.time(at("delivery_time"), p.has_delivery_time(), p.delivery_time()) &&
         check.time(at("paid_until_time"), p.has_paid_until_time(), p.paid_until_time()) &&
         check.time(at("warranty_end_time"), p.has_warranty_end_time(), p.warranty_end_time()) &&
         check.text(at("returned_order_id"), p.returned_order_id()) &&
         check.text(at("offer_id"), p.offer_id()) && check_lists(check, at, p) &&
         check_currency(check, at, p);
}

bool check_offer(Check& check, const Path& at, const v1::Offer& offer) {
  return check.text(at("offer_id"), offer.offer_id()) &&
         check.known(at("outcome"), v1::OfferOutcome_IsValid(offer.outcome())) &&
         check.text(at("product_id"), offer.product_id()) && check.text(at("category"), offer.category()) &&
         check.money(at("price"), offer.has_price(), offer.price()) &&
         check.text(at("channel"), offer.channel()) &&
         (!offer.has_promotion() || check_promotion(check, at("promotion"), offer.promotion())) &&
         check.time(at("end_time"), offer.has_end_time(), offer.end_time()) &&
         check.text(at("reason"), offer.reason());
}

bool check_fulfilment(Check& check, const Path& at, const v1::Fulfilment& fulfilment) {
  if (!check.text(at("order_id"), fulfilment.order_id()) ||
      !check.text(at("product_id"), fulfilment.product_id()) ||
      !check.money(at("cost"), fulfilment.has_cost(), fulfilment.cost()) ||
      !check.at_most(at("promises"), fulfilment.promises_size(), kPromisesMax)) {
    return false;
  }
  for (int i = 0; i < fulfilment.promises_size(); ++i) {
    if (!check_promise(check, at("promises", i), fulfilment.promises(i))) return false;
  }
  return true;
}

}  // namespace ebb
