"""Keys that are elsewhere: in a profile of the vendor's command line tool."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pbr_conformance.conformance.client.keys import CallerKeys, CredentialsError, keys_of_callers
from pbr_conformance.simulator.model.target import Credential
from pbr_conformance.simulator.wire.signatures import AccessKey

SECRET = "A-Secret-Of-A-Profile"
AK = {"name": "default", "mode": "AK", "access_key_id": "LTAI-ak", "access_key_secret": SECRET}
STS = {"name": "temporary", "mode": "StsToken", "access_key_id": "STS.x", "access_key_secret": SECRET, "sts_token": "t"}


def write(home: Path, *profiles: Any) -> Path:
    """Write the profiles of a home, as the tool does: all of the file anew."""
    path = home / ".aliyun" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.with_suffix(".new").write_text(json.dumps({"current": "default", "profiles": profiles}))
    os.replace(path.with_suffix(".new"), path)
    return path


def keys(home: Path, name: str = "default") -> CallerKeys:
    return keys_of_callers({"owner": Credential(profile=name)}, {"HOME": str(home)})["owner"]


def test_profiles_of_both_modes_are_read(tmp_path: Path) -> None:
    write(tmp_path, AK, STS, "no profile")
    assert keys(tmp_path).current() == AccessKey("LTAI-ak", SECRET)
    assert keys(tmp_path, "temporary").current() == AccessKey("STS.x", SECRET, "t")


def test_a_profile_is_read_again_once_its_file_has_changed(tmp_path: Path) -> None:
    write(tmp_path, STS)
    found = keys(tmp_path, "temporary")
    assert found.current().token == "t"
    write(tmp_path, {**STS, "sts_token": "another"})
    assert found.current().token == "another"


def test_the_keys_stay_where_the_file_has_gone_or_is_half_written(tmp_path: Path) -> None:
    path = write(tmp_path, STS)
    found = keys(tmp_path, "temporary")
    path.write_text('{"profiles": [')
    assert found.current().token == "t"
    path.unlink()
    assert found.current().token == "t"
    write(tmp_path, {**STS, "sts_token": "another"})
    assert found.current().token == "another"


@pytest.mark.parametrize(
    ("profiles", "problem"),
    [
        ([STS], "has no profile 'default'; expected one of temporary"),
        ([], "has no profile 'default'; expected one, but there is none: see aliyun configure"),
        ([{"name": "default", "mode": "OAuth"}], "profile 'default' has mode 'OAuth'; supported are AK and StsToken"),
        ([{"name": "default"}], "profile 'default' has mode 'None'; supported are AK and StsToken"),
        ([{"name": "default", "mode": ["AK"]}], "profile 'default' has mode \"['AK']\"; supported are AK and StsToken"),
        (
            [{**AK, "access_key_secret": f"{SECRET} "}],
            "profile 'default' has no usable access_key_secret; expected printable ASCII without blanks",
        ),
        (
            [{**STS, "name": "default", "sts_token": ""}],
            "profile 'default' has no usable sts_token; expected printable ASCII without blanks",
        ),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_line(tmp_path: Path, profiles: list[object], problem: str) -> None:
    path = write(tmp_path, *profiles)
    with pytest.raises(CredentialsError) as caught:
        keys(tmp_path)
    assert str(caught.value) == f"credentials.owner.profile: {path}: {problem}"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"profiles": 1}', "[" * 100_000, "\ud800"])
def test_a_file_that_is_none_is_one_line(tmp_path: Path, text: str) -> None:
    write(tmp_path).write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(CredentialsError, match="is no such file; expected the profiles of the aliyun command line"):
        keys(tmp_path)


def test_a_home_without_files_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError) as caught:
        keys(tmp_path)
    assert str(caught.value).endswith(
        "config.json: cannot be read (No such file or directory); expected the profiles of the aliyun command line tool"
    )
