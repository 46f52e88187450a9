"""Complaints and listening: C1 to C8."""

from catalogue import stars, time_of, usd


def C5_waits_and_questions(shop):
    quiet, asks, waits, leaves = shop.regulars(4)
    for day in range(100, 110):
        shop.says(asks, day, contact={"kind": "CONTACT_KIND_QUESTION"})
    shop.says(waits, 101, contact={"kind": "CONTACT_KIND_QUESTION", "waitMs": str(25 * 60_000)})
    shop.says(leaves, 101, contact={"kind": "CONTACT_KIND_SUPPORT", "abandoned": True})
    seen = yield
    assert "support" not in seen.names(asks), "questions are interest"
    assert seen.score(asks, 110) == seen.score(quiet, 110), "questions leave risk as it was"
    assert 0.4 < seen.points(waits, "support", 101) < 0.6
    assert 0.3 < seen.points(leaves, "support", 101) < 0.5
    assert seen.points(leaves, "support", 290) < 0.1, "it fades"


def C6_word_of_mouth(shop):
    promoter, detractor, reviewer, heard = shop.regulars(4)
    shop.survey(promoter, 100, nps=10)
    shop.survey(detractor, 100, nps=3)
    shop.says(reviewer, 100, review={"recommends": False, "isPublic": True, "reach": "5000"})
    shop.says(heard, 100, sentiment=-0.8, referral={"direction": "REFERRAL_DIRECTION_BY",
                                                    "otherCustomerId": detractor})
    # A circle of referrals, and one of oneself.
    one, two = shop.regulars(2)
    for who, other in ((one, two), (two, one), (one, one)):
        shop.says(who, 90, referral={"otherCustomerId": other, "converted": True, "otherValue": usd(300)})
    for day in (100, 101, 102):
        shop.says(one, day, rating=stars(1))
    shop.says(one, 250, rating=stars(1))
    seen = yield
    assert -0.3 < seen.points(promoter, "word_of_mouth", 100) < 0 < seen.points(detractor, "word_of_mouth", 100)
    assert seen.points(reviewer, "word_of_mouth", 100) > seen.points(detractor, "word_of_mouth", 100) + 0.1
    assert seen.points(heard, "word_of_mouth", 100) > 0.3, "an unhappy referrer is heard"
    assert seen.points(one, "word_of_mouth", 95) < 0, "a referral is a good word; a circle harms nobody"


def C1_a_complaint_is_a_case(shop):
    claims, confirms, reopens = shop.regulars(3)
    for who in (claims, confirms, reopens):
        shop.complains(who, 100)
        shop.complains(who, 101, stage="ANSWERED")
        shop.complains(who, 102, stage="RESOLVED")
    shop.complains(confirms, 103, stage="CONFIRMED")
    shop.complains(reopens, 103, stage="REOPENED")
    early = shop.customer()  # resolved before it was opened: the steps come as they like
    shop.regular(early)
    shop.complains(early, 101, stage="RESOLVED")
    shop.complains(early, 102, stage="OPENED")
    seen = yield
    assert seen.points(claims, "open_complaints", 101) > seen.points(claims, "open_complaints", 102) > 0, \
        "resolved is a claim"
    assert seen.points(confirms, "open_complaints", 103) == 0
    assert seen.points(reopens, "open_complaints", 103) > seen.points(claims, "open_complaints", 103)
    assert seen.points(reopens, "recovery", 103) > 0.2, "it wasn't resolved when we said so"
    assert seen.points(early, "open_complaints", 102) > 0.7


def C2_a_reasonable_time(shop):
    normal, gold, promised = shop.regulars(3)
    shop.profile(gold, 0, segments={"tier": "gold"})
    for who in (normal, gold):
        shop.complains(who, 101)
    shop.complains(promised, 101, complaint={"promisedTime": time_of(111)})
    seen = yield
    told = {who: [alert["day"] - 101 for alert in seen.told(who, "COMPLAINT_OVERDUE")]
            for who in (normal, gold, promised)}
    assert [round(days) for days in told[normal]] == [7], told
    assert [round(days) for days in told[gold]] == [2], "sooner in a segment that the config names"
    assert [round(days) for days in told[promised]] == [10], "as promised"
    assert seen.points(normal, "open_complaints", 108.5) > seen.points(normal, "open_complaints", 107)


