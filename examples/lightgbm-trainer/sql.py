"""Names and texts in SQL."""


def ident(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def source(name: str) -> str:
    """Columns of the source have a prefix in a snapshot, so that a source may call its columns what it likes."""
    return ident(f"source:{name}")
