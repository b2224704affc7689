"""What a service's code can call of AWS, read out of its source: everything that its `main` leads to, and no more.

Code leads to a function when it mentions its name, alone or after its module's, and to a method when it mentions the
method's name after anything and the class's name; importing a module leads to what its decorators register: too much at
times, never too little, since nothing is looked up by a text.

An AWS operation is one that a reached function mentions of a client, and clients are known by the house's rule that an
adapter declares the slice that it uses as a Protocol whose methods take `**request`.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import botocore.session
from botocore import xform_name

ROOT: Final = Path(__file__).parents[3]
OURS: Final = ("services", "shared")
SIGNED: Final = "generate_presigned_url"
"""It names its operation by a text: whoever holds the address calls that in the signer's name."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module: its functions by name, its classes, what it imports as (module, symbol), and what runs when it is
    imported itself."""

    name: str
    functions: dict[str, list[Function]]
    classes: dict[str, ast.ClassDef]
    imports: dict[str, tuple[str, str]]
    body: list[ast.stmt]

    @property
    def slices(self) -> dict[str, set[str]]:
        """The client Protocols that are declared here, with their methods."""
        return {name: methods for name, node in self.classes.items() if (methods := _requests(node))}


@dataclass(slots=True)
class _Reach:
    """What has been found so far: `names` that were mentioned, alone or as an attribute; `alone` by which module and
    without anything before them, save that `module.name` is one; and the nodes that were walked through."""

    without: frozenset[str]
    names: set[str] = field(default_factory=set)
    alone: set[tuple[str, str]] = field(default_factory=set)
    walked: set[int] = field(default_factory=set)
    functions: list[tuple[Source, Function]] = field(default_factory=list)


@cache
def operations(entry: str, without: frozenset[str] = frozenset()) -> frozenset[tuple[str, str]]:
    """(service, operation) of everything that a service may ask of AWS, as botocore calls both, where it never makes
    the classes that it does `without`.

    Raises LookupError for a call of a client that no Protocol declares, or that no opened client has.
    """
    sources = {source.name: source for source in _closure(entry)}
    opened = _opened(sources[entry])
    found: set[tuple[str, str]] = set()
    for source, function in _reached(entry, sources, without).functions:
        declared = _declared(source, sources)
        for method in _called(function, declared):
            found.add(_operation(method, opened, f"{source.name}.{function.name}"))
        if undeclared := _undeclared(function, declared, opened, sources):
            raise LookupError(f"{source.name}.{function.name} calls {undeclared} of a client that no Protocol declares")
    return frozenset(found)


@cache
def mentions(entry: str, text: str, without: frozenset[str] = frozenset()) -> bool:
    """Whether anything that is reached holds this text."""
    sources = {source.name: source for source in _closure(entry)}
    return any(text in _texts([function]) for _, function in _reached(entry, sources, without).functions)


def _closure(entry: str) -> Iterator[Source]:
    seen, waiting = set[str](), [entry]
    while waiting:
        if (name := waiting.pop()) in seen or (source := _source(name)) is None:
            continue
        seen.add(name)
        yield source
        for module, symbol in source.imports.values():
            # `from package import module` looks as if the module were one of the package's names.
            waiting += [module, f"{module}.{symbol}"]


@cache
def _source(module: str) -> Source | None:
    path = ROOT / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    if module.partition(".")[0] not in OURS or not file.exists():
        return None
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions: dict[str, list[Function]] = {}
    for node in ast.walk(tree):
        if isinstance(node, Function):
            functions.setdefault(node.name, []).append(node)
    imports = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in OURS
        for alias in node.names
    }
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    body = [node for node in tree.body if not isinstance(node, Function | ast.ClassDef | ast.ImportFrom | ast.Import)]
    return Source(name=module, functions=functions, classes=classes, imports=imports, body=body)


def _reached(entry: str, sources: dict[str, Source], without: frozenset[str]) -> _Reach:
    """Names first, then what they stand for, until nothing new comes."""
    reach = _Reach(without)
    aliases: dict[str, set[tuple[str, str]]] = {}
    for source in sources.values():
        _mention(reach, source, source.body)
        reach.alone |= {
            (source.name, name) for name, nodes in source.functions.items() if any(map(_is_registered, nodes))
        }
        for alias, (module, symbol) in source.imports.items():
            aliases.setdefault(f"{module}.{symbol}", set()).add((source.name, alias))
    before = (-1, -1)
    while before != (len(reach.names), len(reach.alone)):
        before = len(reach.names), len(reach.alone)
        for source in sources.values():
            _reach_in(source, reach, aliases)
    return reach


def _reach_in(source: Source, reach: _Reach, aliases: dict[str, set[tuple[str, str]]]) -> None:
    """`aliases` are the names that whole modules, and what is in them, are imported under, and by which modules."""
    owners = {id(node): owner for owner in source.classes.values() for node in owner.body}
    for name, owner in source.classes.items():
        if name in reach.names:
            _mention(reach, source, [*owner.bases, *(node for node in owner.body if not isinstance(node, Function))])
    for name, nodes in source.functions.items():
        called_as = {(source.name, name), *aliases.get(f"{source.name}.{name}", ())}
        called_as |= {(importer, f"{alias}.{name}") for importer, alias in aliases.get(source.name, ())}
        for node in nodes:
            class_ = owners.get(id(node))
            if class_ is None:
                is_called = not reach.alone.isdisjoint(called_as)
            else:
                is_called = class_.name in reach.names and (name in reach.names or name.startswith("__"))
            if is_called and id(node) not in reach.walked:
                reach.walked.add(id(node))
                reach.functions.append((source, node))
                _mention(reach, source, [node])


def _is_registered(function: Function) -> bool:
    """As by `@routes.get("/")`."""
    return any(isinstance(each, ast.Call) for each in function.decorator_list)


def _mention(reach: _Reach, source: Source, nodes: Iterable[ast.AST]) -> None:
    for top in nodes:
        for node in _without_inner(top):
            if isinstance(node, ast.Name) and node.id not in reach.without:
                _, symbol = source.imports.get(node.id, ("", node.id))
                reach.names.add(symbol)
                reach.alone.add((source.name, node.id))
            elif isinstance(node, ast.Attribute):
                reach.names.add(node.attr)
                if isinstance(node.value, ast.Name):
                    reach.alone.add((source.name, f"{node.value.id}.{node.attr}"))


def _without_inner(top: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, annotations aside: to name a type isn't to make one."""
    waiting: list[ast.AST] = [top]
    while waiting:
        node = waiting.pop()
        yield node
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns"}:
                continue
            waiting += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]


