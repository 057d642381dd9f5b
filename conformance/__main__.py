"""`python -m conformance`: the command line, where its script is not on the path."""

from __future__ import annotations

from .command import main

raise SystemExit(main())
