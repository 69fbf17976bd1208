"""The commands of schema/ALLEN.md, each run as it is written: allen_page.py PAGE TRIALBASE WORK MOUSE SESSION REF.

What the page leaves open is put in: the mouse's number, a session's key, the reference of its running speed. Its simulated
mice are asked for by a parameter that the page need not name. Figures are drawn where the program was built to draw them.
"""
import os
import pathlib
import re
import subprocess
import sys

page, program, work, mouse, session, ref = sys.argv[1:]
page = pathlib.Path(page).resolve()
queries = page.parent.parent / "queries"
folder = pathlib.Path(work).resolve() / "allen_page"
folder.mkdir(parents=True, exist_ok=True)
there = folder / "trialbase"
there.unlink(missing_ok=True)
there.symlink_to(pathlib.Path(program).resolve())

text = page.read_text()
block = text.split("```")[1].strip().splitlines()
notebook = text.split("## The notebook")[1]
commands = [re.sub(r"\s+# .*$", "", line) for line in block] + re.findall(r"`(trialbase [^`]*)`", notebook)
assert len(block) == 4 and len(commands) >= 10, commands

faults = []
for written in commands:
    command = (written.replace("445002", mouse).replace("<key>", session).replace("session=...", f"session={session}")
               .replace("task/change_running/...h5#speed", ref))
    if "..." in command or "<" in command:
        faults.append(f"{written}: what is to be put in?")
        continue
    asked = re.match(r"trialbase (query|figure) (\w+)", command)
    if asked and ":param include_simulated" in (queries / f"{asked[2]}.sql").read_text():
        command += " --param include_simulated=true"
    made = re.search(r"-o (\S+)", command)
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True,
                         env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    if ran.returncode != 0 and asked and asked[1] == "figure" and "built without" in ran.stderr:
        print(f"{written}: skipped, this program draws no figures")
    elif ran.returncode != 0:
        faults.append(f"{command}: status {ran.returncode}: {ran.stderr.strip()}")
    elif made and not (folder / made[1]).stat().st_size:
        faults.append(f"{command}: {made[1]} is empty")
    elif not made and (len(ran.stdout.splitlines()) < 3 or "(0 rows)" in ran.stdout):
        faults.append(f"{command}: answers {ran.stdout!r}")
    elif "array slice" in command and not 1400 <= len(ran.stdout.splitlines()) - 1 <= 1600:
        faults.append(f"{command}: {len(ran.stdout.splitlines()) - 1} samples, 25 s at 60 Hz were asked for")
if faults:
    sys.exit("\n".join(faults))
print(f"{len(commands)} commands of {page.name} run as they are written")
