"""bench/results.md, from all that was kept."""

from bench import report, results
from bench.files import report as files_report
from bench.files import results as files_results


def publish() -> None:
    parts = [report.whole(results.load())]
    if runs := files_results.load():
        parts.append(files_report.whole(runs))
    results.REPORT.write_text("\n".join(parts))
