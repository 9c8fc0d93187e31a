"""What a trainer says when trying again cannot help; the types are those of src/failures.ts."""


class Refused(Exception):
    def __init__(self, type: str, message: str):
        super().__init__(message)
        self.type = type


class Cancelled(Exception):
    """Somebody no longer wants the model."""