def C3_recovery_goes_back_and_no_lower(shop):
    never, recovered, spoiled, late = shop.regulars(4)
    for who in (recovered, spoiled, late):
        shop.complains(who, 100)
    shop.complains(recovered, 101, stage="RESOLVED")
    shop.complains(recovered, 102, stage="CONFIRMED", rating=stars(5))
    shop.survey(recovered, 103, topic="recovery", csat=stars(5))
    shop.complains(spoiled, 102, stage="WITHDRAWN")
    shop.complains(late, 125, stage="CONFIRMED")
    for who in (never, recovered, late):
        shop.buys(who, 130)
    seen = yield
    assert seen.score(recovered, 100.5) > seen.score(never, 100.5) + 0.5
    assert seen.score(recovered, 130) == seen.score(never, 130), "back to its former level, and not below"
    assert seen.row(recovered, 130)["satisfactionIndex"] > 75, "though satisfaction is above what it was"
    assert seen.points(spoiled, "recovery", 102) > 0.3, "who gives up is not recovered"
    assert 0 < seen.points(late, "recovery", 130) < 0.3


def C4_the_silent_unhappy(shop):
    silent, loud, happy, far, reached, let_down = shop.regulars(6)
    for day in (100, 110, 120):
        shop.says(reached, day, rating=stars(1))
    shop.survey(let_down, 110, scale={"min": 0, "max": 10},
                dimensions=[{"name": "ease", "perceived": 3, "expected": 9}])
    for who in (reached, let_down):
        shop.says(who, 111, outreach={"action": "call"})
        shop.buys(who, 112)
    for who in (silent, loud):
        for day in (100, 110):
            shop.says(who, day, rating=stars(1))
    shop.complains(loud, 105)
    shop.says(happy, 100, rating=stars(4))
    seen = yield
    assert 0.2 < seen.points(silent, "silent_unhappy", 110) <= 0.5
    assert not {"silent_unhappy"} & (seen.names(loud, 110) | seen.names(happy, 110) | seen.names(far, 110))
    assert seen.score(silent, 110) > seen.score(happy, 110) + 1
    assert "contact_wanted" in seen.row(silent, 110)["flags"]
    assert "contact_wanted" in seen.row(reached, 110)["flags"]
    assert "contact_wanted" not in seen.row(reached, 112)["flags"], "somebody got in touch"
    assert "silent_unhappy" in seen.row(reached, 112)["flags"], "which makes nobody happy by itself"
    assert "contact_wanted" in seen.row(reached, 120)["flags"], "the next bad answer asks for it again"
    assert "contact_wanted" in seen.row(let_down, 110)["flags"], "far below what was expected"
    assert "contact_wanted" not in seen.row(let_down, 112)["flags"]


def C7_asking(shop):
    answers, ignores, unasked, told = shop.regulars(4)
    for who in (answers, ignores):
        shop.survey(who, 100, status="SURVEY_STATUS_SENT", surveyId="s1")
    shop.survey(answers, 105, status="SURVEY_STATUS_ANSWERED", surveyId="s1", csat=stars(4))
    shop.survey(told, 105, status="SURVEY_STATUS_NOT_ANSWERED", surveyId="s1")
    valued = shop.customer()
    shop.regular(valued, dollars=100)
    seen = yield
    assert seen.points(ignores, "satisfaction", 120) == 0
    assert 0.01 < seen.points(ignores, "satisfaction", 131) < 0.2, "no answer in time is weak evidence, by a timer"
    assert 0.01 < seen.points(told, "satisfaction", 106) < 0.2
    assert seen.points(unasked, "satisfaction", 131) == 0
    asked = [request["day"] for request in seen.requested(valued, "ASK_SURVEY")]
    assert asked and all(b - a >= 180 for a, b in zip(asked, asked[1:])), "a limit per customer"
