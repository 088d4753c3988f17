#!/usr/bin/env python3
"""Every option has a description in its row, and its name stands in the manual page."""
import glob
import os
import re

from sources import SRC, finish, read, verdict

ROW = re.compile(r'^OPTION\("([^"]+)"(.*?)"((?:[^"\\]|\\.)*)"\)$', re.M | re.S)


def manual_page():
    """The page, written by hand or made by the build."""
    found = []
    for top in (SRC, os.environ.get("BUILD", os.path.join(SRC, "build"))):
        found += glob.glob(os.path.join(top, "doc", "man", "named.conf.5"))
    return read(found[0]).replace("\\-", "-") if found else ""


rows = [(name, text) for name, _, text in ROW.findall(read("conf/option_table.def"))]
count = len(re.findall(r"^OPTION\(", read("conf/option_table.def"), re.M))
page = manual_page()
finish(
    verdict(f"all {count} option rows are understood by this test",
            [] if len(rows) == count and count > 300 else [f"{len(rows)} rows of {count}"]),
    verdict("every option row says what the option is",
            [name for name, text in rows if len(text.split()) < 2]),
    verdict("named.conf(5) names every option",
            [name for name in sorted({name for name, _ in rows})
             if not re.search(r"(?<![\w-])" + re.escape(name) + r"(?![\w-])", page)]),
)
