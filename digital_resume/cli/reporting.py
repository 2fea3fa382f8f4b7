"""How a command says what went wrong: two lines, Korean and English, never a stack trace."""

from collections.abc import Callable

import typer

from digital_resume.core.errors import ResumeError
from digital_resume.error_words import words_for, words_of

SERVICES_EXTRA = "verifiable-digital-resume[services]"


def reporting(work: Callable[[], object]) -> int:
    """Run a command; what it raises of ours, or of its settings, is told in two lines.

    Args:
        work: the command.

    Returns:
        The exit code.
    """
    try:
        work()
    except ResumeError as error:
        return _tell(error.message_ko or words_for(error).ko, error.message, 1)
    except ValueError as error:  # pydantic's too: settings that are missing or refused
        typer.secho(f"✘ {_one_line(error)}", fg="red", err=True)
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"", "digital_resume"}:
            raise
        return _tell(
            words_of("package_missing").ko,
            f"This command needs the package {error.name}: pip install '{SERVICES_EXTRA}'",
            2,
        )
    return 0


def _tell(korean: str, english: str, code: int) -> int:
    typer.secho(f"✘ {korean}\n  {english}", fg="red", err=True)
    return code


def _one_line(error: ValueError) -> str:
    from digital_resume.settings import settings_problem

    return settings_problem(error)
