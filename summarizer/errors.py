"""What can go wrong, as one tree.

    SummarizeError
    ├── SetupError      wrong options or set-up                              exit code 2
    ├── InputError      input that cannot be read                            exit code 3
    ├── ServiceError    a model or source that cannot be reached, or refuses exit code 4
    ├── PaperError      one paper that could not be done; the rest goes on   exit code 1
    │   └── DeferredError   its answer comes later, in a batch
    └── InterruptedRunError the user stopped the run                         exit code 130

Every message is one line for a person: what happened, where, and what to do next.
"""


class SummarizeError(Exception):
    """The root of all errors that the program raises on purpose."""

    exit_code = 1


class SetupError(SummarizeError):
    """An option, a template, a setting or the installation is wrong."""

    exit_code = 2


class InputError(SummarizeError):
    """A source that cannot be read at all, or holds no paper."""

    exit_code = 3


class ServiceError(SummarizeError):
    """The model or the source cannot be reached, or it refuses the key: no paper can go on."""

    exit_code = 4


class PaperError(SummarizeError):
    """One paper could not be done.

    ``kind`` is a short stable word for scripts, such as ``no_abstract`` or ``invalid_answer``.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class DeferredError(PaperError):
    """The answer comes later, in a batch: the paper is not done, and nothing is wrong with it."""

    KIND = "in_batch"

    def __init__(self, message: str) -> None:
        super().__init__(self.KIND, message)


class InterruptedRunError(SummarizeError):
    """The user stopped the run."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("interrupted; what was answered is kept, and the same command goes on from there")
