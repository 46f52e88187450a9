"""Bad and missing input: each has an outcome that is defined."""

import math
import pathlib
import re

from catalogue import Shop, stars, time_of, usd

# Every kind of event, and the terms that may change when it is absent. What customers say is one evidence, so
# satisfaction, and what is scaled by it, may change with all that is said.
SAID = {"satisfaction", "silent_unhappy", "sensitivity", "captive", "barrier_ending", "price", "word_of_mouth"}
# A purchase of its own moves the rhythm too.
BOUGHT = {"base", "silence", "frequency", "tenure", "pace", "trust", "season", "promotion"}
KINDS = {
    "rating": (lambda s, c, d: s.says(c, d, touchpoint="shop", rating=stars(2)), SAID | {"touchpoint"}),
    "complaint": (lambda s, c, d: s.complains(c, d), {"open_complaints", "recovery", "silent_unhappy"}),
    "contact": (lambda s, c, d: s.says(c, d, contact={"abandoned": True}), {"support"}),
    "review": (lambda s, c, d: s.says(c, d, review={"recommends": False}), SAID),
    "referral": (lambda s, c, d: s.says(c, d, referral={"otherCustomerId": "x", "otherValue": usd(9)}),
                 {"word_of_mouth"}),
    "suggestion": (lambda s, c, d: s.says(c, d, suggestion={"subject": "hours"}), {"unmet_need"}),
    "unmet_need": (lambda s, c, d: s.says(c, d, unmetNeed={"need": "access"}), {"unmet_need"}),
    "gesture": (lambda s, c, d: s.says(c, d, gesture={"kind": "GESTURE_KIND_THANKS"}), {"gesture"}),
    "engagement": (lambda s, c, d: s.says(c, d, engagement={"count": "9"}), {"engagement"}),
    "points": (lambda s, c, d: s.says(c, d, points={"earned": 5}), {"engagement"}),
    "fault": (lambda s, c, d: s.says(c, d, productId="k", fault={"severity": 1}), {"fault", "warranty_ending"}),
    "outreach": (lambda s, c, d: s.says(c, d, outreach={"action": "call"}), set()),
    "competitor": (lambda s, c, d: s.says(c, d, competitor={"name": "R", "bought": True}),
                   {"competitor", "substitution"}),
    "nps": (lambda s, c, d: s.survey(c, d, nps=3), SAID),
    "dimensions": (lambda s, c, d: s.survey(c, d, scale={"min": 0, "max": 10}, dimensions=[
        {"name": "ease", "expected": 8, "perceived": 3}]), SAID),
    "worth": (lambda s, c, d: s.survey(c, d, believedWorth=usd(50), believedCost=usd(70), quality=stars(5)),
              {"net_value", "competitor", "quality_without_value"}),
    "survey_sent": (lambda s, c, d: s.survey(c, d, status="SURVEY_STATUS_SENT"), SAID),
    "barriers": (lambda s, c, d: s.profile(c, d, barriers=[{"kind": "BARRIER_KIND_CONTRACT",
                                                           "endTime": time_of(d + 60)}]),
                 {"captive", "barrier_ending"}),
    "needs": (lambda s, c, d: s.profile(c, d, needSpends=[{"need": "tea", "share": 0.1}]), {"substitution"}),
    "trial": (lambda s, c, d: s.profile(c, d, trial={"endTime": time_of(d + 9)}), {"trial"}),
    "importance": (lambda s, c, d: s.profile(c, d, importance={"ease": 1, "price": 3}), SAID),
    "offer": (lambda s, c, d: s.offer(c, d, outcome="OFFER_OUTCOME_DECLINED", reason="price"),
              {"offer_declined", "price"}),
    "promotion": (lambda s, c, d: s.buys(c, d, promotions=[{"kind": "PROMOTION_KIND_DATE", "name": "sale"}]),
                  BOUGHT | {"promotion"}),
    "kinds_of_goods": (lambda s, c, d: s.buys(c, d, items=[{"category": k} for k in ("tea", "books", "games")]),
                       BOUGHT | {"breadth", "substitution", "sensitivity"}),
    "list_price": (lambda s, c, d: s.buys(c, d, listPriceMinorUnits="1000"), BOUGHT | {"price"}),
    "occasion": (lambda s, c, d: s.buys(c, d, circumstance="CIRCUMSTANCE_CONSTRAINT"), BOUGHT | {"circumstance"}),
    "warranty": (lambda s, c, d: s.buys(c, d, items=[{"productId": "w", "warrantyEndTime": time_of(d + 20)}]),
                 BOUGHT | {"warranty_ending"}),
    "return": (lambda s, c, d: s.buys(c, d, 5, kind="PURCHASE_KIND_RETURN"), BOUGHT),
    "bad_news": (lambda s, c, d: s.says(c, d, sentiment=-1, referral={
        "direction": "REFERRAL_DIRECTION_BY", "otherCustomerId": "y"}), SAID),
    "unsubscribed": (lambda s, c, d: s.says(c, d, engagement={"kind": "ENGAGEMENT_KIND_DISENGAGED"}),
                     {"engagement"}),
    "won_by_promotion": (lambda s, c, d: s.profile(c, d, acquiredByPromotion=True), {"promotion"}),
    "cost": (lambda s, c, d: s.profile(c, d, acquisitionCost=usd(30), monthlyCostToServe=usd(2)), set()),
    "fulfilment": (lambda s, c, d: s.fulfilment(c, d, [{"outcome": "PROMISE_OUTCOME_BROKEN"}]),
                   {"promise", "trust"}),
}


