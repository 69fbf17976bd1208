#include "ingest/photometry/digital_inputs.hpp"

#include "ingest/formats/csv.hpp"
#include "ingest/formats/json_lines.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/ingest/formats/format_checks.hpp"
#include "tests/ingest/photometry/support.hpp"

namespace tb::photometry {
namespace {

using formats::real_data;

std::vector<DigitalEvent> read(const std::string& csv) {
    return read_digital_inputs(formats::parse_csv(csv, "digital.csv"));
}

TEST(DigitalInputs, EveryVersionIsKnownByItsColumns) {
    const auto one = read("Timestamp,Value\n2.5,False\n1.5,True\n");
    ASSERT_EQ(one.size(), 2U);
    EXPECT_EQ(one[0].time_s, 1.5);  // in order of time
    EXPECT_TRUE(one[0].is_rising);
    EXPECT_FALSE(one[1].is_rising);
    EXPECT_EQ(one[1].channel, 0);
    const auto two = read("Timestamp,Value.Seconds,Value.Value\n1.5,100.5,1\n2.5,101.5,0\n");
    EXPECT_EQ(two[0].time_s, 1.5);
    EXPECT_FALSE(two[1].is_rising);
    const auto five = read(
        "ChannelName,Channel,AlwaysTrue,SystemTimestamp,ComputerTimestamp\n"
        "Digital1,1,True,3.5,9e7\nDigital2,2,True,4.5,9e7\n");
    EXPECT_EQ(five[1].channel, 2);
    EXPECT_EQ(five[1].time_s, 4.5);
    EXPECT_TRUE(five[0].is_rising && five[1].is_rising);
}

TEST(DigitalInputs, RowsWithoutTimeOrValueAreLeftOut) {
    EXPECT_EQ(read("Timestamp,Value\n,1\n2,\n3,1\ninf,0\n").size(), 1U);
    EXPECT_TRUE(read("Timestamp,Value\n").empty());
    EXPECT_EQ(read("Timestamp,Value,Channel\n1,1,1e300\n2,1,3\n").size(), 1U);
}

TEST(DigitalInputs, OtherColumnsAreRefused) {
    for (const char* csv : {"a,b\n1,2\n", "Timestamp\n1\n", "Timestamp,Value\n1,high\n",
                            "SystemTimestamp,Value\n1,1\n", "Timestamp,Value\nx,1\n"}) {
        SCOPED_TRACE(csv);
        testing::expect_value_error([&] { (void)read(csv); }, "digital inputs");
    }
}

TEST(DigitalInputs, RealFilesGiveTheRowsThatOthersRead) {
    TB_NEED_REAL_DATA(data);
    const struct {
        const char* version;
        const char* value;
        std::size_t rows;
    } files[] = {{"version_1", "Value", 358}, {"version_2", "Value.Value", 604}};
    for (const auto& file : files) {
        const std::string name = "_neurophotometrics_fpData.digitalInputs.pqt";
        const auto events = read_digital_inputs(
            formats::read_parquet(data / "ibl_photometry/neurophotometrics" / file.version / name)
                .table);
        const auto rows = formats::parse_json_lines(
            formats::as_text(formats::read_file(
                data / "ibl_photometry/expected" /
                ("neurophotometrics__" + std::string(file.version) + "__" + name + ".jsonl"))),
            name);
        ASSERT_EQ(events.size(), file.rows);
        ASSERT_EQ(rows.size(), file.rows);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            EXPECT_EQ(events[i].time_s, rows[i]["Timestamp"].get<double>());
            EXPECT_EQ(events[i].is_rising, rows[i][file.value].get<bool>());
        }
    }
}

}  // namespace
}  // namespace tb::photometry
