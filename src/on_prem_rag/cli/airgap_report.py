"""The report of ``doctor --airgap``, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from on_prem_rag.cli.airgap import AirGapReport

_PROVED = (
    "Whoever has no route is counted by the kernel, each single time, IPv4 and IPv6: 0 means that "
    "nothing in this network namespace tried an address beyond its routes.",
    "Connections along the routes above were looked for {samples} times during the journey; those "
    "to the appliance's own parts (Ollama, database) and within this machine are not attempts.",
    "The planted attempt was counted by the same means.",
)
_NOT_PROVED = (
    "Only the network namespace named above was watched: another container, such as the worker's "
    "or Ollama's, has its own.",
    "Along an existing route, a connection that opened and ended between two looks ({gap:.0f} ms "
    "apart), or a datagram sent without connecting, would show only in the packets of the "
    "interfaces.",
    "On a machine that other programs share, what they try without a route is counted too, as the "
    "kernel does not say whose it was.",
    "It says what happened during this journey, not before or after.",
)


def as_dict(report: AirGapReport) -> dict[str, Any]:
    """The report as it is written to JSON."""
    sent = {
        name: count - report.before.sent.get(name, 0) for name, count in report.after.sent.items()
    }
    gap = 1000 * report.seconds / max(1, report.samples)
    return {
        "report": "air gap",
        "passed": report.passed,
        "made_at": report.made_at.isoformat(timespec="seconds"),
        "version": report.version,
        "machine": report.machine,
        "network_namespace": report.namespace,
        "server": report.server,
        "steps": [asdict(step) | {"seconds": round(step.seconds, 2)} for step in report.steps],
        "routes": report.routes,
        "attempts_recorded": report.recorded,
        "attempts": [str(each) for each in report.attempts],
        "attempts_without_route": report.without_route,
        "attempts_of_other_programs": [str(each) for each in report.others],
        "during_the_journey": {
            "seconds": round(report.seconds, 1),
            "looks_at_sockets": report.samples,
            "tcp_connections_opened_inside_included": report.after.tcp_opened
            - report.before.tcp_opened,
            "udp_datagrams_sent_inside_included": report.after.udp_sent - report.before.udp_sent,
            "packets_sent_by_interface": sent,
        },
        "positive_control": asdict(report.control) | {"counted": report.control.counted},
        "ways_out": [asdict(way) for way in report.ways_out],
        "what_this_proves": [line.format(samples=report.samples) for line in _PROVED],
        "what_this_does_not_prove": [line.format(gap=gap) for line in _NOT_PROVED],
    }


def as_text(report: AirGapReport) -> str:
    """The report for people."""
    told = as_dict(report)
    control = report.control
    how = "seen as a socket" if control.seen else f"{control.without_route} without a route"
    watched = told["during_the_journey"]
    lines = [
        "AIR GAP REPORT",
        f"Result:   {'PASSED' if report.passed else 'NOT PASSED'}",
        f"Made:     {told['made_at']}",
        f"Version:  {report.version}",
        f"Machine:  {report.machine}",
        f"Network:  {report.namespace}",
        f"Server:   {report.server}",
        "",
        "Journey",
        *(f"  {_mark(s.ok)}  {s.name}: {s.detail} ({s.seconds:.1f} s)" for s in report.steps),
        "",
        f"Attempts to leave recorded: {report.recorded}",
        *(f"  {each}" for each in report.attempts),
        f"  without a route: {report.without_route}",
        f"  looks at sockets: {report.samples}",
        f"  packets by interface: {watched['packets_sent_by_interface'] or 'loopback alone'}",
        *(f"  of another program, not counted: {each}" for each in report.others),
        "",
        "Positive control",
        f"  {_mark(control.counted)}  {control.to}: {how if control.counted else 'not noticed'}",
        "",
        "Routes",
        *(f"  {route}" for route in report.routes or ["none but loopback"]),
        "",
        "Ways out, tried on purpose afterwards; each must fail",
        *(f"  {_mark(not way.reached)}  {way.to}: {way.said}" for way in report.ways_out),
        "",
        "What this proves",
        *(f"  - {line}" for line in told["what_this_proves"]),
        "What this does not prove",
        *(f"  - {line}" for line in told["what_this_does_not_prove"]),
    ]
    return "\n".join(lines) + "\n"


def write_report(report: AirGapReport, path: Path) -> Path:
    """Write the text to ``path`` and the JSON beside it, whose path is returned."""
    beside = path.with_name(path.name + ".json")
    path.write_text(as_text(report))
    beside.write_text(json.dumps(as_dict(report), indent=2) + "\n")
    return beside


def _mark(ok: bool) -> str:
    return "ok    " if ok else "FAILED"
