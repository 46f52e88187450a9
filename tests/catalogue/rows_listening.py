"""Complaints and listening: C1 to C8."""

from catalogue import stars, usd


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
