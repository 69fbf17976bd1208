#include "ingest/photometry/description.hpp"

#include "tests/ingest/formats/format_checks.hpp"
#include "tests/ingest/photometry/support.hpp"

namespace tb::photometry {
namespace {

using formats::real_data;

using Locations = std::vector<std::string>;

/// Protocols of the tasks that a description lists, in their order.
Locations task_protocols(std::string_view yaml) {
    Locations names;
    for (auto& task : described_tasks(yaml)) names.push_back(std::move(task.protocol));
    return names;
}

TEST(Description, LocationsAreThoseOfTheFibresInFileOrder) {
    EXPECT_EQ(fiber_locations(R"(# of the rig
devices:
  cameras:
    left:
      collection: raw_video_data
  neurophotometrics:
    collection: raw_photometry_data
    fibers:
      fiber_1:
        location: VTA-l   # left
        hardware:
          location: shelf
      'fiber 0':
        location: "DR: dorsal"
      fiber_2:
        sync_label: bnc
      fiber_3:
        location: null
    datetime: '2024-11-05'
procedures:
- Behavior training/tasks
version: 1.0.0
)"),
              (Locations{"VTA-l", "DR: dorsal", "", ""}));
}

TEST(Description, OtherPlacesOfTheSameNamesDoNotCount) {
    EXPECT_EQ(fiber_locations("devices:\n  rig:\n    neurophotometrics:\n      fibers:\n"
                              "        a:\n          location: VTA\n"),
              Locations{});
    EXPECT_EQ(fiber_locations("neurophotometrics:\n  fibers:\n    a:\n      location: VTA\n"),
              Locations{});
    EXPECT_EQ(fiber_locations("tasks:\n- devices:\n    neurophotometrics:\n      fibers:\n"
                              "        a:\n          location: VTA\n"),
              Locations{});
    EXPECT_EQ(fiber_locations("note: |\n  devices:\n    neurophotometrics:\n      fibers:\n"
                              "        a:\n          location: VTA\nversion: 1\n"),
              Locations{});
}

TEST(Description, NoDeviceAndNoFibresGiveAnEmptyList) {
    for (const char* yaml : {"", "\n\n", "---\nversion: 1\n...\n", "devices:\n  cameras: {}\n",
                             "devices: null\n", "devices:\n  neurophotometrics:\n    fibers: {}\n",
                             "devices:\n  neurophotometrics:\n    fibers:\n", "just text"}) {
        EXPECT_EQ(fiber_locations(yaml), Locations{}) << yaml;
    }
}

TEST(Description, LinesMayEndInCrLfAndTheFileInNothing) {
    EXPECT_EQ(fiber_locations("\xEF\xBB\xBF"
                              "devices:\r\n neurophotometrics:\r\n  fibers:\r\n   a:\r\n"
                              "    location: 'it''s'"),
              Locations{"it's"});
}

TEST(Description, WhatCannotBeFollowedIsRefusedWithItsLine) {
    const struct {
        const char* yaml;
        const char* what;
    } bad[] = {
        {"devices: {neurophotometrics: {fibers: {a: {location: VTA}}}}\n", "line 1: devices"},
        {"devices:\n  neurophotometrics:\n    fibers:\n      a: {location: VTA}\n", "line 4: a"},
        {"devices:\n  neurophotometrics:\n    fibers:\n      - location: VTA\n", "line 4: a list"},
        {"devices:\n\tneurophotometrics:\n", "line 2: a tab"},
        {"devices:\n  neurophotometrics:\n    fibers:\n      a:\n        location: 'VTA\n",
         "line 5: a location whose quotes"},
        {"devices:\n  neurophotometrics:\n    fibers:\n      a:\n        location: *vta\n",
         "line 5: a location that is no plain text"},
        {"devices:\n  neurophotometrics:\n    fibers:\n      a:\n        location: V\n     b:\n",
         "line 6: a fibre is not indented"},
    };
    for (const auto& one : bad) {
        SCOPED_TRACE(one.yaml);
        testing::expect_value_error([&] { (void)fiber_locations(one.yaml); }, one.what);
    }
}

TEST(Description, TheRealOneListsNoFibres) {
    TB_NEED_REAL_DATA(data);
    const auto bytes = formats::read_file(data /
                                          "ibl_photometry/cortexlab/Subjects/CQ002/2024-11-05/001/"
                                          "_ibl_experiment.description.yaml");
    EXPECT_EQ(fiber_locations(formats::as_text(bytes)), Locations{});
    EXPECT_EQ(task_protocols(formats::as_text(bytes)),
              Locations{"_iblrig_tasks_trainingChoiceWorld"});
}

TEST(Description, TasksAreThoseOfTheListInFileOrder) {
    EXPECT_EQ(task_protocols("version: 1\ntasks:\n- _iblrig_tasks_biasedChoiceWorld:\n"
                             "    collection: raw_task_data_00\n    sync_label: bpod\n"
                             "- 'passiveChoiceWorld':\n    collection: x\nother:\n- nothing:\n"),
              (Locations{"_iblrig_tasks_biasedChoiceWorld", "passiveChoiceWorld"}));
    EXPECT_EQ(task_protocols("tasks:  # indented\n  - a:\n      b: c\n  -\n  - plain\n"),
              Locations{"a"});
    for (const char* yaml :
         {"", "tasks: []\n", "x:\n  tasks:\n  - a:\n", "- tasks:\n", "tasks:\n- :\n"})
        EXPECT_EQ(task_protocols(yaml), Locations{}) << yaml;
}

TEST(Description, TasksComeInTheOrderOfTheirNumbersWhereAllHaveOne) {
    const auto tasks = described_tasks(
        "tasks:\n- second:\n    collection: raw_task_data_00\n    protocol_number: 1\n"
        "- first:\n    collection: 'raw_task_data_01'  # moved\n    protocol_number: 0\n"
        "    extractors:\n    - a: b\n");
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].protocol, "first");
    EXPECT_EQ(tasks[0].collection, "raw_task_data_01");
    EXPECT_EQ(tasks[0].number, 0);
    EXPECT_EQ(tasks[1].collection, "raw_task_data_00");
    // Without the number of one, and with one number twice, the list's order counts.
    for (const char* number : {"", "    protocol_number: none\n", "    protocol_number: 1\n"}) {
        EXPECT_EQ(
            task_protocols("tasks:\n- a:\n    protocol_number: 1\n- b:\n" + std::string(number)),
            (Locations{"a", "b"}))
            << number;
    }
}

}  // namespace
}  // namespace tb::photometry
