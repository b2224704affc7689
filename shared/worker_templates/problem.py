"""Why a template can't be shown."""


class TemplateProblem(Exception):
    """Ends the human loop of this template and input with `code`, as A2I does (FailureCode, FailureReason).

    `text` is for the template's author: it quotes the template and never the task's input.
    """

    def __init__(self, text: str, *, code: str = "ValidationError") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
