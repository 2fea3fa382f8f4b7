"""The fictional cast of the demonstration (시연용): institutions, people and their records.

None of these exists. Certificate and registration numbers have the form of real ones and are made up.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CastInstitution:
    """One fictional institution."""

    slug: str
    name_ko: str
    name_en: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CastRecord:
    """A record that an institution hands in.

    ``counter`` tells how its owner claims it: with a code handed over at the counter, or else by
    presenting the identity credential.
    """

    institution: str
    credential_type: str
    claims: dict[str, Any]
    counter: bool


@dataclass(frozen=True, slots=True)
class CastPerson:
    """One fictional seeker."""

    key: str
    name: str
    role_ko: str
    role_en: str
    statement: str
    records: tuple[CastRecord, ...]


MOBILE_ID = CastInstitution(
    "mobile-id", "한빛모바일신분증원(시연용)", "Hanbit Mobile ID Agency (demo)", ("IdentityCredential",)
)
UNIVERSITY = CastInstitution(
    "saebyeok",
    "새벽대학교(시연용)",
    "Saebyeok University (demo)",
    ("UniversityDegree", "AcademicTranscript"),
)
LANGUAGE = CastInstitution(
    "nuri", "누리어학평가원(시연용)", "Nuri Language Testing Agency (demo)", ("LanguageTestScore",)
)
SKILLS = CastInstitution(
    "hangil",
    "한길기술자격원(시연용)",
    "Hangil Skills Certification Board (demo)",
    ("NationalTechnicalQualification",),
)
COMPANY = CastInstitution(
    "pureunsup", "푸른숲소프트(시연용)", "Pureunsup Soft (demo)", ("Internship", "EmploymentRecord")
)
TRAINING = CastInstitution(
    "onnuri", "온누리직업훈련원(시연용)", "Onnuri Vocational Training (demo)", ("TrainingCompletion",)
)

FIVE = (MOBILE_ID, UNIVERSITY, LANGUAGE, SKILLS, COMPANY)
EVERYONE = (*FIVE, TRAINING)


def _identity(name: str, romanised: str, birth_date: str, nationality: str = "KOR") -> CastRecord:
    claims = {
        "name": name,
        "nameRomanised": romanised,
        "birthDate": birth_date,
        "nationality": nationality,
    }
    return CastRecord("mobile-id", "IdentityCredential", claims, counter=True)


GRADUATE = CastPerson(
    key="graduate",
    name="김하늘",
    role_ko="대학을 갓 졸업한 구직자",
    role_en="A recent graduate",
    statement="사용자가 한 번에 이해하는 화면을 만드는 개발자가 되고 싶습니다.",
    records=(
        _identity("김하늘", "KIM HANEUL", "2001-03-14"),
        CastRecord(
            "saebyeok",
            "UniversityDegree",
            {
                "name": "김하늘",
                "birthDate": "2001-03-14",
                "university": "새벽대학교(시연용)",
                "degree": "공학사",
                "degreeLevel": "학사",
                "major": "컴퓨터공학",
                "admissionDate": "2020-03-02",
                "graduationDate": "2026-02-20",
                "gradeAverage": "3.87",
                "degreeRegistrationNumber": "새벽대2026(학)0412",
                "studentNumber": "2020101234",
            },
            counter=False,
        ),
        CastRecord(
            "hangil",
            "NationalTechnicalQualification",
            {
                "name": "김하늘",
                "birthDate": "2001-03-14",
                "trade": "정보처리",
                "grade": "기사",
                "certificateNumber": "25201047512K",
                "issueDate": "2025-09-12",
                "innerPageNumber": "2509120417",
            },
            counter=False,
        ),
        CastRecord(
            "nuri",
            "LanguageTestScore",
            {
                "name": "김하늘",
                "birthDate": "2001-03-14",
                "test": "누리영어능력시험(시연용)",
                "listening": 455,
                "reading": 430,
                "total": 885,
                "testDate": "2026-08-23",
                "issueNumber": "NELT-2608-004417",
            },
            counter=False,
        ),
        CastRecord(
            "pureunsup",
            "Internship",
            {
                "name": "김하늘",
                "birthDate": "2001-03-14",
                "organization": "푸른숲소프트(시연용)",
                "position": "웹 개발 인턴",
                "startDate": "2025-07-01",
                "endDate": "2025-08-29",
                "duties": "채용 공고 검색 화면의 접근성 개선",
            },
            counter=True,
        ),
    ),
)

SENIOR = CastPerson(
    key="senior",
    name="박정수",
    role_ko="다시 일을 찾는 62세 구직자",
    role_en="A 62-year-old looking for work again",
    statement="전기 설비를 삼십 년 돌봤습니다. 안전하게, 제시간에 일합니다.",
    records=(
        _identity("박정수", "PARK JEONGSU", "1964-05-02"),
        CastRecord(
            "hangil",
            "NationalTechnicalQualification",
            {
                "name": "박정수",
                "birthDate": "1964-05-02",
                "trade": "전기",
                "grade": "기능사",
                "certificateNumber": "94403021187D",
                "issueDate": "1994-11-30",
            },
            counter=False,
        ),
        CastRecord(
            "pureunsup",
            "EmploymentRecord",
            {
                "name": "박정수",
                "birthDate": "1964-05-02",
                "organization": "푸른숲소프트(시연용)",
                "position": "시설관리 주임",
                "startDate": "2011-04-01",
                "endDate": "2024-05-31",
                "duties": "사옥 전기·설비 점검과 보수",
            },
            counter=True,
        ),
    ),
)

FOREIGN_WORKER = CastPerson(
    key="foreign",
    name="응우옌티란",
    role_ko="한국에서 일하는 외국인 근로자",
    role_en="A foreign worker in Korea",
    statement="한국어와 베트남어로 일할 수 있습니다.",
    records=(
        _identity("응우옌티란", "NGUYEN THI LAN", "1996-10-09", "VNM"),
        CastRecord(
            "nuri",
            "LanguageTestScore",
            {
                "name": "응우옌티란",
                "nameRomanised": "NGUYEN THI LAN",
                "birthDate": "1996-10-09",
                "test": "누리한국어능력시험(시연용)",
                "listening": 92,
                "reading": 88,
                "total": 180,
                "testDate": "2026-04-12",
                "issueNumber": "NKLT-2604-000981",
            },
            counter=False,
        ),
        CastRecord(
            "pureunsup",
            "EmploymentRecord",
            {
                "name": "응우옌티란",
                "nameRomanised": "LAN NGUYEN THI",
                "birthDate": "1996-10-09",
                "organization": "푸른숲소프트(시연용)",
                "position": "번역 지원",
                "startDate": "2023-02-01",
                "duties": "베트남어 화면 번역과 검수",
            },
            counter=True,
        ),
    ),
)

PEOPLE = (GRADUATE, SENIOR, FOREIGN_WORKER)

SOMEBODY_ELSE = CastRecord(
    "nuri",
    "LanguageTestScore",
    {
        "name": "이서준",
        "birthDate": "1999-12-01",
        "test": "누리영어능력시험(시연용)",
        "listening": 490,
        "reading": 485,
        "total": 975,
        "testDate": "2026-08-23",
        "issueNumber": "NELT-2608-009902",
    },
    counter=True,
)
