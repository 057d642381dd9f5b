"""`python -m pbr_conformance.conformance`: the command line, where its script is not on the path."""

from __future__ import annotations

from .cli import main

raise SystemExit(main())
