"""The numbers of the examples' figure 2a from the files themselves: python3 figure_2a.py DATA FOLDER

DATA holds session trees (lab or nothing/Subjects/subject/date/number/alf), FOLDER what an example wrote. Which animals were trained, and
when, is taken from its is_trained; days, performance, smoothing and means are computed here from the arrays.
"""
import collections
import csv
import math
import pathlib
import statistics
import sys

import numpy as np

data, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def column(session, name):
    # Without the parts of a name that stand between dots, the sources write the same.
    return np.load(next(session.glob(f"*trials.{name}*.npy")))


def day_counts(sessions):
    """Trials, easy trials, and easy trials reported on the side of the stimulus, over the sessions of a day."""
    n = easy = correct = 0
    for session in sessions:
        left, right, choice = (column(session, name) for name in ("contrastLeft", "contrastRight", "choice"))
        signed = np.nan_to_num(right) - np.nan_to_num(left)
        is_easy = np.abs(signed) >= 0.5
        n += len(choice)
        easy += int(is_easy.sum())
        correct += int((np.sign(signed[is_easy]) == -choice[is_easy]).sum())
    return n, easy, correct


written = collections.defaultdict(list)
with open(folder / "figure_2a.csv", newline="") as file:
    for row in csv.DictReader(file):
        written[row["subject_nickname"]].append(row)
assert written, "no animal is trained"

by_training_day = collections.defaultdict(list)
for subject, rows in written.items():
    days = collections.defaultdict(list)
    for session in data.glob(f"**/{subject}/*/*/alf"):
        days[session.parent.parent.name].append(session)
    expected = []
    for training_day, date in enumerate(sorted(days), 1):
        n, easy, correct = day_counts(days[date])
        if n > 100 and easy:
            expected.append((date, training_day, 100 * correct / easy))
    assert [row["session_date"] for row in rows] == [date for date, _, _ in expected], f"days of {subject}"
    padded = [0.0, *(share for _, _, share in expected), 0.0]
    for at, (row, (date, training_day, share)) in enumerate(zip(rows, expected)):
        smoothed = statistics.median(padded[at:at + 3])
        for name, want in (("training_day", training_day), ("performance_easy_percent", share), ("smoothed_percent", smoothed)):
            assert math.isclose(float(row[name]), want, rel_tol=1e-9), f"{subject} {date} {name}: {row[name]}, expected {want}"
        by_training_day[row["lab_name"], training_day].append(smoothed)

with open(folder / "figure_2a_mean.csv", newline="") as file:
    means = {(row["lab_name"], int(row["training_day"])): row for row in csv.DictReader(file)}
assert means.keys() == by_training_day.keys()
for key, values in by_training_day.items():
    assert int(means[key]["n_subjects"]) == len(values), key
    assert math.isclose(float(means[key]["mean_percent"]), statistics.fmean(values), rel_tol=1e-9), key
    sem = means[key]["sem_percent"]
    if len(values) > 1:
        assert math.isclose(float(sem), statistics.stdev(values) / math.sqrt(len(values)), rel_tol=1e-9, abs_tol=1e-9), key
    else:
        assert sem in ("", "NA"), f"{key}: {sem}"

print(f"figure 2a: {sum(map(len, written.values()))} days of {len(written)} animals as the files say")
