"""Derived features in SQL, as src/features/derive.ts says what they are: a missing operand makes a missing value."""

DAY_MS = 86_400_000.0
LARGEST = 3.4028234e38
AT = "epoch_ms(seen_at)::double"
"""When the score is (or would have been) asked for."""


def derived_sql(derive: dict, value) -> str:
    """`value(name)` is the SQL of an operand; the result is null when missing."""
    match derive["kind"]:
        case "ratio":
            return bounded(f"({value(derive['of'])}) / nullif(({value(derive['to'])})::double, 0)")
        case "log":
            x = f"({value(derive['of'])})::double"
            # Near zero 1 + x loses the digits that log1p keeps.
            return bounded(f"case when {x} < 0 then null when {x} < 1e-4 then {x} - {x} * {x} / 2 + {x} * {x} * {x} / 3 else ln(1 + {x}) end")
        case "bins":
            x = f"({value(derive['of'])})::double"
            above = " + ".join(f"({x} >= {edge!r})::integer" for edge in map(float, derive["edges"])) or "0"
            return f"case when {x} is not null then ({above})::varchar end"
        case "recency":
            return bounded(f"({AT} - ({value(derive['of'])})) / {DAY_MS}")
        case "frequency":
            days = f"({AT} - ({value(derive['since'])})) / {DAY_MS}"
            return bounded(f"case when {days} is not null then ({value(derive['of'])}) * {float(derive['days'])} / greatest(1.0, {days}) end")
        case "season":
            wave = {"sine": "sin", "cosine": "cos"}[derive["wave"]]
            return bounded(f"{wave}(2 * pi() * ({place_in(derive['cycle'], AT if derive['of'] is None else value(derive['of']))}))")
        case "cross":
            return " || ' × ' || ".join(f"({value(name)})::varchar" for name in derive["of"])
        case "missing":
            return f"({value(derive['of'])}) is null"
    raise ValueError(f"no derivation {derive['kind']}")


def place_in(cycle: str, ms: str) -> str:
    """0 at the start of the day, week (Monday), month or year, in UTC, up to 1 at its end."""
    if cycle == "day":
        return fraction(f"({ms}) / {DAY_MS}")
    if cycle == "week":
        # 1970-01-01 was a Thursday.
        return fraction(f"(({ms}) + {3 * DAY_MS}) / {7 * DAY_MS}")
    start = f"date_trunc('{cycle}', make_timestamp((({ms}) * 1000)::bigint))"
    since = f"epoch_ms({start}::timestamp)"
    until = f"epoch_ms({start}::timestamp + interval 1 {cycle})"
    return f"(({ms}) - {since}) / ({until} - {since})"


def fraction(cycles: str) -> str:
    """What is left of a number of cycles, also before 1970."""
    return f"({cycles}) - floor({cycles})"


def bounded(sql: str) -> str:
    """`greatest` and `least` pass over nulls, so these are kept out of them."""
    return f"case when ({sql}) is not null then greatest({-LARGEST}, least({LARGEST}, {sql})) end"
