"""Compares what was computed of the golden OpenScope sessions with expected.json: openscope_golden.py EXPECTED FOLDER."""
import csv
import json
import math
import sys

expected = json.load(open(sys.argv[1]))
sessions = expected["sessions"]
folder = sys.argv[2]
worst = {}
n_compared = 0


def compare(name, got, want, tolerance):
    """Absolute below 1, else relative."""
    judge(name, got, want, tolerance, max(1.0, abs(want)))


def judge(name, got, want, tolerance, unit):
    global n_compared
    n_compared += 1
    error = abs(float(got) - want) / unit if got != "" else math.inf
    if not error <= worst.get(name, (-1.0,))[0]:
        worst[name] = (error, got, want, tolerance)


def rows(name):
    with open(f"{folder}/{name}.csv", newline="") as file:
        return list(csv.reader(file))


for sessid, roi, median, scale, snr, signal in rows("roi_signal"):
    want, i = sessions[sessid], int(roi) - 1
    compare("median", median, want["roi_scale"]["sub_median"][i], 1e-7)
    compare("percentile range", scale, want["roi_scale"]["div_p5_p95"][i], 1e-7)
    compare("snr", snr, want["snr"][i], 1e-6)
    compare("signal mean", signal, want["signal_mean"][i], 1e-6)
for sessid, correlation in rows("roi_signal_set"):
    compare("mean correlation", correlation, sessions[sessid]["roi_corr_mean"], 1e-6)
for sessid, params, roi, usi, percentile in rows("roi_selectivity"):
    want, i = sessions[sessid], int(roi) - 1
    if params == "test_gabors_common_orientations":
        compare("common orientations", usi, want["gabor_usi_common_oris"][i], 1e-6)
        continue
    of = want["gabor_usi" if params == "test_gabors" else "visflow_usi"]
    compare(f"{params} usi", usi, of["usi"][i], 1e-6)
    # Null values that tie with the index but for a rounding error move it by half of 100 / 500 each.
    judge(f"{params} percentile", percentile, of["percentiles_500_perms_seed_905"][i], 0.5, 1.0)

for sessid, stimulus, response, roi, mean in rows("roi_integrated_response"):
    compare(f"{stimulus} {response}", mean, sessions[sessid][f"{stimulus.removesuffix('s')}_integrated"][response][int(roi) - 1], 1e-7)

for sessid, measure, block, *means in rows("sequence_block"):
    want = sessions[sessid]["block_data"]["run" if measure == "running" else "pupil"]
    for i in range(2):
        compare(f"{measure} in blocks", means[i], want[i][int(block) - 1], 1e-7)
relative = expected["across"]["gabor_rel_resp"]
for i, (line, plane, sess_n, n_subjects, n_rois, regular, regular_sem, unexpected, unexpected_sem) in enumerate(rows("relative")):
    assert (int(sess_n), line, plane) == (relative["sess_ns"][i], relative["lines"][i], relative["planes"][i])
    for name, got, want in [("regular", (regular, regular_sem), relative["rel_reg"][i]), ("unexpected", (unexpected, unexpected_sem), relative["rel_unexp"][i])]:
        compare(f"relative responses, {name}", got[0], want[0], 1e-6)
        compare(f"relative responses, {name}, SEM", got[1], want[1], 1e-6)

failed = [f"{name}: got {got}, want {want}" for name, (error, got, want, tolerance) in worst.items() if not error <= tolerance]
n_expected = sum(s["nrois"] * (4 + 5 + 9) + 1 for s in sessions.values()) + 4 * len(sessions) + sum(2 * len(part[0]) for s in sessions.values() for part in s["block_data"].values())
if n_compared != n_expected:
    failed.append(f"{n_compared} values compared, expected {n_expected}")
for line in failed:
    print(line, file=sys.stderr)
sys.exit(bool(failed))
