"""Differences that a regular expression cannot describe.  A line "@NAME ## REASON" of
differential.allowed lets a difference pass when the function NAME says so."""
import kz_wire

TC = 0x0200
ROOM_LEFT = 130         # the largest RRset with its signature that may not have fitted


def smaller(query, ours, theirs, line):
    """The reference ran out of room, we did not."""
    return theirs.flags & TC and not ours.flags & TC


def both_cut(query, ours, theirs, line):
    """Both are truncated, and say so."""
    return ours.flags & theirs.flags & TC and line.startswith(("answer", "authority"))


def cut_additional(query, ours, theirs, line):
    """Additional data up to the limit of the message: which of it is a matter of order."""
    limit = 512 if query.edns is None else max(512, min(query.edns, 1232))
    full = max(len(ours.wire), len(theirs.wire)) >= limit - ROOM_LEFT
    return line.startswith("additional") and not query.tcp and full


def owner_case(query, ours, theirs, line):
    """The same records but for capitals of their owners."""
    def fold(section):
        return sorted((r[0].lower(),) + tuple(r[1:]) for r in section)
    return line.split(":")[0] in ("answer", "authority", "additional") and all(
        fold(a) == fold(b) for a, b in zip(ours.sections, theirs.sections))


def target_zone(query, ours, theirs, line):
    """We followed a CNAME into another zone of ours, where the reference stopped: its answer
    is a chain without an end, and nothing says why."""
    chain = {r[1] for r in theirs.sections[0]}
    end = {r[1] for r in theirs.sections[1]} & {2, 6}       # NS, SOA
    longer = all(r in ours.sections[0] for r in theirs.sections[0])
    return 5 in chain and chain <= {5, 39, 46} and not end and (longer or ours.flags & TC)


def excused(names, query, ours, theirs, line):
    """Does one of the excuses named cover this line?"""
    if ours is None or theirs is None:
        return False
    ours, theirs = kz_wire.Reply(ours), kz_wire.Reply(theirs)
    return any(globals()[name](query, ours, theirs, line) for name in names)
