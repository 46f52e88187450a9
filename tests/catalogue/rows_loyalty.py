"""Loyalty and risk: L1 to L10."""

from catalogue import time_of


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
