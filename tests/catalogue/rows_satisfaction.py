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


def rating(name, perceived, **more):
    return {"name": name, "perceived": perceived, **more}


def ask(shop, customer, day, *answers, low=0, high=10, **more):
    shop.survey(customer, day, scale={"min": low, "max": high}, dimensions=list(answers), **more)


def S1_perceived_against_expected(shop):
    met, missed, beaten = shop.regulars(3)
    ask(shop, met, 100, rating("reliability", 8, expected=8), rating("price", 5, expected=5))
    ask(shop, missed, 100, rating("reliability", 5, expected=8), rating("price", 5, expected=5))
    ask(shop, beaten, 100, rating("reliability", 10, expected=7))
    shop.probe(missed, 101)
    seen = yield
    assert seen.points(met, "satisfaction", 100) == 0, "both as expected, though one is no better than 5"
    assert seen.points(missed, "satisfaction", 100) > 0.1
    assert seen.points(beaten, "satisfaction", 100) < 0
    row = seen.row(missed, 100)
    assert row["satisfactionIndex"] < seen.row(met, 100)["satisfactionIndex"], "one index of all dimensions"
    assert "reliability disappoints most (50 where 80 was expected)" in \
        seen.sentence(missed, "satisfaction", 101)


def S2_dimensions_out_of_the_box(shop):
    names = ["fitness", "completeness", "availability", "capacity", "continuity", "security", "reliability",
             "assurance", "tangibles", "empathy", "responsiveness", "price", "billing", "truthfulness", "ease",
             "emotion"]
    service, other, own = shop.regulars(3)
    ask(shop, service, 100, rating("empathy", 2, expected=8), *(rating(n, 7, expected=7) for n in names[:4]))
    ask(shop, other, 100, rating("appearance", 2, expected=8), *(rating(n, 7, expected=7) for n in names[:4]))
    ask(shop, own, 100, rating("parking", 2, expected=8), *(rating(n, 7, expected=7) for n in names[:4]))
    full = shop.customer()
    shop.regular(full)
    ask(shop, full, 100, *(rating(n, 1, expected=9) for n in names))
    seen = yield
    assert seen.points(service, "satisfaction", 100) > seen.points(other, "satisfaction", 100) > 0.05, \
        "service has a higher prior weight"
    assert seen.points(own, "satisfaction", 100) > 2 * seen.points(other, "satisfaction", 100), \
        "a dimension of one's own, with a weight of 4 in the config"
    assert seen.points(full, "satisfaction", 100) > 0.5


def S3_zone_of_tolerance(shop):
    untouched, inside, outside, intolerable, delighted, offset = shop.regulars(6)
    ask(shop, inside, 100, rating("ease", 6.1, expected=7))
    ask(shop, outside, 100, rating("ease", 5, expected=7))
    ask(shop, intolerable, 100, rating("ease", 2, expected=7))
    ask(shop, delighted, 100, rating("emotion", 10, expected=5))
    ask(shop, offset, 100, rating("ease", 5, expected=7), rating("emotion", 10, expected=7))
    for who in (untouched, inside):
        shop.buys(who, 100.5)
    seen = yield
    assert seen.score(inside, 100.5) == seen.score(untouched, 100.5), "inside the zone nothing moves"
    out, far = seen.points(outside, "satisfaction", 100), seen.points(intolerable, "satisfaction", 100)
    assert out > 0 and far > 3 * out, "beyond the intolerable more than in proportion"
    assert seen.points(offset, "satisfaction", 100) < out / 2, "delight makes up for another dimension"
    assert -0.1 < seen.points(delighted, "satisfaction", 100) < 0, "up to a cap"
    assert -0.04 < seen.points(delighted, "satisfaction", 220) < 0, "and fades"


def S4_expectation_is_state(shop):
    spoiled, modest, compared = shop.regulars(3)
    for day in range(5, 100, 15):
        ask(shop, spoiled, day, rating("ease", 10))
        ask(shop, modest, day, rating("ease", 6.5))
    for day in (290, 295, 300):
        ask(shop, spoiled, day, rating("ease", 6.5))
        ask(shop, modest, day, rating("ease", 6.5))
        ask(shop, compared, day, rating("ease", 6.5, bestCompetitor=10))
    seen = yield
    assert seen.points(modest, "satisfaction", 300) == 0
    assert seen.points(spoiled, "satisfaction", 300) > 0.05, "experience has raised what is expected"
    assert seen.points(compared, "satisfaction", 300) > 0.05, "so has a competitor"


def S8_evidence_fades_and_shifts(shop):
    fades, shifts, mixed = shop.regulars(3, last=900)
    shop.says(fades, 100, rating=stars(1))
    for day in range(0, 300, 15):
        shop.says(shifts, day, rating=stars(5))
    for day in (400, 410, 420, 430):
        shop.says(shifts, day, rating=stars(1))
    for day in range(0, 440, 15):
        shop.says(mixed, day, rating=stars(5 if day % 2 else 1))
    seen = yield
    points = [seen.points(fades, "satisfaction", day) for day in (100, 280, 640)]
    assert points[0] > points[1] > points[2] > 0 and points[2] < 0.5 * points[0], "back to the prior"
    # Fifteen fours and fives against four ones, which by their weight alone would leave more than 0.5.
    assert seen.row(shifts, 430)["satisfactionIndex"] < 40, "after a shift the old answers count less"
    assert seen.row(mixed, 435)["satisfactionIndex"] > 40