def _requests(node: ast.ClassDef) -> set[str]:
    """The methods of a client's Protocol; empty for any other class."""
    if not any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
        return set()
    methods = [each for each in node.body if isinstance(each, Function)]
    takes_requests = [each.args.kwarg is not None and each.args.kwarg.arg == "request" for each in methods]
    return {each.name for each in methods} if methods and all(takes_requests) else set()


def _declared(source: Source, sources: dict[str, Source]) -> set[str]:
    """The client methods that the Protocols of this module, and those that it imports, declare."""
    own = set().union(*source.slices.values())
    for module, name in source.imports.values():
        own |= sources[module].slices.get(name, set()) if module in sources else set()
    return own


def _called(function: Function, declared: set[str]) -> set[str]:
    called = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)} & declared
    return called | {text for call in _signings(function) for text in _texts(call.args[:1])}


def _signings(function: Function) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == SIGNED:
            yield node


def _undeclared(function: Function, declared: set[str], opened: set[str], sources: dict[str, Source]) -> str | None:
    """A call that looks like a client's, and that nobody here defines."""
    ours = {name for source in sources.values() for name in source.functions}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name not in declared | ours and any(name in _methods(service) for service in opened):
                return name
    return None


def _opened(main: Source) -> set[str]:
    """The services that a composition root opens clients of: it names them by text, and nothing else by these texts."""
    known = set(botocore.session.get_session().get_available_services())
    return set(_texts(main.body) | {text for nodes in main.functions.values() for text in _texts(nodes)}) & known


def _texts(nodes: Iterable[ast.AST]) -> set[str]:
    constants = (node for top in nodes for node in ast.walk(top) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}


@cache
def _methods(service: str) -> dict[str, str]:
    """botocore's names of a service's operations by the names of its client's methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def _operation(method: str, opened: set[str], where: str) -> tuple[str, str]:
    found = [(service, _methods(service)[method]) for service in sorted(opened) if method in _methods(service)]
    if len(found) != 1:
        raise LookupError(f"{where} calls {method}, which is in {len(found)} of the clients {sorted(opened)}")
    return found[0]
