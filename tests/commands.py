"""The command ``resume`` as a test runs it in its own process."""

from digital_resume.cli.app import main


def resume(*arguments: str) -> int:
    """Run ``resume`` with these arguments; return its exit code."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
