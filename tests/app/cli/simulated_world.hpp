// A simulated lab, loaded and computed, for tests of commands.
#pragma once

#include "ingest/load/ingest_alf.hpp"
#include "ingest/simulated/simulate.hpp"
#include "src/populate/worker.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace tb::app::testing_support {

/// A folder with the labs and the array store, and a database; both go with it.
class SimulatedWorld {
  public:
    SimulatedWorld() {
        std::string name =
            (std::filesystem::temp_directory_path() / "trialbase-world.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top = name;
    }
    ~SimulatedWorld() {
        std::error_code ignored;
        std::filesystem::remove_all(top, ignored);
    }
    SimulatedWorld(const SimulatedWorld&) = delete;
    SimulatedWorld& operator=(const SimulatedWorld&) = delete;

    /// One lab with photometry and nothing wrong in it.
    [[nodiscard]] static simulated::SimulateOptions one_lab(int subjects, int sessions,
                                                            std::uint64_t seed) {
        simulated::SimulateOptions made;
        made.labs = 1;
        made.subjects = subjects;
        made.sessions = sessions;
        made.trials = 120;
        made.photometry = true;
        made.fault_rate = 0;
        made.missing_rate = 0;
        made.seed = seed;
        return made;
    }
    [[nodiscard]] store::StoreOptions store_options() const {
        store::StoreOptions options;
        options.root = top / "store";
        options.durable = false;
        return options;
    }
    /// Simulates and loads it. @return what was loaded
    load::IngestSummary load(simulated::SimulateOptions made) {
        made.out = top / "labs";
        (void)simulated::simulate(made);
        load::IngestOptions ingest;
        ingest.source = "simulated";
        ingest.jobs = 1;
        ingest.store = store_options();
        ingest.connect = [this] { return database.session("trialbase_ingest"); };
        return load::ingest_alf(std::vector{made.out}, ingest);
    }
    /// Computes all that is pending. @return how many keys failed
    std::int64_t populate() {
        populate::WorkerOptions worker;
        worker.connect = {database.conninfo(), "trialbase populate", std::nullopt};
        worker.registry = &computed_tables();
        worker.store = store_options();
        populate::Counters counters;
        populate::run_worker(worker, counters);
        return counters.errors;
    }

    std::filesystem::path top;
    testing::TestDatabase database;
};

}  // namespace tb::app::testing_support
