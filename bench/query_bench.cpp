// How fast does `trialbase query --format csv` hand out rows, and in how much memory, against `psql
// --csv` on the same SQL? 5,000 sessions of 200 trials; a join of five tables at the level of
// sessions, and one of three at the level of trials (10^6 rows). One JSON line per question:
//   {"bench":"query_csv","level":"trial","rows":1000000,"bytes":...,"trialbase_s":...,"psql_s":...,
//    "rate_ratio":...,"trialbase_peak_mb":...,"psql_peak_mb":...,"same_bytes":true}
// rate_ratio = psql's time / ours, best of some rounds each, taken in turns. Both write to a file
// in memory-backed temporary space where there is one. --smoke: 50 sessions, one round.
#include "app/cli/query.hpp"
#include "bench/bench_arguments.hpp"
#include "src/db/local_server.hpp"
#include "src/db/migrate.hpp"
#include "src/db/session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr auto session_sql = R"(
select
    session.session_id,
    lab.lab_name,
    lab.institution_short,
    subject.nickname,
    subject.sex,
    session.session_date,
    session.session_number,
    session.start_time,
    session.task_protocol,
    session_member.user_name,
    choice_session.n_trials,
    choice_session.n_correct,
    choice_session.trials_end_s
from core.session
join core.subject using (subject_id)
join core.lab on lab.lab_name = session.lab_name
join task.choice_session using (session_id)
join core.session_member using (session_id)
order by session.session_id
)";

constexpr auto trial_sql = R"(
select
    session.session_id,
    session.lab_name,
    subject.nickname,
    session.session_date,
    trial.trial,
    trial.stim_on_s,
    trial.response_s,
    trial.feedback_s,
    trial.signed_contrast,
    trial.probability_left,
    trial.choice,
    trial.feedback_type,
    trial.reward_volume_ul
from task.choice_trial as trial
join core.session using (session_id)
join core.subject using (subject_id)
)";

std::string uuid_of(int kind, int n) {
    char text[40];
    std::snprintf(text, sizeof text, "%08x-0000-4000-8000-%012x", static_cast<unsigned>(kind),
                  static_cast<unsigned>(n));
    return text;
}