def one_of_each(shop, customer, without=None):
    for i, (kind, (make, _)) in enumerate(KINDS.items()):
        if kind != without:
            make(shop, customer, 100 + i / 100)
    shop.buys(customer, 110)


def absent_data_leaves_a_measure_out(shop):
    everything = shop.regulars(1)[0]
    one_of_each(shop, everything)
    lacking = dict(zip(KINDS, shop.regulars(len(KINDS))))
    for kind, customer in lacking.items():
        one_of_each(shop, customer, without=kind)
    unbought = shop.customer()  # no purchase at all
    for i, (make, _) in enumerate(KINDS.values()):
        make(shop, unbought, 100 + i / 100)
    seen = yield
    names = seen.names(everything, 110)
    for kind, customer in lacking.items():
        assert 0 < seen.probability(customer, 110) < 1, kind
        for row in seen.risks[customer]:
            assert math.isfinite(row.get("score", 0)), (kind, row)
        changed = {n for n in names | seen.names(customer, 110)
                   if abs(seen.points(customer, n, 110) - seen.points(everything, n, 110)) > 1e-9}
        assert changed <= KINDS[kind][1], f"without {kind}: {changed - KINDS[kind][1]} changed too"
    for row in seen.risks[unbought]:
        assert 0 < row["probability"] < 1
    for alert in seen.told(unbought):
        assert alert.get("suggestedAction") != "SUGGESTED_ACTION_LET_GO"


def fields_of(text, head):
    """The fields of a oneof in a proto file, as JSON names."""
    body = re.search(head + r" \{(.*?)\n *\}", text, re.S).group(1)
    names = re.findall(r"^ *\w+ (\w+) = \d+;", body, re.M)
    return {re.sub(r"_(\w)", lambda m: m.group(1).upper(), name) for name in names}


def every_kind_of_event_is_tried(shop):
    """Whoever adds a kind of event to the contract has to say here what depends on it."""
    proto = pathlib.Path(__file__).resolve().parents[2] / "proto/ebb/v1"
    bodies = fields_of((proto / "event.proto").read_text(), "oneof body")
    details = fields_of((proto / "feedback.proto").read_text(), "oneof detail")
    assert len(bodies) >= 7 and len(details) >= 12, (bodies, details)
    tried = Shop("tried")
    for make, _ in KINDS.values():
        make(tried, "c", 1)
    events = [event for of_source in tried.events.values() for event in of_source]
    used = {body for event in events for body in event}
    assert bodies - used == {"erasure"}, "erasure has tests of its own (tests/erasure)"
    assert details <= {detail for event in events for detail in event.get("feedback", {})}
    yield


def scales_that_disagree(shop):
    five, ten, turned = shop.regulars(3)
    shop.says(five, 100, rating=stars(2, 1, 5))
    shop.says(ten, 100, rating=stars(2.5, 0, 10))
    shop.says(turned, 100, rating=stars(4, 1, 5, lowerIsBetter=True))
    seen = yield
    assert seen.points(five, "satisfaction", 100) == seen.points(ten, "satisfaction", 100) == \
        seen.points(turned, "satisfaction", 100) > 0


def contradictory_answers(shop):
    torn, middling = shop.regulars(2)
    shop.survey(torn, 100, nps=0, csat=stars(5))
    shop.survey(middling, 100, nps=5, csat=stars(3))
    seen = yield
    assert seen.points(torn, "satisfaction", 100) == seen.points(middling, "satisfaction", 100), \
        "one survey is one answer: the mean of what it says"


