#!/usr/bin/env python3
"""Data flows one way: no folder includes one above it, and no file includes itself by a detour."""
import os
import re

from sources import OUTSIDE, RANK, SRC, files, finish, read, verdict

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)
GENERATED = (".l", ".y")    # "conf_grammar.h" comes from a .y beside the one who includes it


def included(path):
    """The project's files that `path` includes, as paths from the root."""
    found = []
    for quote, name in INCLUDE.findall(read(path)):
        if quote == "<" and not os.path.isfile(os.path.join(SRC, name)):
            continue
        found.append(name)
    return found


def upward(graph):
    problems = []
    for path, names in graph.items():
        here = path.split("/")[0]
        for name in names:
            there = name.split("/")[0]
            if name == "config.h" or here in OUTSIDE:
                continue
            if "/" not in name:
                problems.append(f'{path} includes "{name}": write it from the root')
            elif there not in RANK or here not in RANK:
                problems.append(f"{path} includes {name}: a folder without a rank")
            elif here != there and RANK[there] >= RANK[here]:
                problems.append(f"{path} includes {name}: {here} stands below or beside {there}")
    return problems


def find_circle(graph):
    """A list of files in which each includes the next, or nothing."""
    state, trail = {}, []

    def visit(path):
        state[path] = "open"
        trail.append(path)
        for name in graph.get(path, ()):
            if state.get(name) == "open":
                return trail[trail.index(name):] + [name]
            if name not in state:
                circle = visit(name)
                if circle:
                    return circle
        state[path] = "done"
        trail.pop()
        return None

    for path in graph:
        if path not in state:
            circle = visit(path)
            if circle:
                return circle
    return None


def modules(graph):
    """The same graph with NAME.c and NAME.h as one: a circle between modules counts too."""
    def module(path):
        return os.path.splitext(path)[0]
    joined = {}
    for path, names in graph.items():
        if path.split("/")[0] in OUTSIDE:
            continue
        joined.setdefault(module(path), set()).update(
            module(n) for n in names if module(n) != module(path))
    return joined


def self_test():
    """The checks can fail."""
    bad = {"base/a.h": ["dns/b.h"], "dns/b.h": ["net/c.h"], "dns/c.c": ["d.h"]}
    circle = {"dns/a.c": ["dns/b.h"], "dns/a.h": [], "dns/b.c": ["dns/a.h"], "dns/b.h": []}
    return [] if (len(upward(bad)) == 3 and find_circle({"a": ["b"], "b": ["a"]})
                  and find_circle(modules(circle))) else ["a planted mistake was not found"]


sources = files(".c", ".h", ".l", ".y", ".def")
graph = {path: included(path) for path in sources}
circle = find_circle(graph)
circle_modules = find_circle(modules(graph))
finish(
    verdict("a planted upward include and a planted circle are found", self_test()),
    verdict(f"no upward include in {len(sources)} files", upward(graph)),
    verdict("no circle between files", [" > ".join(circle)] if circle else []),
    verdict("no circle between modules (NAME.c with NAME.h)",
            [" > ".join(circle_modules)] if circle_modules else []),
)
