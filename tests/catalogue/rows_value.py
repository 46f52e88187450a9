"""Value to the customer: V1 to V10."""

from catalogue import stars, time_of, usd


def V2_benefits_by_kind(shop):
    much, little, money = shop.regulars(3)
    cost = [{"kind": "COST_KIND_EFFORT", "rating": stars(3)}]
    shop.survey(much, 100, benefits=[{"kind": "BENEFIT_KIND_TIME", "rating": stars(5)},
                                     {"kind": "BENEFIT_KIND_SOCIAL", "rating": stars(5)}], costs=cost)
    shop.survey(little, 100, benefits=[{"kind": "BENEFIT_KIND_TIME", "rating": stars(1)},
                                       {"kind": "BENEFIT_KIND_SOCIAL", "rating": stars(2)}], costs=cost)
    shop.survey(money, 100, benefits=[{"kind": "BENEFIT_KIND_ECONOMIC", "money": usd(100)},
                                      {"kind": "BENEFIT_KIND_TIME", "durationMs": str(2 * 3_600_000)}],
                costs=[{"kind": "COST_KIND_MONEY", "money": usd(80)}])
    shop.probe(money, 101)
    seen = yield
    assert seen.points(much, "net_value", 100) < 0 < seen.points(little, "net_value", 100)
    # 100 dollars and two hours of 15 dollars each
    assert "worth USD 130.00 and costs USD 80.00" in seen.sentence(money, "net_value", 101)


def V3_costs_by_kind(shop):
    early, late = shop.customer(), shop.customer()
    shop.regular(early, 90, 300)
    shop.regular(late, 0, 300)
    benefit = [{"kind": "BENEFIT_KIND_QUALITY", "rating": stars(3)}]
    for who in (early, late):
        shop.survey(who, 100, benefits=benefit, costs=[
            {"kind": "COST_KIND_EFFORT", "rating": stars(5), "transaction": "TRANSACTION_COST_SETUP"},
            {"kind": "COST_KIND_MONEY", "rating": stars(2)}])
    low, high = shop.regulars(2)  # a scale on which the lowest answer is the best one
    shop.survey(low, 100, benefits=benefit,
                costs=[{"kind": "COST_KIND_TIME", "rating": stars(1, lowerIsBetter=True)}])
    shop.survey(high, 100, benefits=benefit,
                costs=[{"kind": "COST_KIND_TIME", "rating": stars(5, lowerIsBetter=True)}])
    seen = yield
    assert seen.points(early, "net_value", 100) > seen.points(late, "net_value", 100) + 0.05, \
        "setting up weighs more early in the relationship"
    assert seen.points(low, "net_value", 100) < 0 < seen.points(high, "net_value", 100)


def V4_net_value(shop):
    good, bad, worse = shop.regulars(3)
    shop.survey(good, 100, believedWorth=usd(500), believedCost=usd(350))
    shop.survey(bad, 100, believedWorth=usd(300), believedCost=usd(350))
    shop.survey(worse, 100, believedWorth=usd(0), believedCost=usd(350))
    for who in (good, bad):
        shop.probe(who, 101)
    seen = yield
    assert "worth USD 500.00 and costs USD 350.00: a net value of USD 150.00" in \
        seen.sentence(good, "net_value", 101)
    assert -0.2 <= seen.points(good, "net_value", 100) < 0
    assert "a net value of USD -50.00" in seen.sentence(bad, "net_value", 101)
    assert 0.1 < seen.points(bad, "net_value", 100) < seen.points(worse, "net_value", 100) < 1.2


