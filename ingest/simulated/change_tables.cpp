#include "ingest/simulated/change_tables.hpp"

#include "ingest/allen/mouse.hpp"
#include "ingest/allen/session_type.hpp"
#include "ingest/simulated/change_imaging.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

/// Cells of a row, one after another.
class Row {
  public:
    Row& text(std::string_view value) {
        if (has_cells_) line_ += ',';
        has_cells_ = true;
        // Lists have commas within.
        if (value.find(',') == std::string_view::npos) {
            line_ += value;
        } else {
            line_ += fmt::format("\"{}\"", value);
        }
        return *this;
    }
    template <typename T>
    Row& number(T value) {
        return text(fmt::format("{}", value));
    }
    Row& real(double value) { return std::isnan(value) ? text("") : number(value); }
    Row& flag(bool value) { return text(value ? "True" : "False"); }
    template <typename T>
    Row& maybe(const std::optional<T>& value) {
        return value ? number(*value) : text("");
    }
    /// A row of a project table, which says that it is simulated.
    [[nodiscard]] std::string end_of_simulated() { return text("trialbase").end(); }
    [[nodiscard]] std::string end() const { return line_ + "\n"; }

  private:
    std::string line_;
    bool has_cells_ = false;
};

template <typename T>
std::string list_of(const std::vector<T>& values, std::string_view quote) {
    std::string text = "[";
    for (const auto& value : values) {
        if (text.size() > 1) text += ", ";
        text += fmt::format("{}{}{}", quote, value, quote);
    }
    return text + "]";
}

/// What the tables say of a session besides whose it is.
struct Session {
    const ChangeHistory* history = nullptr;
    const ChangeDay* day = nullptr;
    allen::PriorExposures exposures;
    std::optional<int> session_number;
    std::string experience_level;

    [[nodiscard]] bool is_imaged() const { return !day->experiments.empty(); }
    [[nodiscard]] std::vector<std::int64_t> containers() const {
        std::vector<std::int64_t> ids;
        for (std::size_t plane = 0; plane < day->experiments.size(); ++plane)
            ids.push_back(imaging_plane(history->mouse, history->number, plane).ophys_container_id);
        return ids;
    }
    [[nodiscard]] std::string date() const { return day->date_of_acquisition + "+00:00"; }
    /// The part of a mouse's line that three tables share.
    void add_mouse(Row& row) const {
        const auto& mouse = history->mouse;
        row.text(mouse.mouse_id)
            .maybe(allen::indicator(mouse.reporter_line))
            .text(mouse.full_genotype)
            .text(list_of(mouse.driver_line, "'"))
            .maybe(allen::cre_line(mouse.full_genotype))
            .text(mouse.reporter_line)
            .text(mouse.sex)
            .number(day->age_days);
    }
    void add_exposures(Row& row) const {
        row.text(experience_level)
            .maybe(exposures.to_session_type)
            .maybe(exposures.to_image_set)
            .maybe(exposures.to_omissions);
    }
    [[nodiscard]] std::optional<std::int64_t> group_count() const {
        const auto plane = imaging_plane(history->mouse, history->number, 0);
        return plane.group ? std::optional(plane.group_count) : std::nullopt;
    }
};

std::vector<Session> sessions_of(const ChangeHistory& history) {
    std::vector<allen::HistorySession> past;
    for (const auto& day : history.days) {
        past.push_back({history.mouse.mouse_id, day.session_type, day.training_day,
                        day.has_omissions ? 0.05 : 0.0});
    }
    const auto exposures = allen::prior_exposures(past);
    std::vector<Session> sessions;
    for (std::size_t i = 0; i < history.days.size(); ++i) {
        Session one;
        one.history = &history;
        one.day = &history.days[i];
        one.exposures = exposures[i];
        one.session_number = allen::session_number(one.day->session_type);
        one.experience_level =
            allen::experience_level(one.day->session_type, exposures[i].to_image_set);
        sessions.push_back(std::move(one));
    }
    return sessions;
}

