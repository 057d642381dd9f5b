"""The values that stand in report.json: what is accepted where a number or a truth value is expected."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, Strict, WithJsonSchema

_LARGEST: Final = 10_000
"""Units that a diagram may be wide or high, so that no file can make a page that nobody can look at."""

_Integer = Annotated[int, Strict()]
_Finite = Annotated[float, Strict(), Field(allow_inf_nan=False)]

Whole = Annotated[int, Strict(), Field(ge=0)]
"""An integer of 0 or more; true and false are none."""
Number = Annotated[_Integer | _Finite, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]
"""A finite number of 0 or more; an integer stays one."""
Size = Annotated[
    _Integer | _Finite,
    Field(ge=0, le=_LARGEST),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": _LARGEST}),
]
"""A number of a diagram."""
Flag = Annotated[bool, Strict()]
"""True or false, not a word for it."""
