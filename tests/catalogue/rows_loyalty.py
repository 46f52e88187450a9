"""Loyalty and risk: L1 to L10."""

from catalogue import stars, time_of, usd


def L4_features_without_support(shop):
    fine, stuck = shop.regulars(2)
    shop.says(fine, 100, topic="billing", contact={"kind": "CONTACT_KIND_BILLING", "settled": True})
    for day in (100, 105, 110):
        shop.says(stuck, day, topic="booking", contact={"kind": "CONTACT_KIND_SUPPORT"})
    shop.probe(stuck, 111)
    seen = yield
    assert "support" not in seen.names(fine)
    assert seen.points(stuck, "support", 110) > 0.5
    assert "a feature lacked support" in seen.sentence(stuck, "support", 111)


def L7_faults_and_warranty(shop):
    whole, broken, mended = shop.customer(), shop.customer(), shop.customer()
    for who in (whole, broken, mended):
        shop.buys(who, 0, warrantyEndTime=time_of(300))
        shop.regular(who, 5, 500)
    for who in (broken, mended):
        shop.says(who, 100, productId="kettle", fault={"severity": 0.8})
    shop.says(mended, 102, productId="kettle", fault={"severity": 0.8, "repaired": True})
    seen = yield
    assert seen.points(whole, "fault", 100) == 0
    assert 0.6 < seen.points(broken, "fault", 100) < 1.2
    assert 0 < seen.points(mended, "fault", 103) < seen.points(broken, "fault", 103) / 2
    assert seen.points(whole, "warranty_ending", 250) == 0
    assert 0 < seen.points(whole, "warranty_ending", 290) < seen.points(whole, "warranty_ending", 300.1)
    assert seen.points(broken, "warranty_ending", 300.1) > 1.5 * seen.points(whole, "warranty_ending", 300.1)
    assert seen.points(whole, "warranty_ending", 499) < 0.05, "it passes"


def L1_satisfied_is_not_loyal(shop):
    thrilled, tied, free = shop.regulars(3, last=500)
    for day in range(50, 200, 10):
        shop.says(thrilled, day, rating=stars(5))
        for who in (tied, free):
            shop.says(who, day, rating=stars(1))
    contract = [{"kind": "BARRIER_KIND_CONTRACT", "strength": 0.9, "endTime": time_of(300)}]
    shop.profile(tied, 100, barriers=contract)
    late = shop.customer()  # a barrier that had ended before it was told
    shop.regular(late, last=500)
    shop.profile(late, 100, barriers=[{"kind": "BARRIER_KIND_CONTRACT", "strength": 1, "endTime": time_of(90)}])
    shop.probe(tied, 290)
    seen = yield
    assert seen.points(thrilled, "satisfaction", 200) >= -0.3, "full satisfaction never drives risk to nothing"
    assert seen.points(tied, "captive", 140) < -0.6, "held back"
    assert seen.score(tied, 140) < seen.score(free, 140) - 0.5
    assert seen.points(tied, "barrier_ending", 140) == 0
    before, at_last, after = (seen.points(tied, "barrier_ending", day) for day in (240, 289, 300.5))
    assert 0 < before < at_last < after, "it rises before the end"
    held = [seen.points(tied, "captive", day) for day in (140, 289, 300.5)]
    assert held[0] < held[1] < held[2] == 0, "the nearer the end, the less it holds"
    assert (after + held[2]) - (at_last + held[1]) > 0.5, "and jumps at it"
    assert "ends in 10 days" in seen.sentence(tied, "barrier_ending", 290)
    assert not {"captive", "barrier_ending"} & seen.names(late, 499)


