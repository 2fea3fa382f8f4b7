"""How the graduate of the demonstration gets five credentials into a wallet in the browser."""

from playwright.sync_api import expect

from digital_resume.core.credentials.catalog import credential_type
from scripts.demo.cast import COMPANY, GRADUATE, LANGUAGE, MOBILE_ID, SKILLS, UNIVERSITY
from tests.e2e.pages import WalletPage
from tests.e2e.product import Product

RECORDS = {record.credential_type: record for record in GRADUATE.records}
#: Type and institution of everything that is held afterwards, as people read them.
HELD = tuple(
    (credential_type(name).title.ko, institution.name_ko)
    for name, institution in (
        ("IdentityCredential", MOBILE_ID),
        ("UniversityDegree", UNIVERSITY),
        ("NationalTechnicalQualification", SKILLS),
        ("LanguageTestScore", LANGUAGE),
        ("Internship", COMPANY),
    )
)


def claim_everything(product: Product, wallet: WalletPage) -> None:
    """The institutions hand in over the signing API; the wallet claims each in the way that it is claimed."""
    stack = product.stack
    identity = stack.hand_in(RECORDS["IdentityCredential"])
    link, code = stack.counter_offer(MOBILE_ID.slug, identity)
    wallet.see_offer(link)
    expect(wallet.page.get_by_role("heading", name=MOBILE_ID.name_ko)).to_be_visible()
    wallet.take(code)
    expect(wallet.cards()).to_have_count(1)
    expect(wallet.cards()).to_contain_text("모바일 신분증")

    for institution in (UNIVERSITY, LANGUAGE, SKILLS):
        stack.hand_in(next(r for r in GRADUATE.records if r.institution == institution.slug))
        wallet.ask(institution.name_ko)

    internship = stack.hand_in(RECORDS["Internship"])
    link, code = stack.counter_offer(COMPANY.slug, internship)
    wallet.page.goto(f"{wallet.url}/?{link.partition('#')[2]}")
    expect(wallet.page.get_by_text(COMPANY.name_ko)).to_be_visible()
    assert "credential_offer" not in wallet.page.url, "the offer does not stay in the address"
    wallet.take(code)
    expect(wallet.cards()).to_have_count(len(HELD))
