"""Bars as SVG, without a library."""
from xml.sax.saxutils import escape

COLOURS = {"kizuna": "#c2410c", "bind": "#3b6ea5", "knot": "#4b8f5a", "nsd": "#7a5ba8",
           "yadifa": "#a58a3b", "echo": "#9ca3af"}
WIDTH, LEFT, BAR, GAP, TITLE = 760, 110, 20, 6, 34


def chart(title, rows, unit):
    """One group: rows are (label, value); returns SVG elements and the height."""
    longest = max(value for _, value in rows) or 1
    parts = [f'<text x="0" y="18" class="t">{escape(title)}</text>']
    y = TITLE
    for label, value in rows:
        width = (WIDTH - LEFT - 130) * value / longest
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(label)}</text>'
                     f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" '
                     f'fill="{COLOURS.get(label, "#666")}"/>'
                     f'<text x="{LEFT + width + 6:.1f}" y="{y + 15}">{value:,.4g} {escape(unit)}</text>')
        y += BAR + GAP
    return parts, y + 14


def write(path, charts):
    """charts: (title, rows, unit); best first is the caller's choice."""
    body, y = [], 10
    for title, rows, unit in charts:
        if rows:
            parts, height = chart(title, rows, unit)
            body.append(f'<g transform="translate(10,{y})">' + "".join(parts) + "</g>")
            y += height
    with open(path, "w") as f:
        f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 20}" height="{y}" '
                'font-family="sans-serif" font-size="13"><style>.t{font-weight:bold;font-size:15px}'
                f'</style><rect width="100%" height="100%" fill="white"/>{"".join(body)}</svg>\n')