def L2_promotions(shop):
    free, hooked = shop.regulars(2, last=190)
    promo = [{"kind": "PROMOTION_KIND_SPECIAL", "name": "spring", "endTime": time_of(250)}]
    for day in range(5, 200, 10):
        shop.buys(hooked, day, promotions=promo)
    shop.buys(free, 5, promotions=promo)
    trial, paid = shop.customer(), shop.customer()
    for who in (trial, paid):
        shop.profile(who, 0, trial={"endTime": time_of(30)})
        shop.regular(who, 1, 100)
    shop.buys(paid, 28, convertedFromTrial=True)
    shop.profile(hooked, 0, acquiredByPromotion=True)
    seen = yield
    assert seen.points(free, "promotion", 199) < 0.1
    assert 0 < seen.points(hooked, "promotion", 199) < seen.points(hooked, "promotion", 246) < \
        seen.points(hooked, "promotion", 250.5), "the shock when the scheme ends, without any event"
    assert seen.points(trial, "trial", 10) < seen.points(trial, "trial", 31) > 0.8
    assert seen.points(paid, "trial", 31) == 0


def L3_price(shop):
    happy, unhappy, cheap = shop.regulars(3)
    for who, market in ((happy, "1700"), (unhappy, "1700"), (cheap, "2500")):
        for day in range(55, 105, 10):
            shop.buys(who, day, items=[{"productId": "tea", "amountMinorUnits": "2000",
                                        "marketPriceMinorUnits": market}])
        for day in (90, 95, 98, 101):
            shop.says(who, day, rating=stars(5 if who == happy else 1))
    asks = shop.customer()
    shop.regular(asks)
    for day in (90, 95):
        shop.says(asks, day, dimension="price", rating=stars(1))
    usual, full = shop.customer(), shop.customer()  # what one is used to
    for who in (usual, full):
        for day in range(0, 100, 10):
            shop.buys(who, day, 20, listPriceMinorUnits="2500")
    shop.buys(usual, 100, 20, listPriceMinorUnits="2500")
    shop.buys(full, 100, 25, listPriceMinorUnits="2500")
    seen = yield
    assert seen.points(happy, "price", 101) < -0.1, "paying more is a sign of loyalty"
    assert seen.points(unhappy, "price", 101) > 0.1, "the dissatisfied are exposed"
    assert seen.points(cheap, "price", 101) == 0
    assert seen.points(asks, "price", 95) > 0.4
    assert seen.points(usual, "price", 100) == 0 < seen.points(full, "price", 100)


def L5_competition(shop):
    here, away, fell, leisure = shop.regulars(4, items=[{"category": "tea"}])
    for who, share in ((here, 0.9), (away, 0.2), (fell, 0.9)):
        shop.profile(who, 50, needSpends=[{"need": "tea", "monthlySpend": usd(50), "share": share},
                                          {"need": "travel", "monthlySpend": usd(900), "share": 0}])
    shop.profile(fell, 100, needSpends=[{"need": "tea", "monthlySpend": usd(50), "share": 0.5}])
    shop.says(leisure, 100, category="tea", competitor={"name": "Rival", "bought": True})
    fun, plain = shop.customer(), shop.customer()
    shop.regular(fun, items=[{"category": "leisure"}])
    shop.regular(plain, items=[{"category": "tea"}])
    for who in (fun, plain):
        for day in (99, 100):
            shop.says(who, day, rating=stars(1))
    seen = yield
    assert seen.points(here, "substitution", 100) == 0, "other needs don't count"
    assert seen.points(away, "substitution", 100) > 0.2
    assert seen.points(fell, "substitution", 90) == 0 < seen.points(fell, "substitution", 100) - 0.3
    assert seen.points(leisure, "substitution", 100) > 0.3
    assert seen.points(fun, "sensitivity", 100) > 0.2 > seen.points(plain, "sensitivity", 100) == 0, \
        "leisure needs the most satisfaction"


def L6_breadth(shop):
    one, many, shrinks, curious = (shop.customer() for _ in range(4))
    goods = ["tea", "coffee", "bread", "cheese"]
    shop.regular(one, 0, 400, items=[{"category": "tea"}])
    shop.regular(curious, 0, 400, items=[{"category": "tea", "novelty": True}, {"category": "tea", "complement": True}])
    shop.regular(many, 0, 400, items=[{"category": c} for c in goods])
    shop.regular(shrinks, 0, 190, items=[{"category": c} for c in goods])
    shop.regular(shrinks, 200, 400, items=[{"category": "tea"}])
    shop.probe(shrinks, 391)
    seen = yield
    assert seen.points(many, "breadth", 390) < seen.points(one, "breadth", 390) - 0.2
    assert seen.points(curious, "breadth", 390) < seen.points(one, "breadth", 390) - 0.1
    assert seen.points(shrinks, "breadth", 390) > 0.2
    assert "where it used to be" in seen.sentence(shrinks, "breadth", 391)