void load(tb::db::Session& session, int n_sessions, int n_trials) {
    constexpr int n_labs = 7;
    const int n_subjects = std::max(1, n_sessions / 50);
    tb::db::Transaction transaction(session);
    {
        tb::db::CopyIn labs(session, "core.lab", {"lab_name", "institution_short"});
        for (int i = 0; i < n_labs; ++i) {
            labs.next_row();
            labs.put("lab" + std::to_string(i));
            labs.put("I" + std::to_string(i));
        }
        labs.finish();
        tb::db::CopyIn members(session, "core.member", {"user_name"});
        for (int i = 0; i < n_labs; ++i) {
            members.next_row();
            members.put("user" + std::to_string(i));
        }
        members.finish();
        tb::db::CopyIn subjects(session, "core.subject",
                                {"subject_id", "lab_name", "nickname", "sex"});
        for (int i = 0; i < n_subjects; ++i) {
            subjects.next_row();
            subjects.put(uuid_of(1, i));
            subjects.put("lab" + std::to_string(i % n_labs));
            subjects.put("mouse_" + std::to_string(i));
            subjects.put(i % 2 == 0 ? "M" : "F");
        }
        subjects.finish();
    }
    {
        tb::db::CopyIn sessions(session, "core.session",
                                {"session_id", "subject_id", "lab_name", "session_date",
                                 "session_number", "start_time", "task_protocol", "source"});
        for (int i = 0; i < n_sessions; ++i) {
            const int subject = i % n_subjects;
            const int day = i / n_subjects;
            char date[16];
            std::snprintf(date, sizeof date, "2019-%02d-%02d", 1 + (day / 28) % 12, 1 + day % 28);
            sessions.next_row();
            sessions.put(uuid_of(2, i));
            sessions.put(uuid_of(1, subject));
            sessions.put("lab" + std::to_string(subject % n_labs));
            sessions.put(date);
            sessions.put(1);
            sessions.put(std::string(date) + " 10:00:00+00");
            sessions.put("_iblrig_tasks_trainingChoiceWorld6.4.2");
            sessions.put("simulated");
        }
        sessions.finish();
        tb::db::CopyIn members(session, "core.session_member", {"session_id", "user_name"});
        for (int i = 0; i < n_sessions; ++i) {
            members.next_row();
            members.put(uuid_of(2, i));
            members.put("user" + std::to_string(i % n_labs));
        }
        members.finish();
        tb::db::CopyIn choice(
            session, "task.choice_session",
            {"session_id", "n_trials", "n_correct", "trials_start_s", "trials_end_s"});
        for (int i = 0; i < n_sessions; ++i) {
            choice.next_row();
            choice.put(uuid_of(2, i));
            choice.put(n_trials);
            choice.put(n_trials / 2);
            choice.put(0.0);
            choice.put(n_trials * 5.0);
        }
        choice.finish();
    }
    std::mt19937_64 random(20190502);
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    constexpr double contrasts[] = {0.0, 0.0625, 0.125, 0.25, 0.5, 1.0};
    tb::db::CopyIn trials(session, "task.choice_trial",
                          {"session_id", "trial", "start_s", "end_s", "stim_on_s", "response_s",
                           "feedback_s", "contrast_left", "contrast_right", "probability_left",
                           "choice", "feedback_type", "reward_volume_ul"});
    for (int i = 0; i < n_sessions; ++i) {
        const auto id = uuid_of(2, i);
        for (int trial = 1; trial <= n_trials; ++trial) {
            const double start = trial * 5.0 + uniform(random);
            const double on = start + 0.5 + 0.1 * uniform(random);
            const double response = on + 0.2 + uniform(random);
            const double contrast = contrasts[random() % 6];
            const bool is_left = random() % 2 == 0;
            const bool is_correct = random() % 4 != 0;
            trials.next_row();
            trials.put(id);
            trials.put(trial);
            trials.put(start);
            trials.put(start + 4.0);
            trials.put(on);
            trials.put(response);
            trials.put(response + 0.01);
            is_left ? trials.put(contrast) : trials.put_null();
            is_left ? trials.put_null() : trials.put(contrast);
            trials.put(0.5);
            trials.put(is_left == is_correct ? 1 : -1);
            trials.put(is_correct ? 1 : -1);
            trials.put(is_correct ? 2.5 : 0.0);
        }
    }
    trials.finish();
    transaction.commit();
    session.exec({"statistics", "vacuum (analyze)"});
}

struct Measured {
    double seconds = 0;
    double peak_mb = 0;
    bool is_ok = false;
};

/// Runs `child` in a process of its own and measures it.
template <class Child>
Measured in_child(const Child& child) {
    const auto begin = std::chrono::steady_clock::now();
    const pid_t pid = ::fork();
    if (pid == 0) child();
    int status = 0;
    rusage usage{};
    ::wait4(pid, &status, 0, &usage);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    return {time.count(), static_cast<double>(usage.ru_maxrss) / 1024.0,
            WIFEXITED(status) && WEXITSTATUS(status) == 0};
}

bool same_content(const std::string& a, const std::string& b) {
    std::ifstream left(a, std::ios::binary);
    std::ifstream right(b, std::ios::binary);
    std::vector<char> one(1 << 20);
    std::vector<char> two(1 << 20);
    while (true) {
        left.read(one.data(), static_cast<std::streamsize>(one.size()));
        right.read(two.data(), static_cast<std::streamsize>(two.size()));
        if (left.gcount() != right.gcount() ||
            !std::equal(one.begin(), one.begin() + left.gcount(), two.begin())) {
            return false;
        }
        if (left.gcount() == 0) return true;
    }
}

