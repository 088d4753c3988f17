#!/usr/bin/env python3
"""What the documentation names exists: links, and files of the tree in backquotes."""
import os
import re

from sources import SRC, files, finish, read, verdict

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
NAMED = re.compile(r"`((?:base|net|dns|parser|conf|zone|answer|server|tools|tests|fuzz|bench|doc)/"
                   r"[\w./-]*\w)`")


def missing(path):
    folder = os.path.dirname(path)
    text = read(path)
    links = [os.path.normpath(os.path.join(folder, target)) for target in LINK.findall(text)]
    named = [name for name in NAMED.findall(text) if not re.search(r"NAME|NNN|_\Z", name)]
    return [f"{path}: {name}" for name in links + named
            if not os.path.exists(os.path.join(SRC, name))]


documents = files(".md")
finish(verdict(f"links and file names in {len(documents)} documents lead somewhere",
               [m for path in documents for m in missing(path)]))
