#!/usr/bin/env python3
"""The tutorial's four exercises in pandas: python3 examples/tutorial.py FOLDER

Connects as libpq's environment says (PGHOST, PGSERVICE, ...). Needs python3-pandas and python3-psycopg2.
"""
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import psycopg2

warnings.filterwarnings("ignore", message="pandas only supports SQLAlchemy")
out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
out.mkdir(parents=True, exist_ok=True)
connection = psycopg2.connect("")


def ask(sql, params=None):
    return pd.read_sql_query(sql, connection, params=params)


def save(frame, name):
    frame.to_csv(out / name, index=False)


def sem(values):
    return values.std(ddof=1) / np.sqrt(values.count())


# Exercise 1: the animals, and their training sessions, as the tutorial joins them; saved as files.
subjects = ask("""
    select lab_name, subject_nickname, sex, subject_birth_date, time_zone, subject_uuid
    from analysis.ibl_subject
    natural join analysis.ibl_subject_lab
    natural join analysis.ibl_lab
    where subject_uuid in (select subject_id from analysis.session where source <> 'simulated')
    order by lab_name, subject_nickname""")
save(subjects, "subjects.csv")
sessions = ask("""
    select lab_name, subject_nickname, session_date, session_start_time, session_number, n_trials, performance_easy, threshold,
        bias, lapse_low, lapse_high, fit_quality, training_status, user_name, session_end_time, is_start_time_known, session_uuid
    from analysis.ibl_trial_set
    natural join analysis.ibl_psych_results
    natural join analysis.ibl_reaction_time
    natural join analysis.ibl_session_training_status
    natural join (
        select * from analysis.ibl_session
        where task_protocol like '%%training%%' and source <> 'simulated' and not is_excluded
    ) as training_session
    natural join analysis.ibl_session_user
    natural join analysis.ibl_subject
    natural join analysis.ibl_subject_lab
    order by lab_name, subject_nickname, session_start_time, user_name""", params=())
for column in ("session_start_time", "session_end_time"):
    sessions[column] = pd.to_datetime(sessions[column])  # a column without any value has no type of its own
duration = sessions["session_end_time"] - sessions["session_start_time"]
sessions["session_duration_s"] = duration.dt.total_seconds().where(sessions["is_start_time_known"])
save(sessions[["lab_name", "subject_nickname", "session_date", "session_number", "n_trials", "performance_easy", "threshold",
               "bias", "lapse_low", "lapse_high", "fit_quality", "training_status", "user_name", "session_duration_s",
               "is_start_time_known", "session_uuid"]], "sessions.csv")

# Exercise 2: when, how many, and how performance changes from session to session. A session with two people counts once.
session = sessions.drop_duplicates("session_uuid")
timed = session[session["is_start_time_known"]]
by_hour = timed.groupby(["lab_name", timed["session_start_time"].dt.hour.rename("hour")]).size().rename("n_sessions")
save(by_hour.reset_index(), "sessions_by_hour.csv")
save(session.groupby("lab_name").size().rename("n_sessions").reset_index(), "sessions_per_lab.csv")
animal = ["lab_name", "subject_nickname"]
save(session.groupby(animal).size().rename("n_sessions").reset_index(), "sessions_per_subject.csv")
ordinal = (session.groupby(animal).cumcount() + 1).rename("session_ordinal")
save(session.groupby(ordinal)["performance_easy"].agg(
    n_subjects="count", mean_performance_easy="mean", sem_performance_easy=sem).reset_index(), "performance_by_session.csv")

# Exercise 3: the single trials of one animal, the one with most training sessions (restrict first: trials are many).
chosen_lab, chosen_subject = session.groupby(animal).size().sort_values(ascending=False, kind="stable").index[0]
chosen = session[(session["lab_name"] == chosen_lab) & (session["subject_nickname"] == chosen_subject)]
trials = ask("""
    select session_date, session_number, trial, signed_contrast, choice, is_correct, is_rewarded, response_time_s, is_right
    from analysis.trial
    where session_id = any (%(sessions)s::uuid[])
    order by session_date, session_number, trial""", {"sessions": list(chosen["session_uuid"])})
save(trials.drop(columns="is_right"), "trials.csv")
responses = trials.dropna(subset=["is_right", "signed_contrast"])
points = responses.groupby("signed_contrast")["is_right"].agg(
    n_responses="size", fraction_right=lambda right: right.astype(float).mean()).reset_index()
points["sem_fraction_right"] = np.sqrt(points["fraction_right"] * (1 - points["fraction_right"]) / points["n_responses"])
save(points, "points.csv")

# Exercise 4: figure 2a. Days of more than 100 trials of the animals that were trained; a median over three days, with 0 beyond
# the ends, as the paper's filter has it.
days = ask("""
    select curve.lab_name, curve.subject_nickname, curve.session_date, curve.training_day,
        100 * curve.performance_easy as performance_easy_percent, curve.session_date >= subject.trained_date as is_trained
    from analysis.learning_curve as curve
    join analysis.subject using (subject_id)
    where curve.source <> 'simulated' and not curve.is_excluded and curve.n_trials > 100
        and curve.performance_easy is not null and subject.trained_date is not null
    order by curve.lab_name, curve.subject_nickname, curve.session_date""")


def median_of_three(values):
    padded = np.concatenate([[0.0], values.to_numpy(float), [0.0]])
    return np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0)


days["smoothed_percent"] = days.groupby(animal)["performance_easy_percent"].transform(median_of_three)
save(days[animal + ["session_date", "training_day", "performance_easy_percent", "smoothed_percent", "is_trained"]],
     "figure_2a.csv")
mean = days.groupby(["lab_name", "training_day"])["smoothed_percent"].agg(
    n_subjects="size", mean_percent="mean", sem_percent=sem).reset_index()
save(mean, "figure_2a_mean.csv")
try:
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
except ImportError:
    print("figure_2a.svg is not drawn: python3-matplotlib is not installed", file=sys.stderr)
else:
    labs = sorted(days["lab_name"].unique())
    figure, axes = pyplot.subplots(1, max(len(labs), 1), figsize=(3 * max(len(labs), 1), 3), sharey=True, squeeze=False)
    for lab, axis in zip(labs, axes[0]):
        for _, curve in days[days["lab_name"] == lab].groupby("subject_nickname"):
            axis.plot(curve["training_day"], curve["smoothed_percent"], color="0.75", linewidth=0.5)
            trained = curve[curve["is_trained"]]
            axis.plot(trained["training_day"], trained["smoothed_percent"], color="0.3", linewidth=0.5)
        of_lab = mean[mean["lab_name"] == lab]
        axis.plot(of_lab["training_day"], of_lab["mean_percent"], linewidth=2)
        axis.set(title=lab, xlabel="training day")
    axes[0][0].set_ylabel("easy performance (%)")
    figure.savefig(out / "figure_2a.svg", bbox_inches="tight")
print(f"{len(subjects)} animals, {len(session)} training sessions, {len(trials)} trials of {chosen_subject}, "
      f"{days.groupby(animal).ngroups} trained animals")
