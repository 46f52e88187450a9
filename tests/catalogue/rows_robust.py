"""Bad and missing input: each has an outcome that is defined."""

import math

from catalogue import stars, time_of, usd

# Every kind of event, and the terms that may change when it is absent. What customers say is one evidence, so
# satisfaction, and what is scaled by it, may change with all that is said.
SAID = {"satisfaction", "silent_unhappy", "sensitivity", "captive", "barrier_ending", "price", "word_of_mouth"}
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


def ten_thousand_open_cases(shop):
    loud, one = shop.regulars(2)
    shop.complains(one, 100)
    for i in range(10_000):
        shop.complains(loud, 100 + i / 10_000, case=f"c{i}")
    seen = yield
    assert seen.points(loud, "open_complaints", 101) == 2, "bounded"
    assert seen.row(loud, 101)["openComplaints"] == 10_000, "and counted"
    assert seen.points(one, "open_complaints", 101) == 0.8


def who_does_not_pay_is_not_let_go(shop):
    guest = shop.customer()
    shop.profile(guest, 0, nonPaying=True)
    for day in range(5, 60, 5):
        shop.says(guest, day, rating=stars(1))
    seen = yield
    assert seen.told(guest)
    for alert in seen.told(guest):
        assert alert.get("suggestedAction") != "SUGGESTED_ACTION_LET_GO", alert


W3_who_does_not_pay = who_does_not_pay_is_not_let_go
del who_does_not_pay_is_not_let_go
