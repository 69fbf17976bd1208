// The arrays of a choice session: its photometry and its wheel, in one file of the array store.
#pragma once

#include "ingest/load/paradigm.hpp"
#include "trialbase/choice_session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tb::load {

/// True when the session has values that belong into the array store.
[[nodiscard]] bool has_choice_arrays(const ChoiceSession& session);

class ChoiceArrays : public SessionArrays {
  public:
    /// Writes the file and makes it durable. Nothing for a session without arrays.
    /// @throws tb::Error (usage, NoStore) when there are arrays and no store; (io) when it cannot
    /// be written
    ChoiceArrays(const store::StoreOptions& store, const ChoiceSession& session,
                 const std::string& session_id);

    // Keys of the arrays; nothing where they were not kept.
    [[nodiscard]] const std::optional<std::string>& wheel_position() const { return position_; }
    [[nodiscard]] const std::optional<std::string>& wheel_times() const { return wheel_times_; }
    [[nodiscard]] const std::optional<std::string>& frame_times() const { return frame_times_; }
    [[nodiscard]] const std::optional<std::string>& frame_led() const { return frame_led_; }
    /// Per band.
    [[nodiscard]] const std::vector<std::string>& band_times() const { return band_times_; }
    /// Per band and recording; empty for a recording that has none in the band.
    [[nodiscard]] const std::vector<std::vector<std::string>>& band_signals() const {
        return band_signals_;
    }

  private:
    std::optional<std::string> position_, wheel_times_, frame_times_, frame_led_;
    std::vector<std::string> band_times_;
    std::vector<std::vector<std::string>> band_signals_;
};

/// The arrays that were written for a session; null where there were none.
[[nodiscard]] const ChoiceArrays* choice_arrays_of(const SessionToWrite& one);

}  // namespace tb::load