constexpr const char* behavior_header =
    "behavior_session_id,ophys_session_id,ophys_container_id,mouse_id,indicator,full_genotype,"
    "driver_line,cre_line,reporter_line,sex,age_in_days,project_code,session_type,session_number,"
    "image_set,behavior_type,experience_level,prior_exposures_to_session_type,"
    "prior_exposures_to_image_set,prior_exposures_to_omissions,date_of_acquisition,equipment_name,"
    "imaging_plane_group_count,num_depths_per_area,num_targeted_structures,ophys_experiment_id,"
    "file_id,file_path,simulated_by\n";

std::string behavior_row(const Session& session) {
    const auto& day = *session.day;
    const auto& project = session.history->mouse.project_code;
    Row row;
    row.number(day.behavior_session_id);
    if (session.is_imaged()) {
        row.number(ophys_session_id(day)).text(list_of(session.containers(), ""));
    } else {
        row.text("").text("");
    }
    session.add_mouse(row);
    row.text(project)
        .text(day.session_type)
        .maybe(session.session_number)
        .text(allen::image_set(day.session_type))
        .text(allen::behavior_type(day.session_type));
    session.add_exposures(row);
    row.text(session.date()).text(day.equipment);
    if (session.is_imaged()) {
        row.maybe(session.group_count())
            .maybe(allen::num_depths_per_area(project))
            .maybe(allen::num_targeted_structures(project))
            .text(list_of(day.experiments, ""))
            .text("-999")
            .text("");
    } else {
        row.text("").text("").text("").text("").number(day.behavior_session_id);
        row.text("behavior_sessions/" + behavior_file_name(day.behavior_session_id));
    }
    return row.end_of_simulated();
}

constexpr const char* session_header =
    "ophys_session_id,behavior_session_id,ophys_container_id,mouse_id,indicator,full_genotype,"
    "driver_line,cre_line,reporter_line,sex,age_in_days,project_code,session_type,session_number,"
    "image_set,behavior_type,experience_level,prior_exposures_to_session_type,"
    "prior_exposures_to_image_set,prior_exposures_to_omissions,date_of_acquisition,equipment_name,"
    "num_targeted_structures,imaging_plane_group_count,ophys_experiment_id,num_depths_per_area,"
    "simulated_by\n";

std::string session_row(const Session& session) {
    const auto& day = *session.day;
    const auto& project = session.history->mouse.project_code;
    Row row;
    row.number(ophys_session_id(day))
        .number(day.behavior_session_id)
        .text(list_of(session.containers(), ""));
    session.add_mouse(row);
    row.text(project)
        .text(day.session_type)
        .maybe(session.session_number)
        .text(allen::image_set(day.session_type))
        .text(allen::behavior_type(day.session_type));
    session.add_exposures(row);
    row.text(session.date())
        .text(day.equipment)
        .maybe(allen::num_targeted_structures(project))
        .maybe(session.group_count())
        .text(list_of(day.experiments, ""))
        .maybe(allen::num_depths_per_area(project));
    return row.end_of_simulated();
}

constexpr const char* experiment_header =
    "ophys_experiment_id,behavior_session_id,ophys_session_id,ophys_container_id,mouse_id,"
    "indicator,full_genotype,driver_line,cre_line,reporter_line,sex,age_in_days,imaging_depth,"
    "targeted_structure,targeted_imaging_depth,imaging_plane_group,project_code,session_type,"
    "session_number,image_set,behavior_type,passive,experience_level,"
    "prior_exposures_to_session_type,prior_exposures_to_image_set,prior_exposures_to_omissions,"
    "date_of_acquisition,equipment_name,file_id,file_path,simulated_by\n";

std::string experiment_row(const Session& session, std::size_t number) {
    const auto& day = *session.day;
    const auto& history = *session.history;
    const auto plane = imaging_plane(history.mouse, history.number, number);
    const auto id = day.experiments[number];
    Row row;
    row.number(id)
        .number(day.behavior_session_id)
        .number(ophys_session_id(day))
        .number(plane.ophys_container_id);
    session.add_mouse(row);
    row.number(plane.imaging_depth_um)
        .text(plane.targeted_structure)
        .number(plane.imaging_depth_um)
        .maybe(plane.group)
        .text(history.mouse.project_code)
        .text(day.session_type)
        .maybe(session.session_number)
        .text(allen::experiment_image_set(day.session_type))
        .text(allen::behavior_type(day.session_type))
        .flag(allen::is_passive(session.session_number));
    session.add_exposures(row);
    row.text(session.date()).text(day.equipment).number(id);
    row.text("behavior_ophys_experiments/" + experiment_file_name(id));
    return row.end_of_simulated();
}

