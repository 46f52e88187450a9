"""Satisfaction: S1 to S8."""

from catalogue import stars, usd


def S5_touchpoints(shop):
    first, later, once = shop.regulars(3)
    shop.says(first, 100, touchpoint="hotline", rating=stars(1))
    shop.says(first, 101, touchpoint="website", rating=stars(5))
    shop.says(later, 100, touchpoint="website", rating=stars(5))
    shop.says(later, 101, touchpoint="hotline", rating=stars(1))
    shop.says(once, 100, touchpoint="hotline", rating=stars(4))
    shop.probe(later, 110)
    seen = yield
    assert "touchpoint" not in seen.names(once, 101)
    assert seen.points(first, "touchpoint", 101) > seen.points(later, "touchpoint", 101) > 0.2, \
        "the first contact weighs more"
    assert "the last bad one was hotline, 9 days ago" in seen.sentence(later, "touchpoint", 110)


def S6_trust(shop):
    new, old, broken = shop.customer(), shop.customer(), shop.customer()
    shop.regular(new, 480, 560)
    shop.regular(old, 0, 560)
    shop.regular(broken, 0, 560)
    for day in (490, 495, 500):
        for who in (new, old):
            shop.fulfilment(who, day, [{"outcome": "PROMISE_OUTCOME_KEPT"}])
        shop.fulfilment(broken, day, [{"outcome": "PROMISE_OUTCOME_BROKEN"}])
    seen = yield
    assert -0.4 < seen.points(old, "trust", 500) < 3 * seen.points(new, "trust", 500) < 0, "little for the new"
    assert 0.2 < seen.points(broken, "trust", 500) <= 0.4


def S7_gestures(shop):
    plain, thanked, spoiled = shop.regulars(3)
    gesture = {"kind": "GESTURE_KIND_GIFT", "cost": usd(5)}
    shop.says(thanked, 101, gesture=gesture)
    for day in range(91, 102):
        shop.says(spoiled, day, gesture=gesture)
    seen = yield
    assert -0.3 < seen.points(thanked, "gesture", 101) < -0.1
    assert -0.3 <= seen.points(spoiled, "gesture", 101) < -0.25, "it has a cap"
    assert -0.06 < seen.points(thanked, "gesture", 290) <= 0, "and fades"
    profit = [int(seen.row(who, 110)["profit"]["minorUnits"]) for who in (plain, thanked, spoiled)]
    assert profit[0] - profit[1] == 500 and profit[0] - profit[2] == 5500, "its cost is taken from the profit"
