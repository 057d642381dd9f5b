"""Names with two meanings: a class, a public constant or a type alias that two modules define.

A name that is imported and handed on is defined once. Type variables and names in double underscores do not count.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from .product import Product

_TYPE_VARIABLES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple"})


def double_names(product: Product) -> Mapping[str, list[str]]:
    """Map each name with more than one definition to the modules that define it."""
    defined = defaultdict(list)
    for module in product.values():
        for name in sorted({*_classes(module.tree), *_constants(module.tree.body)}):
            defined[name].append(module.name)
    return {name: modules for name, modules in sorted(defined.items()) if len(modules) > 1}


def _classes(tree: ast.Module) -> Iterator[str]:
    """Yield the name of every class, wherever it is defined."""
    return (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _constants(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the public names that a module's own statements assign, also those under `if` and `try`."""
    for statement in statements:
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _constants([node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)])
        elif not _is_type_variable(statement):
            yield from (name for name in _assigned(statement) if not name.startswith("_"))


def _assigned(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign():
            targets = statement.targets
        case ast.AnnAssign():
            targets = [statement.target]
        case _ if type(statement).__name__ == "TypeAlias":  # `type X = ...`, of Python 3.12 and newer
            targets = [statement.name]  # type: ignore[attr-defined]
        case _:
            return
    for target in targets:
        yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and _is_written(node))


def _is_written(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_type_variable(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(value=ast.Call(func=ast.Name(id=made))):
            return made in _TYPE_VARIABLES
        case _:
            return False