def an_unknown_dimension(shop):
    known, more = shop.regulars(2)
    names = [f"dimension {i}" for i in range(20)]
    for who in (known, more):
        shop.survey(who, 100, csat=stars(2), scale={"min": 0, "max": 1}, dimensions=[
            {"name": n, "perceived": 0.7} for n in names[:16 if who == known else 20]])
    seen = yield
    assert seen.points(known, "satisfaction", 100) == seen.points(more, "satisfaction", 100) > 0, \
        "beyond what is kept, answers count overall only"


def a_dimension_that_nobody_configured(shop):
    named, strange = shop.regulars(2)
    for who, name in ((named, "appearance"), (strange, "colour of the door")):
        shop.survey(who, 100, csat=stars(3), scale={"min": 0, "max": 10}, dimensions=[
            {"name": name, "expected": 8, "perceived": 2}])
    seen = yield
    assert seen.points(strange, "satisfaction", 100) == seen.points(named, "satisfaction", 100) > 0, \
        "it counts as one without a weight of its own"


def importance_that_sums_to_0(shop):
    silent, nothing = shop.regulars(2)
    shop.profile(nothing, 90, importance={"ease": 0, "price": 0})
    for who, more in ((silent, {}), (nothing, {"importance": 0})):
        shop.survey(who, 100, scale={"min": 0, "max": 10}, dimensions=[
            {"name": "ease", "expected": 8, "perceived": 3, **more},
            {"name": "price", "expected": 7, "perceived": 7, **more}])
    seen = yield
    assert math.isfinite(seen.score(nothing, 100))
    assert seen.points(nothing, "satisfaction", 100) == seen.points(silent, "satisfaction", 100) > 0, \
        "who finds nothing important has said nothing"


def a_case_resolved_before_it_was_opened(shop):
    backwards, opened, closed = shop.regulars(3)
    shop.complains(backwards, 95, stage="RESOLVED")
    shop.complains(backwards, 96, stage="CONFIRMED")
    for who in (backwards, opened, closed):
        shop.complains(who, 100)
    shop.complains(closed, 100.5, stage="CONFIRMED")
    seen = yield
    assert seen.row(backwards, 101)["openComplaints"] == seen.row(opened, 101)["openComplaints"] == 1, \
        "the latest step counts: it was opened (again)"
    assert seen.row(closed, 101).get("openComplaints", 0) == 0


def circles_of_referrals(shop):
    ring = shop.regulars(3)
    alone, selfish = shop.regulars(2)
    for who, brought in zip(ring, ring[1:] + ring[:1]):
        shop.says(who, 100, referral={"otherCustomerId": brought, "converted": True, "otherValue": usd(50)})
        shop.says(brought, 100.1, referral={"otherCustomerId": who, "direction": "REFERRAL_DIRECTION_BY"})
    shop.says(selfish, 100, referral={"otherCustomerId": selfish, "converted": True, "otherValue": usd(1e6)})
    for who in (*ring, alone, selfish):
        shop.buys(who, 101)
    seen = yield
    points = [seen.points(who, "word_of_mouth", 101) for who in ring]
    assert points[0] == points[1] == points[2] < 0, "each has spoken well of us, no more often than once"
    assert seen.points(selfish, "word_of_mouth", 101) == seen.points(alone, "word_of_mouth", 101) == 0, \
        "whoever brings themselves brings nobody"


def a_barrier_that_ended_before_it_began(shop):
    never, over, ancient = shop.regulars(3)
    for who, end in ((over, time_of(99)), (ancient, "1969-07-20T20:17:40Z")):
        shop.profile(who, 100, barriers=[{"kind": "BARRIER_KIND_CONTRACT", "strength": 1, "endTime": end}])
    for who in (never, over, ancient):
        shop.buys(who, 101)
    seen = yield
    for who in (over, ancient):
        assert not {"captive", "barrier_ending"} & seen.names(who), "it neither holds nor frees"
        assert seen.score(who, 101) == seen.score(never, 101)


def ten_thousand_open_cases(shop):
    loud, one = shop.regulars(2)
    shop.complains(one, 100)
    for i in range(10_000):
        shop.complains(loud, 100 + i / 10_000, case=f"c{i}")
    seen = yield
    assert seen.points(loud, "open_complaints", 101) == 2, "bounded"
    assert seen.row(loud, 101)["openComplaints"] == 10_000, "and counted"
    assert seen.points(one, "open_complaints", 101) == 0.8


def W3_who_does_not_pay(shop):
    guest = shop.customer()
    shop.profile(guest, 0, nonPaying=True)
    for day in range(5, 60, 5):
        shop.says(guest, day, rating=stars(1))
    seen = yield
    assert seen.told(guest)
    for alert in seen.told(guest):
        assert alert.get("suggestedAction") != "SUGGESTED_ACTION_LET_GO", alert