def V5_relative_to_alternatives(shop):
    alone, better, worse, told, gold, asked = shop.regulars(6)
    own = {"believedWorth": usd(500), "believedCost": usd(350)}
    shop.survey(alone, 100, **own)
    shop.survey(better, 100, **own, competitorWorth=usd(600), competitorCost=usd(200))
    shop.survey(worse, 100, **own, competitorWorth=usd(400), competitorCost=usd(350))
    for who in (gold, asked):  # the config names what the best competitor gives customers of this tier
        shop.profile(who, 90, segments={"tier": "gold"})
    shop.survey(gold, 100, **own)
    shop.survey(asked, 100, **own, competitorWorth=usd(400), competitorCost=usd(350))
    shop.says(told, 100, competitor={"name": "Rival", "bought": True, "price": usd(15)})
    shop.probe(told, 101)
    seen = yield
    assert seen.points(alone, "competitor", 100) == seen.points(worse, "competitor", 100) == 0
    assert 0.4 < seen.points(better, "competitor", 100) < 0.8, "400 net against 150, for a cost of 350"
    assert abs(seen.points(gold, "competitor", 100) - seen.points(better, "competitor", 100)) < 1e-6, \
        "the best of the segment"
    assert seen.points(asked, "competitor", 100) == 0, "their own word goes first"
    assert seen.points(told, "competitor", 100) > 0.5
    assert "Rival" in seen.sentence(told, "competitor", 101)


def V7_quality_is_not_value(shop):
    fine, dear, poor = shop.regulars(3)
    shop.survey(fine, 100, quality=stars(5), believedWorth=usd(50), believedCost=usd(30))
    shop.survey(dear, 100, quality=stars(5), believedWorth=usd(30), believedCost=usd(50))
    shop.survey(poor, 100, quality=stars(1), believedWorth=usd(30), believedCost=usd(50))
    seen = yield
    assert "quality_without_value" not in seen.names(fine, 100) | seen.names(poor, 100)
    assert 0.3 < seen.points(dear, "quality_without_value", 100) <= 0.5


def V9_situation(shop):
    free, forced, unsaid = shop.customer(), shop.customer(), shop.customer()
    shop.regular(free, circumstance="CIRCUMSTANCE_FREE_CHOICE")
    shop.regular(forced, circumstance="CIRCUMSTANCE_CONSTRAINT", occasion="relocation")
    shop.regular(unsaid)
    seen = yield
    assert "circumstance" not in seen.names(free, 200) | seen.names(unsaid, 200), "absent is not forced"
    assert 0.25 < seen.points(forced, "circumstance", 200) <= 0.4, "weaker evidence of loyalty"


def V10_the_promise(shop):
    kept, late, broken, delivered = shop.regulars(4)
    for day in (100, 120):
        shop.fulfilment(kept, day, [{"kind": "PROMISE_KIND_DELIVERY", "outcome": "PROMISE_OUTCOME_KEPT"}])
        shop.fulfilment(late, day, [{"kind": "PROMISE_KIND_DELIVERY", "promisedTime": time_of(day - 2),
                                     "actualTime": time_of(day)}])
        shop.fulfilment(broken, day, [{"kind": "PROMISE_KIND_FEATURE", "outcome": "PROMISE_OUTCOME_BROKEN"}])
    shop.buys(delivered, 121, promisedDeliveryTime=time_of(100), deliveryTime=time_of(120))
    shop.probe(broken, 121)
    seen = yield
    assert "promise" not in seen.names(kept, 120)
    assert 0 < seen.points(late, "promise", 120) < seen.points(broken, "promise", 120) < 1.2
    assert seen.points(delivered, "promise", 121) > 0.4, "no survey was needed"
    assert "(a feature)" in seen.sentence(broken, "promise", 121)


def V1_three_components(shop):
    usable, unneeded, whole = shop.regulars(3)
    scale = {"min": 1, "max": 5}
    poor = [{"name": "fitness", "perceived": 5}, {"name": "availability", "perceived": 1, "expected": 5},
            {"name": "emotion", "perceived": 4}]
    shop.survey(whole, 100, scale=scale, dimensions=poor)
    shop.survey(usable, 100, scale=scale, dimensions=[poor[0], {**poor[1], "perceived": 5}, poor[2]])
    shop.survey(unneeded, 100, scale=scale, dimensions=[poor[0], {"name": "availability", "notApplicable": True,
                                                                 "perceived": 1, "expected": 5}, poor[2]])
    shop.probe(whole, 101)
    seen = yield
    assert seen.points(usable, "satisfaction", 100) <= 0
    assert seen.points(whole, "satisfaction", 100) > 0.3, "useful and pleasant, but not there when needed"
    assert seen.points(unneeded, "satisfaction", 100) <= 0, "a dimension can be not applicable"
    assert "availability disappoints most" in seen.sentence(whole, "satisfaction", 101)


