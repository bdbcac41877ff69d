// The tables of sources: sources, sourcestats, selectdata, authdata; and sourcename.
#include <algorithm>

#include "syncctl/legends.h"
#include "syncctl/names.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

using control::Command;

constexpr std::size_t name_limit = 25;  // reverse names are cut there

std::string letter(std::string_view letters, std::size_t index) {
  return std::string{index < letters.size() ? letters.substr(index, 1) : " "};
}

// Of a source that must have an address: "[UNSPEC]" when it has none.
Cell address_cell(Session& session, const control::SourceAddress& address) {
  return word_cell("name", source_name(session, address, name_limit), 27);
}

// A source's name, or a reference clock's refid when there is no address.
Cell source_cell(Session& session, const control::SourceAddress& address, std::uint32_t refid) {
  const std::string name =
      address.is_set() ? source_name(session, address, name_limit) : refid_text(refid);
  return word_cell("name", name, 25);
}

Row sources_row(Session& session, const control::SourceData& data) {
  const bool is_refclock =
      data.mode == control::SourceMode::refclock && data.address.address.family == Family::ipv4;
  return {word_cell("mode", letter("^=#", static_cast<std::size_t>(data.mode))),
          word_cell("state", letter("*?x~+-", static_cast<std::size_t>(data.state))),
          is_refclock ? word_cell("name", refid_text(refid_of(data.address)), 27)
                      : address_cell(session, data.address),
          count_cell("stratum", data.stratum, 2),
          count_cell("poll", data.poll_log2, 2),
          octal_cell("reach", data.reachability, 3),
          age_cell("last_rx", data.since_sample),
          offset_cell("adjusted_offset", data.adjusted_offset, Sign::always),
          offset_cell("measured_offset", data.measured_offset, Sign::always),
          offset_cell("error", data.error, Sign::never)};
}

Row stats_row(Session& session, const control::SourceStats& stats) {
  return {source_cell(session, stats.address, stats.ref_id),
          count_cell("samples", stats.samples, 3),
          count_cell("runs", stats.runs, 3),
          age_cell("span", stats.span),
          ppm_cell("frequency", stats.residual_frequency, Sign::always),
          ppm_cell("skew", stats.skew, Sign::when_negative),
          offset_cell("offset", stats.offset, Sign::always),
          offset_cell("deviation", stats.deviation, Sign::never)};
}

// N P T R and one that is not used.
Cell options_cell(const char* key, std::uint16_t options) {
  using namespace control::select_option;
  Cell cell{key, {}, {}};
  std::vector<std::string> set;
  struct Option {
    std::uint16_t bit;
    char letter;
    const char* name;
  };
  for (const auto& [bit, shown, name] :
       {Option{noselect, 'N', "noselect"}, Option{prefer, 'P', "prefer"},
        Option{trust, 'T', "trust"}, Option{require, 'R', "require"}}) {
    const bool is_set = (options & bit) != 0;
    cell.text += is_set ? shown : '-';
    cell.csv += is_set ? shown : '-';
    cell.csv += ',';
    if (is_set) set.emplace_back(name);
  }
  cell.text += '-';
  cell.csv += '-';
  cell.value = std::move(set);
  return cell;
}

Row select_row(Session& session, const control::SelectData& data) {
  const bool authenticated = data.authentication != 0;
  Cell authentication = yes_no_cell("authentication", authenticated);
  authentication.text = authentication.csv = authenticated ? "Y" : "N";
  return {word_cell("state", std::string(1, static_cast<char>(data.state))),
          source_cell(session, data.address, data.ref_id),
          std::move(authentication),
          options_cell("configured_options", data.configured_options),
          options_cell("effective_options", data.effective_options),
          age_cell("last_sample", data.last_sample_ago),
          real_cell("score", data.score, 1, Sign::when_negative, 5),
          offset_cell("low_limit", data.low_limit, Sign::always),
          offset_cell("high_limit", data.high_limit, Sign::always),
          leap_letter_cell("leap", data.leap)};
}