std::optional<std::int64_t> specimen(const ChangeCellTruth& cell) {
    return cell.cell_specimen_id < 0 ? std::nullopt : std::optional(cell.cell_specimen_id);
}

}  // namespace

std::string behavior_file_name(std::int64_t behavior_session_id) {
    return fmt::format("behavior_session_{}.nwb", behavior_session_id);
}

std::string experiment_file_name(std::int64_t ophys_experiment_id) {
    return fmt::format("behavior_ophys_experiment_{}.nwb", ophys_experiment_id);
}

std::map<std::string, std::string> project_tables(std::span<const ChangeHistory> histories,
                                                  std::span<const ChangeCellTruth> cells) {
    std::string behavior = behavior_header;
    std::string imaging = session_header;
    std::string experiments = experiment_header;
    for (const auto& history : histories) {
        for (const auto& session : sessions_of(history)) {
            behavior += behavior_row(session);
            if (!session.is_imaged()) continue;
            imaging += session_row(session);
            for (std::size_t i = 0; i < session.day->experiments.size(); ++i)
                experiments += experiment_row(session, i);
        }
    }
    std::string rois = "cell_roi_id,cell_specimen_id,ophys_experiment_id,simulated_by\n";
    for (const auto& cell : cells)
        rois += Row()
                    .number(cell.cell_roi_id)
                    .maybe(specimen(cell))
                    .number(cell.ophys_experiment_id)
                    .end_of_simulated();
    return {{"behavior_session_table", std::move(behavior)},
            {"ophys_session_table", std::move(imaging)},
            {"ophys_experiment_table", std::move(experiments)},
            {"ophys_cells_table", std::move(rois)}};
}

std::string truth_table(std::span<const ChangeSessionTruth> sessions) {
    std::string text =
        "behavior_session_id,mouse_id,session_type,date_of_acquisition,training_day,is_passive,"
        "skill,hit_rate,false_alarm_rate,hit_rate_attending,false_alarm_rate_attending,lapse_rate,"
        "lapse_rate_disengaged,disengaged_from_trial,abort_rate,trials,go,catch,hit,miss,"
        "false_alarm,correct_reject,auto_rewarded,aborted,licks,rewards,reward_volume_ml,flashes,"
        "omissions,changes,frames,has_eye_tracking,experiments\n";
    for (const auto& s : sessions) {
        Row row;
        row.number(s.behavior_session_id)
            .text(s.mouse_id)
            .text(s.session_type)
            .text(s.date_of_acquisition)
            .number(s.training_day)
            .flag(s.is_passive);
        for (const double value :
             {s.skill, s.hit_rate, s.false_alarm_rate, s.hit_rate_attending,
              s.false_alarm_rate_attending, s.lapse_rate, s.lapse_rate_disengaged})
            row.real(value);
        row.number(s.disengaged_from_trial).real(s.abort_rate);
        for (const auto count : {s.trials, s.go, s.catch_trials, s.hit, s.miss, s.false_alarm,
                                 s.correct_reject, s.auto_rewarded, s.aborted, s.licks, s.rewards})
            row.number(count);
        row.real(s.reward_volume_ml);
        for (const auto count : {s.flashes, s.omissions, s.changes, s.frames}) row.number(count);
        text += row.flag(s.has_eye_tracking).number(s.experiments).end();
    }
    return text;
}

std::string cell_truth_table(std::span<const ChangeCellTruth> cells) {
    std::string text =
        "cell_roi_id,cell_specimen_id,ophys_experiment_id,change_response,omission_response\n";
    for (const auto& cell : cells) {
        text += Row()
                    .number(cell.cell_roi_id)
                    .maybe(specimen(cell))
                    .number(cell.ophys_experiment_id)
                    .real(cell.change_response)
                    .real(cell.omission_response)
                    .end();
    }
    return text;
}

}  // namespace tb::simulated