def V6_desired_expected_perceived(shop):
    before, after, dreamer = shop.regulars(3)
    scale = {"min": 0, "max": 10}
    shop.survey(before, 100, scale=scale, stage="SURVEY_STAGE_BEFORE_PURCHASE",
                dimensions=[{"name": "ease", "desired": 10, "expected": 9}])
    shop.survey(after, 100, scale=scale, stage="SURVEY_STAGE_BEFORE_PURCHASE",
                dimensions=[{"name": "ease", "desired": 10, "expected": 9}])
    shop.survey(after, 110, scale=scale, stage="SURVEY_STAGE_AFTER_PURCHASE",
                dimensions=[{"name": "ease", "perceived": 6}])
    shop.survey(dreamer, 110, scale=scale, dimensions=[{"name": "ease", "desired": 10, "perceived": 6.5}])
    seen = yield
    assert seen.points(before, "satisfaction", 110) == 0, "what is hoped for is no experience yet"
    assert seen.points(after, "satisfaction", 110) > 0.2, "what was expected before counts after"
    assert seen.points(dreamer, "satisfaction", 110) == 0, "desired is not expected"


def V8_weights(shop):
    cares, indifferent, nothing, stated, learned, untaught = shop.regulars(6)
    scale = {"min": 0, "max": 10}

    def answers(ease, price):
        return [{"name": "ease", "perceived": 3, "expected": 7, "importance": ease},
                {"name": "price", "perceived": 7, "expected": 7, "importance": price}]

    shop.survey(cares, 100, scale=scale, dimensions=answers(90, 10))
    shop.survey(indifferent, 100, scale=scale, dimensions=answers(10, 90))
    shop.survey(nothing, 100, scale=scale, dimensions=answers(0, 0))
    unsaid = [{"name": "ease", "perceived": 3, "expected": 7}, {"name": "price", "perceived": 7, "expected": 7}]
    shop.profile(stated, 90, importance={"ease": 5, "price": 1})
    shop.survey(stated, 100, scale=scale, dimensions=unsaid)
    for who, overall in ((learned, {5: 1, 1: 5}), (untaught, {5: 5, 1: 1})):  # what moves the overall answer?
        for day in range(50, 100, 10):
            good = 5 if day % 20 else 1
            shop.survey(who, day, csat=stars(good), scale={"min": 1, "max": 5},
                        dimensions=[{"name": "ease", "perceived": good},
                                    {"name": "price", "perceived": overall[good]}])
        shop.survey(who, 100, scale=scale, dimensions=unsaid)
    # Two tiers who find other things important, and one customer of each who said nothing of it.
    tiers = {"fast": {"speed": 5, "looks": 1}, "fine": {"speed": 1, "looks": 5}}
    silent = {tier: shop.customer() for tier in tiers}
    for tier, importance in tiers.items():
        for _ in range(12):
            shop.profile(shop.customer(), 200, segments={"tier": tier}, importance=importance)
        shop.regular(silent[tier])
        shop.profile(silent[tier], 200, segments={"tier": tier})
        shop.survey(silent[tier], 210, scale=scale, dimensions=[
            {"name": "speed", "perceived": 3, "expected": 7}, {"name": "looks", "perceived": 7, "expected": 7}])
    seen = yield
    points = [seen.points(who, "satisfaction", 100) for who in (cares, nothing, indifferent)]
    assert points[0] > points[1] > points[2] > 0, "importance weighs; importance of nothing at all doesn't"
    assert seen.points(stated, "satisfaction", 100) > 1.2 * points[1], "stated in a profile"
    assert seen.points(learned, "satisfaction", 100) > 1.2 * seen.points(untaught, "satisfaction", 100), \
        "where ease moves the overall answer and price does not, ease weighs more"
    assert seen.points(silent["fast"], "satisfaction", 210) > 1.3 * seen.points(silent["fine"], "satisfaction", 210), \
        "who says nothing is shrunk to their segment"
