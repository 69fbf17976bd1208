// The bulk arrays of a session: its photometry and its wheel, as a file of the array store and the
// rows that name it. Part of SessionLoader.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "trialbase/choice_session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tb::load {

/// True when the session has values that belong into the array store.
[[nodiscard]] bool has_arrays(const ChoiceSession& session);

/// The arrays of one session in one file of the store. Written once, before any row; the rows'
/// transaction may be tried several times.
class SessionArrays {
  public:
    /// Writes the file and makes it durable. Nothing for a session without arrays.
    /// @throws tb::Error (usage, NoStore) when there are arrays and no store; (io) when it cannot
    /// be written
    SessionArrays(const store::StoreOptions& options, const ChoiceSession& session,
                  const std::string& session_id);
    /// Rows of store.array; before all that refer to them.
    void add_array_rows(std::vector<db::Session::Step>& steps) const;
    /// The photometry's rows, in place of those that are there; `is_known`: there may be some.
    void add_photometry_rows(std::vector<db::Session::Step>& steps, bool is_known) const;
    /// Keys of the wheel's arrays; nothing where they were not kept.
    [[nodiscard]] const std::optional<std::string>& wheel_position() const { return position_; }
    [[nodiscard]] const std::optional<std::string>& wheel_times() const { return wheel_times_; }
    /// Removes the file, after the rows' transaction surely failed.
    void discard() noexcept;

  private:
    std::string add(const std::string& name, Array values, ArrayMeta meta);

    const ChoiceSession& session_;
    std::string session_id_;
    std::optional<store::ArrayFile> file_;
    std::optional<std::string> position_, wheel_times_, frame_times_, frame_led_;
    std::vector<std::string> band_times_;                 ///< per band
    std::vector<std::vector<std::string>> band_signals_;  ///< per band and recording
};

}  // namespace tb::load