def L7_offers(shop):
    takes, declines, looks = shop.regulars(3)
    for day in (100, 105, 110):
        shop.offer(takes, day, offerId=f"o{day}", outcome="OFFER_OUTCOME_TAKEN")
        shop.offer(declines, day, offerId=f"o{day}", outcome="OFFER_OUTCOME_DECLINED", reason="price")
        shop.offer(looks, day, offerId=f"o{day}", outcome="OFFER_OUTCOME_HESITATED")
    seen = yield
    assert seen.points(takes, "offer_declined", 110) == 0
    assert 0.1 < seen.points(looks, "offer_declined", 110) < seen.points(declines, "offer_declined", 110) < 0.6
    assert seen.points(declines, "price", 110) > 0.3, "the reason was the price"


def L8_engagement(shop):
    keeps, stops, off, hoards = shop.regulars(4, last=400)
    for day in range(0, 400, 5):
        shop.says(keeps, day, engagement={"kind": "ENGAGEMENT_KIND_CONTENT"})
        if day < 200:
            shop.says(stops, day, engagement={"kind": "ENGAGEMENT_KIND_USE", "count": "3"})
    shop.says(off, 200, engagement={"kind": "ENGAGEMENT_KIND_DISENGAGED"})
    for day in range(0, 200, 10):
        shop.says(hoards, day, points={"scheme": "stars", "earned": 100, "balance": 10 * day})
    shop.probe(keeps, 391)
    shop.probe(stops, 391)
    seen = yield
    assert seen.points(keeps, "engagement", 390) < 0
    assert seen.points(stops, "engagement", 190) < 0 < 0.3 < seen.points(stops, "engagement", 390)
    assert seen.points(off, "engagement", 200) > 0.5 > seen.points(off, "engagement", 390)
    assert "as much as usual" in seen.sentence(keeps, "engagement", 391)
    assert "down to" in seen.sentence(stops, "engagement", 391), "the sentence says which way it speaks"
    assert seen.points(hoards, "engagement", 200) > 0.05, "unredeemed points speak of a scheme too complex"


def L9_unmet_need(shop):
    none, misses, limit, suggests = shop.regulars(4)
    shop.says(misses, 100, unmetNeed={"need": "wheelchair access", "importance": 0.9})
    shop.says(limit, 100, unmetNeed={"need": "seats", "limitReached": True})
    shop.says(suggests, 100, suggestion={"subject": "opening hours"})
    shop.probe(misses, 101)
    shop.probe(suggests, 101)
    seen = yield
    assert seen.points(none, "unmet_need", 100) == 0 < seen.points(suggests, "unmet_need", 100) < \
        seen.points(limit, "unmet_need", 100) < seen.points(misses, "unmet_need", 100) < 0.9
    assert "Needs what is not there: wheelchair access" in seen.sentence(misses, "unmet_need", 101)
    assert "Suggested what nobody has taken up: opening hours" in seen.sentence(suggests, "unmet_need", 101)


def L10_season(shop):
    yearly, steady = shop.customer(), shop.customer()
    for year in range(4):
        for day in (340, 345, 350):
            shop.buys(yearly, 365 * year + day - 360)
    for day in range(0, 1100, 92):
        shop.buys(steady, day)
    for who in (yearly, steady):  # something that has them judged in summer
        shop.says(who, 1250, rating=stars(4))
    seen = yield
    assert seen.points(yearly, "season", 1250) < -0.3, "not buying in July is not leaving"
    assert abs(seen.points(steady, "season", 1250)) < 0.15
