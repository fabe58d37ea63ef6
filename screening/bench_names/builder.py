"""One process that builds a generation from a corpus, so that its memory is nobody else's.

`python -m screening.bench_names.builder CORPUS GENERATION` prints the report as one line of JSON.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from screening.bench_names.corpus import read_corpus
from screening.names.index import build_index


def main(corpus: Path, directory: Path) -> None:
    report = asdict(build_index(read_corpus(corpus), directory, generation=directory.name))
    report["directory"] = str(directory)
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
