"""The program's numbers beside the referee's, and whether they agree."""

from .estimate import Estimate

# Of a number that nothing is drawn for: nats are absolute, all else is relative.
EXACT = 1e-3
NATS = ("recon", "kl", "elbo", "log_evidence", "gap", "approximation_gap", "objective_gap", "amortisation_gap", "mutual_information", "negentropy")
# Standard deviations that chance may take; with some fifty fields five runs pass by chance alone.
CHANCE = 3.5
# What `eval --all --json` says besides measures.
ABOUT = {"classes", "differences", "effort", "intervals", "minus", "n", "named_images", "run", "units"}


def tolerance(name, estimate):
    """What the two may differ by."""
    exact = EXACT * (1.0 if name.startswith(NATS) else abs(estimate.value))
    return max(exact, CHANCE * estimate.noise, 1e-9)


def differs(name, value, interval, estimate):
    """What is wrong with a number; None if nothing is."""
    if abs(value - estimate.value) > tolerance(name, estimate):
        return "NOT OK"
    right = estimate.interval_at(value)
    if right is None:
        # As of quantiles, whose intervals are of a bootstrap.
        return None
    if interval is None:
        return "NOT OK: it has no interval"
    width, expected = interval[1] - interval[0], right[1] - right[0]
    if abs(width - expected) > estimate.slack * expected + 1e-9:
        return f"NOT OK: interval, {expected / 2:.3g} to either side expected"
    if not interval[0] - 1e-9 <= value <= interval[1] + 1e-9:
        return "NOT OK: outside its own interval"
    return None


def table(ours, measured):
    """Prints all fields; whether all agree."""
    agree = True
    print("| field | ours | referee's | difference | chance (σ) | interval | |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name in sorted(set(ours) - ABOUT | set(measured)):
        value, estimate = ours.get(name), measured.get(name)
        interval = ours["intervals"].get(name)
        if value is None and estimate is None:
            continue
        if value is None:
            agree, row = False, ("–", f"{estimate.value:.6g}", "", "", "", "NOT OK: the program has none")
        elif estimate is None:
            row = (f"{value:.6g}", "–", "", "", "", "not recomputed")
        else:
            wrong = differs(name, value, interval, estimate)
            agree &= wrong is None
            noise = f"{estimate.noise:.2g}" if estimate.noise else "exact"
            half = f"± {(interval[1] - interval[0]) / 2:.3g}" if interval else ""
            row = (f"{value:.6g}", f"{estimate.value:.6g}", f"{value - estimate.value:+.2g}", noise, half, wrong or "ok")
        print(f"| {name} | " + " | ".join(row) + " |")
    return agree & identity(ours)


def identity(ours):
    """ELBO + gap = log p(x), to the last digit."""
    if ours.get("gap") is None or ours.get("log_evidence") is None:
        return True
    apart = ours["elbo"] + ours["gap"] - ours["log_evidence"]
    holds = abs(apart) < 1e-9 * abs(ours["log_evidence"])
    print(f"ELBO + gap − log p(x) = {apart:.1e}: {'ok' if holds else 'NOT OK'}")
    return holds
