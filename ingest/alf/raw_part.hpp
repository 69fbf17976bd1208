// What a session has only as its rig wrote it: trials and wheel extracted from raw files.
#pragma once

#include "ingest/alf/session_files.hpp"
#include "ingest/alf/task_order.hpp"
#include "ingest/alf/task_settings.hpp"
#include "ingest/alf/trials_reader.hpp"
#include "ingest/rig/task_data.hpp"
#include "ingest/rig/trial_extraction.hpp"
#include "ingest/rig/version.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::alf {

/// The raw files of a session's tasks: of `raw_behavior_data`, else of all raw_task_data_NN one
/// after another. Parsed when they are first asked for. A file that cannot be read costs itself
/// (trials: UnreadableDataset; wheel: a part error), and what was taken is an issue
/// (ExtractedFromRaw). Files and settings must outlive it.
class RawSession {
  public:
    /// @param order  of the tasks
    RawSession(SessionFiles& files, std::span<const TaskSettings> settings, const TaskOrder& order);

    /// Trials of all tasks, for a session that has none extracted; its record (water, end, counts)
    /// with them. No part where there is none.
    [[nodiscard]] std::vector<TaskPart> take_trials();
    /// Fills columns that the extracted trials lack, where the raw ones are as many and say the
    /// same; times only where both are on one clock.
    void complete_trials(std::span<const TaskPart> parts);
    /// The session's end by its last trial, where the settings tell none. Called as take_wheel.
    void take_end(std::span<const TaskPart> parts);
    /// The wheel, its movements and first movements, where the session has no wheel. Called after
    /// the parts stand on the session's clock.
    void take_wheel(std::span<const TaskPart> parts);

  private:
    /// One task as its rig wrote it.
    struct Task {
        std::string collection;
        const Dataset* data = nullptr;
        const Dataset* positions = nullptr;
        const Dataset* events = nullptr;
        const TaskSettings* settings = nullptr;
        rig::RigVersion version = rig::newest_rig;
        std::vector<rig::RigTrial> lines;
        rig::ExtractedTrials trials;      ///< none of a task that asks for no choices
        std::optional<std::size_t> part;  ///< in the session's parts, where its clock is theirs
    };

    void find_tasks(const TaskOrder& order);
    void parse();
    void parse(Task& task);
    [[nodiscard]] const rig::PregeneratedSession* pregenerated_of(const Task& task);
    void flag(Task& task);
    void flag_probability(const Task& task, const std::string& file);
    void take_record();
    bool complete(Task& task, const TaskPart& part);
    void extract_wheel(Task& task, std::span<const TaskPart> parts);

    [[nodiscard]] std::string protocol_of(const Task& task) const;

    SessionFiles& files_;
    ChoiceSession& session_;
    std::span<const TaskSettings> settings_;
    std::vector<Task> tasks_;
    bool is_parsed_ = false;
    std::vector<std::vector<double> ChoiceTrials::*> filled_;  ///< columns taken from raw files
    bool had_moves_ = false;                                   ///< extracted ones
    bool had_first_movements_ = false;
};

}  // namespace tb::alf
