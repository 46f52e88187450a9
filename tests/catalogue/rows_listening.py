"""Complaints and listening: C1 to C8."""


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
