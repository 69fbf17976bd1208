// What every session has, of whatever world: who, where, when, its files, and what was odd. Readers
// give it, ingest/load writes it. A world's session (ChoiceSession, ...) derives from it and adds
// what only that world has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb {

/// A weighing that the source wrote down.
struct Weighing {
    std::string time;  ///< as SessionRecord::start_time, or a date
    double weight_g = 0.0;
};

/// One file of the session, as found.
struct SessionFile {
    std::string path;        ///< relative to the session's folder, '/' between parts
    std::string collection;  ///< "alf", "alf/task_00"; empty at the root
    std::string revision;    ///< without the # signs; empty when there is none
    std::string name;        ///< file name
    std::string
        dataset_type;  ///< "trials.choice" (object.attribute); empty when the name is no ALF name
    std::string extension;  ///< without the dot
    std::uint64_t size_bytes = 0;
    std::string
        sha256;  ///< 64 hex digits; empty when not computed (ReadOptions::checksum_limit_bytes)
    std::string md5;         ///< 32 hex digits, of files that values may come from; else empty
    std::string dataset_id;  ///< the dataset's UUID when the name holds one; else empty
    bool is_used = false;    ///< true when values of this session came from it
};

/// Something odd about a session that was loaded all the same; becomes a row of core.session_issue.
/// Types: MissingDataset, LengthMismatch, OutOfRange, OddValue, OddName, ContrastSides, NotFinite,
/// UnreadableDataset, DuplicateDataset, NotAscending, RevisionAmbiguous, UnitConverted,
/// SignConvention, SeveralTasks, TaskOrder, NoChoices, OtherSession, UnitUnknown, MissingFeedback,
/// MixedRevisions; of raw files see ingest/alf/README.md; from the loader IncompleteTrials,
/// SameFiles, SameSession, OtherSubject, HashMismatch, UnknownFile.
struct SessionIssue {
    std::string type;
    std::string dataset;  ///< object.attribute or file path it is about; may be empty
    std::string message;
};

/// What is wrong with a part of a session that keeps this part from being loaded, and nothing else:
/// becomes a row of core.session_error.
struct SessionPartError {
    std::string type;  ///< MissingRawData, AmbiguousRegionMapping, ...
    std::string message;
    std::string hint;
    std::string file;
};

/// One more name of a session or subject: a row of core.session_alias or core.subject_alias.
struct SourceName {
    std::string source;      ///< ibl, allen, dandi, nwb, rnn, simulated
    std::string identifier;  ///< in that source
};

/// What a source tells of the session's subject: fills in what core.subject does not know yet, and
/// leaves what it knows (the colony database and tables kept by hand know better).
struct SubjectFacts {
    std::optional<std::string> sex;         ///< M or F
    std::optional<std::string> birth_date;  ///< yyyy-mm-dd, a day that exists
    std::optional<std::string> species;     ///< "Mus musculus"
    std::optional<std::string> strain;      ///< genetic background
    std::optional<std::string> line;  ///< breeding line or full genotype, as the source writes it
    std::optional<std::string> description;
};

/// One row of core.session with all that every session may have. Texts are as the source wrote
/// them; the loader makes them fit to be stored. A value type: copied and moved freely.
struct SessionRecord {
    SessionRecord() = default;
    SessionRecord(const SessionRecord&) = default;
    SessionRecord(SessionRecord&&) = default;
    SessionRecord& operator=(const SessionRecord&) = default;
    SessionRecord& operator=(SessionRecord&&) = default;
    virtual ~SessionRecord() = default;

    std::string source = "ibl";  ///< with identifier() it gives the session's UUIDv5
    /// The source's own identifier ("870987812", Allen's behavior_session_id); empty in sources
    /// that know a session by lab, subject, date and number (ALF)
    std::string own_identifier;
    std::string
        own_subject_identifier;       ///< the same for the subject ("412686"); empty: lab/subject
    std::vector<SourceName> aliases;  ///< further names that lead to this session
    std::string lab;
    std::string subject;  ///< its nickname in the lab
    SubjectFacts subject_facts;
    std::string date;    ///< yyyy-mm-dd
    std::string number;  ///< three digits, zero-padded: "001"; empty where the source has none
    std::string origin;  ///< folder, archive or file it was read from, for messages
    /// ISO 8601: without zone on the rig's clock, or in UTC with a final Z where an offset was told
    std::optional<std::string> start_time;
    std::optional<std::string> end_time;
    /// "_iblrig_tasks_trainingChoiceWorld6.4.2"; those of several tasks joined by `/`
    std::optional<std::string> task_protocol;
    std::optional<std::string> rig_version;
    std::optional<std::string> rig_name;    ///< PYBPOD_BOARD or RIG_NAME
    std::vector<std::string> users;         ///< who ran it, as the rig wrote it
    std::vector<std::string> projects;      ///< names of the projects that it belongs to
    std::optional<double> session_delay_s;  ///< SESSION_START_DELAY_SEC or SESSION_DELAY_START
    std::optional<double> water_ul;         ///< given in the session, by the rig's own account
    /// Sum of the rewards of trials that cannot be kept (their choices are missing); not set where
    /// the trials themselves tell their rewards.
    std::optional<double> lone_rewards_ul;
    std::optional<std::string> water_type;  ///< "Water 10% Sucrose"; kept where it is a known kind
    std::vector<Weighing> weighings;
    std::vector<SessionFile> files;  ///< every file of the session, in path order
    /// `files` lists all that the session has: others that are registered are gone
    bool is_whole = false;
    std::vector<SessionIssue> issues;
    std::vector<SessionPartError> part_errors;

    /// The session's identifier in its source: its own one, else `lab/subject/date/number`.
    [[nodiscard]] std::string identifier() const;
    /// The subject's identifier in the source: its own one, else `lab/subject`.
    [[nodiscard]] std::string subject_identifier() const;
};

}  // namespace tb
