"""What every check's outcome means and says: one row a (check, outcome, code), in Korean and English.

Data, not logic. The row's verdict is what this outcome alone makes of the item; the worst of all rows is the
item's verdict. Texts are short and say what to do where something can be done. A test proves that every code
the pipeline can give has a row and that no row is unused.
"""

from typing import Final

from digital_resume.core.verification.chain_messages import CHAIN_MESSAGES
from digital_resume.core.verification.document_messages import DOCUMENT_MESSAGES
from digital_resume.core.verification.message import Messages

MESSAGES: Final[Messages] = DOCUMENT_MESSAGES | CHAIN_MESSAGES
