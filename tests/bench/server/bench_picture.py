"""The figures of bench-server as a table for programs (CSV) and as a picture (SVG): bars of
CPU per request, a group for each load, a colour for each server. Measures nothing."""
import csv
from xml.sax.saxutils import escape

LOADS = ("One client", "10,000 clients", "1,000,000 clients", "With a SHA256 key", "Fast path, on a veth pair")
MEASURE = "CPU us/request"
COLOURS = ("#7f7f7f", "#1f77b4", "#6baed6", "#d62728", "#ff7f0e", "#9467bd", "#2ca02c", "#8c564b")
BAR, GAP, LEFT, TOP, HEIGHT = 22, 34, 60, 60, 300


def write(figures, path):
    with open(path + ".csv", "w", encoding="ascii", newline="") as file:
        table = csv.writer(file)
        table.writerow(("section", "server", "measure", "value"))
        table.writerows((*key, f"{value:.4f}") for key, value in figures.items())
    with open(path + ".svg", "w", encoding="ascii") as file:
        file.write(picture(figures))
    print(f"\nEvery figure: {path}.csv; the costs as a picture: {path}.svg")


def picture(figures):
    groups = [(load, [(server, value) for (section, server, measure), value in figures.items()
                      if section == load and measure == MEASURE and value == value]) for load in LOADS]
    groups = [(load, bars) for load, bars in groups if bars]
    servers = list(dict.fromkeys(server for _, bars in groups for server, _ in bars))
    most = max((value for _, bars in groups for _, value in bars), default=1)
    width = LEFT + sum(len(bars) * BAR + GAP for _, bars in groups) + 160
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{TOP + HEIGHT + 60}" '
           'font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{LEFT}" y="28" font-size="16">CPU time of the server per request, microseconds</text>']
    for step in range(5):
        y = TOP + HEIGHT - HEIGHT * step / 4
        out.append(f'<path d="M{LEFT} {y:.1f}H{width - 150}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * step / 4:.1f}</text>')
    x = LEFT + GAP / 2
    for load, bars in groups:
        for server, value in bars:
            tall = HEIGHT * value / most
            out.append(f'<rect x="{x:.1f}" y="{TOP + HEIGHT - tall:.1f}" width="{BAR - 3}" height="{tall:.1f}" '
                       f'fill="{COLOURS[servers.index(server) % len(COLOURS)]}"/>'
                       f'<text x="{x + BAR / 2 - 2:.1f}" y="{TOP + HEIGHT - tall - 4:.1f}" font-size="9" '
                       f'text-anchor="middle">{value:.1f}</text>')
            x += BAR
        out.append(f'<text x="{x - len(bars) * BAR / 2:.1f}" y="{TOP + HEIGHT + 20}" '
                   f'text-anchor="middle">{escape(load)}</text>')
        x += GAP
    for number, server in enumerate(servers):
        y = TOP + 20 * number
        out.append(f'<rect x="{width - 140}" y="{y}" width="12" height="12" fill="{COLOURS[number % len(COLOURS)]}"/>'
                   f'<text x="{width - 122}" y="{y + 11}">{escape(server)}</text>')
    return "\n".join(out + ["</svg>", ""])
