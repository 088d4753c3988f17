#!/usr/bin/env python3
"""Headers open with prose, nothing is left for later, and no path or name of a workplace stands here."""
import re

from sources import RANK, files, finish, read, verdict

LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK|for now|not implemented yet)\b")
# An absolute path that no system promises tells on whose machine this was written.
PLACES = re.compile(r"""(?:^|(?<=[\s"'=(`]))/(?!(?:etc|usr|var|run|tmp|dev|proc|sys|srv|opt|s?bin"""
                    r"""|lib|doc|path|dns-query|nonexistent|no|chroot|jail|some)\b)[a-z]\w+/\w[^\s"'`)]*"""
                    r"""|/home/\w+""", re.M)
TEXTS = (".c", ".h", ".l", ".y", ".def", ".md", ".mk", ".am", ".ac", ".py", ".sh", ".conf",
         ".zone", ".1", ".5", ".8", "run", "check", "flavour")


def has_prose(text):
    """A comment of some words before the first line of code."""
    match = re.match(r"\s*/\*(.*?)\*/", text, re.S)
    return bool(match) and len(re.findall(r"[A-Za-z]{2,}", match.group(1))) >= 8


def comments(text):
    return re.findall(r"/\*.*?\*/|//[^\n]*", text, re.S)


def self_test():
    found = (LATER.search("a TODO here"), PLACES.search("see /home/somebody/x"),
             PLACES.search('"/builds/x/y.c"'), not has_prose("#include <x.h>\n"),
             not PLACES.search("/etc/bind/named.conf and/or n/a"))
    return [] if all(found) else [f"a planted mistake was not found: {found}"]


def main():
    bare = [path for path in files(".h") if path.split("/")[0] in RANK
            and not has_prose(read(path))]
    later = [f"{path}: {hit.group(0)}" for path in files(".c", ".h", ".l", ".y", ".def")
             for comment in comments(read(path)) for hit in [LATER.search(comment)] if hit]
    places = [f"{path}: {hit}" for path in files(*TEXTS)
              if not path.startswith(("tests/style/", "fuzz/corpus/"))
              for hit in PLACES.findall(read(path))]
    finish(
        verdict("planted mistakes are found", self_test()),
        verdict("every header opens with prose", bare),
        verdict("no comment leaves work for later", later),
        verdict("no path of a workplace", places),
    )


main()
