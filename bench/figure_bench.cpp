// How long does a figure over 1,000 sessions take, as SVG, and how much of it is Node.js's?
// Learning curves of 40 subjects in 8 labs. One JSON line:
//   {"bench":"figure","sessions":1000,"rows":1000,"marks":...,"total_s":...,"rows_s":...,
//    "node_s":...,"html_s":...}
// total_s: the shipped program from its start to its end (build/release/bin/trialbase beside this
// one); rows_s: query, rows read, specification filled; node_s: the child process that draws;
// html_s: the page. Best of some rounds each. --smoke: 50 sessions, one round.
#include "app/cli/figure_draw.hpp"
#include "app/cli/figure_rows.hpp"
#include "bench/bench_arguments.hpp"
#include "bench/bench_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <spawn.h>
#include <sys/wait.h>

extern "C" char** environ;

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// The statement beside this source, which is looked for above the current folder as well.
std::string statement() {
    namespace fs = std::filesystem;
    auto path = fs::path(__FILE__).parent_path() / "figure_sessions.sql";
    for (auto above = fs::current_path(); !fs::exists(path) && above != above.root_path();
         above = above.parent_path())
        path = above / "bench/figure_sessions.sql";
    return text_of(path);
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
}

/// @return its exit status
int run_program(const std::filesystem::path& program, const std::string& conninfo,
                const std::filesystem::path& out) {
    std::vector<std::string> words{program.string(), "-q", "--dsn",     conninfo, "figure",
                                   "learning_curve", "-o", out.string()};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawn(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
        return -1;
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(argc, argv,
                                         "A figure over 1,000 sessions: rows, Node.js, all of it.");
    const bool is_smoke = arguments.is_smoke;
    const int n_sessions = is_smoke ? 50 : 1000;
    const int rounds = is_smoke ? 1 : 5;
    tb::bench::BenchServer server;
    auto session = server.session();
    session.exec({"sessions", statement()}, tb::db::Params().integer(n_sessions));
    session.exec_script({"analyze", "analyze"});

    const auto& figure = tb::app::find_figure("learning_curve");
    const auto program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "trialbase";
    const auto out = server.folder() / "figure.svg";
    const auto ignore = [](std::string_view) {};
    double total_s = 1e9, rows_s = 1e9, node_s = 1e9, html_s = 1e9;
    std::size_t n_rows = 0, n_marks = 0;
    bool is_ok = true;
    for (int round = 0; round < rounds; ++round) {
        auto begin = std::chrono::steady_clock::now();
        is_ok = is_ok && run_program(program, server.conninfo(), out) == 0;
        total_s = std::min(total_s, seconds_since(begin));

        begin = std::chrono::steady_clock::now();
        auto rows = tb::app::figure_rows(
            session, figure,
            tb::app::bind_query(
                figure.query, {},
                [&](std::string_view value) { return session.quote_literal(value); }),
            {});
        n_rows = rows.size();
        const auto drawn = tb::app::drawn_specification(figure, {}, std::move(rows));
        rows_s = std::min(rows_s, seconds_since(begin));

        begin = std::chrono::steady_clock::now();
        const auto svg = tb::app::draw(drawn, tb::app::FigureFormat::svg, ignore);
        node_s = std::min(node_s, seconds_since(begin));
        begin = std::chrono::steady_clock::now();
        const auto html = tb::app::draw(drawn, tb::app::FigureFormat::html, ignore);
        html_s = std::min(html_s, seconds_since(begin));
        n_marks = count(svg, "aria-roledescription=\"point\"");
        // A point for each day of each subject, and the program draws what the library draws.
        is_ok = is_ok && n_marks == static_cast<std::size_t>(n_sessions) && svg == text_of(out) &&
                !html.empty();
    }
    std::printf(
        "{\"bench\":\"figure\",\"sessions\":%d,\"rows\":%zu,\"marks\":%zu,\"total_s\":%.3f,"
        "\"rows_s\":%.3f,\"node_s\":%.3f,\"html_s\":%.3f}\n",
        n_sessions, n_rows, n_marks, total_s, rows_s, node_s, html_s);
    return is_ok ? 0 : 1;
}