/// This program, called with --child, is the query path alone: `trialbase query --sql FILE --format
/// csv -o OUT` without the option parser. A fresh process, so that its peak memory is its own.
int run_child(const std::string& conninfo, const std::string& sql_file, const std::string& out) {
    std::ifstream file(sql_file);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    tb::db::Session session({conninfo, "bench query", {}});
    const int fd = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) return 1;
    tb::app::write_query(session, {"bench", tb::app::parse_query("bench", text).sql},
                         tb::app::QueryFormat::csv, [&](std::string_view piece) {
                             while (!piece.empty()) {
                                 const auto n = ::write(fd, piece.data(), piece.size());
                                 if (n <= 0) std::_Exit(1);
                                 piece.remove_prefix(static_cast<std::size_t>(n));
                             }
                         });
    return ::close(fd) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 5 && std::string(argv[1]) == "--child") return run_child(argv[2], argv[3], argv[4]);
    const tb::bench::Arguments arguments(argc, argv,
                                         "query --format csv against psql --csv, and its memory.");
    const bool is_smoke = arguments.is_smoke;
    const int n_sessions = is_smoke ? 50 : 5000;
    const int n_trials = 200;
    const int rounds = is_smoke ? 1 : 5;

    tb::db::EphemeralServer server;
    {
        tb::db::Session admin({server.conninfo(), "bench", {}});
        admin.exec({"create", "create database bench"});
    }
    const auto conninfo = server.conninfo("bench");
    {
        tb::db::Session session({conninfo, "bench", {}});
        tb::db::MigrateOptions options;
        options.program_version = "bench";
        tb::db::migrate(session, tb::db::program_schema(), options);
        load(session, n_sessions, n_trials);
    }

    const auto base = std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                          : std::filesystem::temp_directory_path();
    auto folder_name = (base / "query_bench_XXXXXX").string();
    if (::mkdtemp(folder_name.data()) == nullptr) return 1;
    const std::filesystem::path folder = folder_name;
    bool is_ok = true;
    struct Question {
        const char* level;
        const char* sql;
        long long rows;
    };
    for (const auto& question : {Question{"session", session_sql, n_sessions},
                                 Question{"trial", trial_sql, 1LL * n_sessions * n_trials}}) {
        const auto sql_file = (folder / "q.sql").string();
        std::ofstream(sql_file) << question.sql;
        const auto ours = (folder / "ours.csv").string();
        const auto theirs = (folder / "psql.csv").string();
        Measured best_ours{1e9, 0, true};
        Measured best_psql{1e9, 0, true};
        for (int round = 0; round < rounds; ++round) {
            const auto psql = in_child([&] {
                ::execlp("psql", "psql", "-X", "-q", "--csv", "-o", theirs.c_str(), "-f",
                         sql_file.c_str(), conninfo.c_str(), nullptr);
                std::_Exit(127);
            });
            const auto mine = in_child([&] {
                ::execl("/proc/self/exe", "bench_query", "--child", conninfo.c_str(),
                        sql_file.c_str(), ours.c_str(), nullptr);
                std::_Exit(127);
            });
            best_psql = {std::min(best_psql.seconds, psql.seconds),
                         std::max(best_psql.peak_mb, psql.peak_mb), best_psql.is_ok && psql.is_ok};
            best_ours = {std::min(best_ours.seconds, mine.seconds),
                         std::max(best_ours.peak_mb, mine.peak_mb), best_ours.is_ok && mine.is_ok};
        }
        const bool same = same_content(ours, theirs);
        std::ifstream counted(ours);
        const auto lines = std::count(std::istreambuf_iterator<char>(counted), {}, '\n') - 1;
        is_ok = is_ok && same && best_ours.is_ok && best_psql.is_ok && lines == question.rows;
        std::printf(
            "{\"bench\":\"query_csv\",\"level\":\"%s\",\"rows\":%lld,\"bytes\":%lld,\"trialbase_"
            "s\":%.4f,"
            "\"psql_s\":%.4f,\"rate_ratio\":%.2f,\"trialbase_peak_mb\":%.1f,\"psql_peak_mb\":%.1f,"
            "\"same_bytes\":%s}\n",
            question.level, static_cast<long long>(lines),
            static_cast<long long>(std::filesystem::file_size(ours)), best_ours.seconds,
            best_psql.seconds, best_psql.seconds / best_ours.seconds, best_ours.peak_mb,
            best_psql.peak_mb, same ? "true" : "false");
        std::fflush(stdout);
    }
    std::filesystem::remove_all(folder);
    return is_ok ? 0 : 1;
}
