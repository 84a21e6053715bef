"""The second person of a decision is another human being, whichever token is presented."""

from deploy.sandbox.parties import Party
from services.kernel.messages import Actor
from services.kernel.second_person import second_person
from tests.support.inspection import CLEAN, RISK_PORT, Office
from tests.support.window import codes


def actor(subject: str, party: str) -> Actor:
    return Actor(subject=subject, party=party, role="risk_officer")


def test_another_person_has_another_subject_and_another_party() -> None:
    first = actor("li", "officer:1")
    assert second_person(first, actor("wang", "officer:2")) is None
    for same in (first, actor("li", "officer:2"), actor("wang", "officer:1")):
        refusal = second_person(first, same)
        assert refusal is not None
        assert refusal.code == "SAME_PERSON"


async def desks(office: Office, name: str) -> tuple[Party, Party, Party]:
    """One person at a first desk, the same at a second one, and somebody else at the first."""
    one, other = [await office.hire(RISK_PORT, ()) for _ in range(2)]

    def sits(officer_id: str, subject: str) -> Party:
        party = f"officer:{officer_id}"
        return office.parties.act_as("risk_officer", party, subject=subject, port=RISK_PORT)

    return sits(one, name), sits(other, name), sits(one, f"{name}-deputy")


async def test_one_person_with_two_parties_does_not_approve_the_own_rule(office: Office) -> None:
    first, second_desk, deputy = await desks(office, "four-eyes-rule")
    rule = {
        "code": "FOUR_EYES",
        "title": "test",
        "lane": "YELLOW",
        "expression": "hs_code == '96010000'",
        "example": {"hs_code": "96010000"},
        "authority": "test",
        "effective_from": "2026-01-01",
    }
    proposed = await first.post("/risk/v1/rules", rule)
    assert proposed["proposed_by"] == "four-eyes-rule"
    path = f"/risk/v1/rules/{proposed['rule_id']}/decision"
    for same in (first, second_desk, deputy):
        assert codes(await same.try_post(path, {"approve": True})) == ["SAME_PERSON"]
    assert (await office.risk_officer(2).post(path, {"approve": False}))["state"] == "REJECTED"


async def test_one_person_with_two_parties_does_not_lift_the_own_control(office: Office) -> None:
    first, second_desk, deputy = await desks(office, "four-eyes-control")
    control = await first.post(
        "/risk/v1/controls",
        {
            "kind": "vehicle_plate",
            "value": "桂F4EYES",
            "grounds": "tip-off",
            "effective_from": "2026-01-01",
        },
    )
    path = f"/risk/v1/controls/{control['control_id']}/lift"
    for same in (first, second_desk, deputy):
        assert codes(await same.try_post(path)) == ["SAME_PERSON"]
    await office.risk_officer(2).post(path)


async def test_one_person_with_two_parties_does_not_sign_the_own_credit_level(
    office: Office,
) -> None:
    port = await office.port()
    one, other = await office.hire(port), await office.hire(port)
    act_as, name = office.parties.act_as, "four-eyes-credit"
    first = act_as("officer", f"officer:{one}", subject=name, port=port)
    second_desk = act_as("officer", f"officer:{other}", subject=name, port=port)
    deputy = act_as("officer", f"officer:{one}", subject=f"{name}-deputy", port=port)
    code, _ = await office.enterprise(port)
    body = {"party": f"enterprise:{code}", "level": "DISHONEST", "grounds": "SMUGGLING"}
    proposed = await first.post("/accreditation/v1/credit-levels", body)
    path = f"/accreditation/v1/credit-levels/{proposed['credit_id']}/countersignature"
    for same in (first, second_desk, deputy):
        assert codes(await same.try_post(path, {"agree": True})) == ["SAME_PERSON"]
    signer = await office.clerk(port)
    signed = await signer.post(path, {"agree": True})
    assert signed["state"] == "IN_FORCE"


async def test_one_person_drawn_under_two_parties_does_not_sign_the_own_findings(
    office: Office,
) -> None:
    port = await office.port()
    order_id = await office.inspected(port)
    order = await office.order(order_id, state="ASSIGNED")
    one, other = (
        office.parties.act_as("officer", f"officer:{o}", subject="one-and-the-same", port=port)
        for o in order["officers"]
    )
    path = f"/inspection/v1/orders/{order_id}"
    await one.post(f"{path}/findings", dict(CLEAN))
    refused = await other.try_post(f"{path}/countersignature", {"agree": True})
    assert codes(refused) == ["SAME_PERSON"]
