"""What is read from a description: what it says of a value, and nothing that it does not say."""

from __future__ import annotations

from typing import Final

import pytest

from pbr_conformance.conformance.specs.drift.constraints import constraints_of
from pbr_conformance.conformance.specs.drift.subject_classifier import subject_of

SAID: Final[dict[str, set[str]]] = {
    "It is 1 to 100 characters long.": {"1 to 100 characters"},
    "Between 2 and 128 characters, please.": {"2 to 128 characters"},
    "It can be up to 64 characters.": {"at most 64 characters"},
    "At most, it has 64 characters at most.": {"at most 64 characters"},
    "Valid values: **1** to **100**. Default value: **10**.": {"1 to 100", "10 by default"},
    "The default value is 10.": {"10 by default"},
    "It defaults to false.": {"false by default"},
    "Valid values: **0** and **100**.": {"one of 0, 100"},
    "Valid values: a, b, or c.": {"one of a, b, c"},
    "- **true**: it is.\n- **false** (default): it is not.": {"one of false, true", "false by default"},
    "  \u2022 100: the first\n\n  \u2022 0: the second": {"one of 0, 100"},
    "*   **true**\n*   **false**": {"one of false, true"},
    "*   **true**\\\n*   **false**\\\n": {"one of false, true"},
    "- 0: off\n- 100: on\n- Note: nothing else": {"one of 0, 100"},
    "Set the value to Ipsec or Gre.": {"one of Gre, Ipsec"},
    "The value is set to Ipsec, which is all.": {"one of Ipsec"},
    "It cannot start with http:// or https://.": {"not beginning with http://, https://"},
    "It must not begin with [ftp://](~~1~~).": {"not beginning with ftp://"},
    "Only ASCII characters.": {"only ASCII characters"},
    "\u957f\u5ea6\u4e3a1\uff5e100\u4e2a\u5b57\u7b26\u3002": {"1 to 100 characters"},
    "\u53d6\u503c\u8303\u56f4\uff1a**1**~**100**\u3002\u9ed8\u8ba4\u503c\uff1a**10**\u3002": {
        "1 to 100",
        "10 by default",
    },
    "\u4ec5\u53d6\u503c\uff1a**Ipsec**\uff08\u534f\u8bae\uff09\u3002": {"one of Ipsec"},
    "It has 1 to 64 ASCII characters.": {"1 to 64 characters", "only ASCII characters"},
    "1 ~ 64 ASCII characters": {"1 to 64 characters", "only ASCII characters"},
    "It is 2 to 256 Unicode characters in length.": {"2 to 256 characters"},
    "It must not exceed 64 ASCII characters.": {"at most 64 characters", "only ASCII characters"},
    "It has a maximum length of 64 characters.": {"at most 64 characters"},
    "It has 64 ASCII characters at most.": {"at most 64 characters", "only ASCII characters"},
    "64 characters or fewer.": {"at most 64 characters"},
    "不超过64个ASCII字符。": {"at most 64 characters", "only ASCII characters"},
    "不能超过 64 个 ASCII 字符。": {"at most 64 characters", "only ASCII characters"},
    "不得超过64个字符。": {"at most 64 characters"},
    "最多支持64个字符。": {"at most 64 characters"},
    "最多可包含64个字符。": {"at most 64 characters"},
    "最大支持64个ASCII字符": {"at most 64 characters", "only ASCII characters"},
    "长度为2~256个中英文字符。": {"2 to 256 characters"},
    "长度为 1～128 个英文字符。": {"1 to 128 characters"},
    "64个字符以内。": {"at most 64 characters"},
    "Valid values: 1 to 64.": {"1 to 64"},
    "取值：1~64。": {"1 to 64"},
    "The language: zh-CN (default) or en-US.": {"zh-CN by default"},
    "- zh-CN (default): Chinese\n- en-US: English": {"one of en-US, zh-CN", "zh-CN by default"},
    "The value must be unique among requests.": set(),
    "The value is a name that is up to you.": set(),
    "A link with a weight of 100 is active by default.": set(),
    "Elapsed since January 1, 1970, 00:00:00 UTC.": set(),
    "You can call an operation to query the value to use.": set(),
    "- one thing and another\n- a second thing": set(),
}


@pytest.mark.parametrize("text", SAID)
def test_what_a_text_constrains(text: str) -> None:
    assert {str(constraint) for constraint in constraints_of(text).values()} == SAID[text]


@pytest.mark.parametrize("text", ["", "Ask your administrator.", "\n\n", "The weight of the priority.", "x" * 20_000])
def test_a_text_without_one_leading_subject_is_not_guessed_at(text: str) -> None:
    assert subject_of(text) is None
