"""Mutation score of our own tests: faults drawn by a seed, each run against the tests of its room.

    python -m venv /tmp/cosmic && /tmp/cosmic/bin/pip install cosmic-ray coverage
    git worktree add /tmp/copy && python -m venv /tmp/copy/.venv
    /tmp/copy/.venv/bin/pip install -e '/tmp/copy[dev]' pytest-cov
    /tmp/cosmic/bin/python -m tools.mutation /tmp/copy --count 400 --results FILE

cosmic-ray makes the mutants; the copy is there to be spoilt.

Rules of this package
1. A module is changed in the copy and put back as it was, whatever happens in between.
2. What cannot change behaviour is not drawn: annotations, arguments of `@dataclass`, and `is` for `==`.
3. A fault is tried on the tests that reach its lines, and on others of the same files, whose fixtures and caches they
   share; quick ones first. A test that reaches them in another process only is not seen to: then a fault survives that
   the whole suite would catch, never the other way round.
4. Results are written one by one, and those that a file has are not worked out again: a run can be interrupted. Faults
   are in random order, so that those tried by then are a sample too.
"""