Row auth_row(Session& session, const control::SourceAddress& address,
             const control::AuthData& data) {
  constexpr std::array<std::string_view, 3> modes{"-", "SK", "NTS"};
  const auto mode = static_cast<std::size_t>(data.mode);
  return {address_cell(session, address),
          word_cell("mode", mode < modes.size() ? modes[mode] : "?", -4),
          count_cell("key_id", data.key_id, 5),
          count_cell("key_type", data.key_type, 4),
          count_cell("key_bits", data.key_bits, 4),
          age_cell("last_exchange", data.last_ke_ago),
          count_cell("attempts", data.ke_attempts, 4),
          count_cell("nak", data.nak, 4),
          count_cell("cookies", data.cookies, 4),
          count_cell("cookie_length", data.cookie_length, 4)};
}

bool is_shown(const control::SourceAddress& address, Words words) {
  return !address.id || has_word(words, "-a");
}

// One row a source, by its index.
template <typename Data, typename MakeRow>
Done collect(Session& session, Words words, Command command, std::uint32_t count,
             std::vector<Row>& rows, MakeRow make_row) {
  for (std::uint32_t index = 0; index < count; ++index) {
    const Data data = NTP_TRY(fetch<Data>(session, command, control::Index{index}));
    if (is_shown(data.address, words)) rows.push_back(make_row(session, data));
  }
  return {};
}

Done collect_auth(Session& session, Words words, std::uint32_t count, std::vector<Row>& rows) {
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto source =
        NTP_TRY(fetch<control::SourceData>(session, Command::source_data, control::Index{index}));
    if (source.mode == control::SourceMode::refclock || !is_shown(source.address, words)) continue;
    const auto data = NTP_TRY(
        fetch<control::AuthData>(session, Command::auth_data, control::OneAddress{source.address}));
    rows.push_back(auth_row(session, source.address, data));
  }
  return {};
}

}  // namespace

bool has_word(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

Fetched<std::uint32_t> count_sources(Session& session) {
  return NTP_TRY(fetch<control::SourceCount>(session, Command::source_count)).sources;
}

Done show_sources(Session& session, Words words) {
  Report report{.name = "sources",
                .title =
                    "MS Name/IP address         Stratum Poll Reach LastRx Last sample"
                    "               ",
                .pattern = "{}{} {}  {}  {}   {}  {}  {}[{}] +/- {}\n",
                .preface = has_word(words, "-v") ? sources_legend : ""};
  const auto count = NTP_TRY(count_sources(session));
  return show_then(session, report,
                   collect<control::SourceData>(session, words, Command::source_data, count,
                                                report.rows, sources_row));
}

Done show_source_stats(Session& session, Words words) {
  Report report{.name = "sourcestats",
                .title =
                    "Name/IP Address            NP  NR  Span  Frequency  Freq Skew  Offset"
                    "  Std Dev",
                .pattern = "{} {} {}  {} {} {}  {}  {}\n",
                .preface = has_word(words, "-v") ? source_stats_legend : ""};
  const auto count = NTP_TRY(count_sources(session));
  return show_then(session, report,
                   collect<control::SourceStats>(session, words, Command::source_stats, count,
                                                 report.rows, stats_row));
}

Done show_select_data(Session& session, Words words) {
  Report report{.name = "selectdata",
                .title = "S Name/IP Address        Auth COpts EOpts Last Score     Interval  Leap",
                .pattern = "{} {} {} {} {} {} {} {} {}  {}\n",
                .preface = has_word(words, "-v") ? select_data_legend : ""};
  const auto count = NTP_TRY(count_sources(session));
  return show_then(session, report,
                   collect<control::SelectData>(session, words, Command::select_data, count,
                                                report.rows, select_row));
}

Done show_auth_data(Session& session, Words words) {
  Report report{.name = "authdata",
                .title =
                    "Name/IP address             Mode KeyID Type KLen Last Atmp  NAK Cook"
                    " CLen",
                .pattern = "{} {} {} {} {} {} {} {} {} {}\n",
                .preface = has_word(words, "-v") ? auth_data_legend : ""};
  const auto count = NTP_TRY(count_sources(session));
  return show_then(session, report, collect_auth(session, words, count, report.rows));
}

Done show_source_name(Session& session, Words words) {
  if (words.empty()) return complaint("Could not read address");
  const auto address = NTP_TRY(source_from(session, words.front()));
  const std::string name = NTP_TRY(configured_name(session, address));
  show(session, {.name = "sourcename",
                 .pattern = "{}\n",
                 .rows = {{word_cell("name", name)}},
                 .is_table = false});
  return {};
}

}  // namespace ntp::syncctl
