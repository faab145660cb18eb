"""Recomputes every field of `latent-explorer eval RUN --all --json` in float64 from the run's weights and the images, from the
definitions in the README and the papers it names, and says where the two differ. Shares no code with the program.

    python -m benches.referee RUN [--data FOLDER] [--program target/release/latent-explorer]
"""

import argparse
import json
import subprocess
import sys
import time

from . import compare
from .evidence import evidence, evidence_of_fitted
from .gaps import gaps
from .generation import blur, classes, jumps, reach
from .realism import realism
from .subject import Subject
from .surgery import neighbours, surgery
from .terms import terms


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("--data", default="assets/mnist", help="a folder of IDX files")
    parser.add_argument("--program", default="target/release/latent-explorer")
    parser.add_argument("--json", help="what `eval --all --json` printed before, instead of running it")
    parser.add_argument("--quick", action="store_true", help="1,000 images and samples")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def printed(options):
    if options.json:
        with open(options.json) as file:
            return json.load(file)
    command = [options.program, "eval", options.run, "--all", "--json", "--data", options.data]
    if options.quick:
        command += ["--images", "1000"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(subject, names):
    """{name: Estimate} of all that the referee knows of."""
    measured = {}

    def timed(what, *more):
        start = time.time()
        result = what(subject, *more, measured)
        print(f"{what.__name__}: {time.time() - start:.0f} s", file=sys.stderr)
        return result

    kl = timed(terms)
    if subject.model.is_variational:
        timed(surgery, kl)
    timed(neighbours)
    steps = timed(jumps)
    timed(classes, steps)
    timed(reach)
    timed(blur)
    timed(realism)
    timed(evidence)
    timed(evidence_of_fitted)
    timed(gaps, subject.beta, names)
    return measured


def main():
    options = arguments()
    ours = printed(options)
    subject = Subject(options.run, options.data, ours["effort"], options.seed)
    measured = measure(subject, set(ours))
    sys.exit(not compare.table(ours, measured))


main()
