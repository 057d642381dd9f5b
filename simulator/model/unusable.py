"""What cannot be used because of what is written in it: one line for each problem, whatever kind of file it is.

Rule 1. A reader of files raises a kind of `Unusable`, and finds all problems before it does.
"""


class Unusable(ValueError):
    """A file that can't be used; `problems` holds one line for each thing wrong with it, without the file's name."""

    def __init__(self, source: str, problems: tuple[str, ...]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"{self.source}: {problem}" for problem in self.problems)
