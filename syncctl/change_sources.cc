// Changes of sources that are already there: connection, polling, selection.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.h"
#include "syncctl/change.h"
#include "syncctl/names.h"

namespace ntp::syncctl {

namespace {

using control::Command;
using control::SourceAddress;

std::unexpected<Problem> bad_syntax(std::string_view command) {
  return complaint(fmt::format("Invalid syntax for {} command", command));
}

SourceAddress mask_of(Family family, int bits) {
  Address mask{.family = family};
  for (int bit = 0; bit < std::min(bits, mask.bits()); ++bit) {
    mask.octets[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  }
  return {.address = mask};
}

// Nothing (all sources), ADDRESS, ADDRESS/BITS or MASK/ADDRESS.
Fetched<control::AddressRange> range_from(const Session& session, Words words,
                                          std::string_view command) {
  if (words.empty()) return control::AddressRange{};
  const std::string_view word = words.front();
  const std::size_t slash = word.find('/');
  if (slash == word.npos) {
    const auto source = NTP_TRY(source_from(session, word));
    return control::AddressRange{mask_of(source.address.family, 128), source};
  }
  const auto left = parse_address(word.substr(0, slash));
  const auto bits = parse_integer<unsigned>(word.substr(slash + 1));
  const auto right = parse_address(word.substr(slash + 1));
  if (left && bits && *bits <= static_cast<unsigned>(left->bits())) {
    return control::AddressRange{mask_of(left->family, static_cast<int>(*bits)), {*left}};
  }
  if (left && right && left->family == right->family) {
    return control::AddressRange{{*left}, {*right}};
  }
  return bad_syntax(command);
}

template <typename Number>
Done change_number(Session& session, Words words, Command command) {
  if (words.size() < 2) return complaint("Invalid syntax for address value");
  const auto address = NTP_TRY(source_from(session, words[0]));
  if constexpr (std::is_same_v<Number, double>) {
    const auto value = parse_real(words[1]);
    if (!value) return complaint("Invalid syntax for address value");
    return change(session, command, control::SourceReal{address, *value});
  } else {
    const auto value = parse_integer<Number>(words[1]);
    if (!value) return complaint("Invalid syntax for address value");
    return change(session, command, control::SourceNumber{address, *value});
  }
}

// A source by its address or name, or a reference clock by its refid.
struct SourceOrClock {
  SourceAddress address{};
  std::uint32_t ref_id = 0;
};

Fetched<SourceOrClock> source_or_clock(const Session& session, std::string_view word) {
  if (const auto address = parse_address(word)) return SourceOrClock{.address = {*address}};
  constexpr std::size_t refid_letters = 4;
  if (word.size() > refid_letters) return SourceOrClock{NTP_TRY(source_from(session, word))};
  std::uint32_t ref_id = 0;
  for (std::size_t i = 0; i < refid_letters; ++i) {
    ref_id = ref_id << 8 | static_cast<std::uint8_t>(i < word.size() ? word[i] : '\0');
  }
  return SourceOrClock{.ref_id = ref_id};
}

// The wire has one numbering for the mask and another for the values.
struct SelectWord {
  std::string_view word;
  std::uint32_t mask;
  std::uint32_t option;
};
constexpr std::array select_words{
    SelectWord{"noselect", control::select_option::noselect, control::add_flag::noselect},
    SelectWord{"prefer", control::select_option::prefer, control::add_flag::prefer},
    SelectWord{"trust", control::select_option::trust, control::add_flag::trust},
    SelectWord{"require", control::select_option::require, control::add_flag::require}};

}  // namespace

Done change_online(Session& session, Words words) {
  return change(session, Command::online, NTP_TRY(range_from(session, words, "online")));
}

Done change_offline(Session& session, Words words) {
  return change(session, Command::offline, NTP_TRY(range_from(session, words, "offline")));
}

Done start_burst(Session& session, Words words) {
  if (words.empty()) return bad_syntax("burst");
  const std::size_t slash = words[0].find('/');
  if (slash == words[0].npos) return bad_syntax("burst");
  const auto good = parse_integer<std::int32_t>(words[0].substr(0, slash));
  const auto total = parse_integer<std::int32_t>(words[0].substr(slash + 1));
  if (!good || !total) return bad_syntax("burst");
  const auto range = NTP_TRY(range_from(session, words.subspan(1), "burst"));
  return change(session, Command::burst, control::Burst{range.mask, range.address, *good, *total});
}

Done delete_source(Session& session, Words words) {
  if (words.empty()) return complaint("Invalid syntax for address");
  return change(session, Command::delete_source,
                control::OneAddress{NTP_TRY(source_from(session, words[0]))});
}

Done change_minpoll(Session& session, Words words) {
  return change_number<std::int32_t>(session, words, Command::minpoll);
}
Done change_maxpoll(Session& session, Words words) {
  return change_number<std::int32_t>(session, words, Command::maxpoll);
}
Done change_minstratum(Session& session, Words words) {
  return change_number<std::int32_t>(session, words, Command::minstratum);
}
Done change_polltarget(Session& session, Words words) {
  return change_number<std::int32_t>(session, words, Command::polltarget);
}
Done change_maxdelay(Session& session, Words words) {
  return change_number<double>(session, words, Command::maxdelay);
}
Done change_maxdelayratio(Session& session, Words words) {
  return change_number<double>(session, words, Command::maxdelayratio);
}
Done change_maxdelaydevratio(Session& session, Words words) {
  return change_number<double>(session, words, Command::maxdelaydevratio);
}

Done change_select_options(Session& session, Words words) {
  if (words.empty()) return bad_syntax("selectopts");
  const SourceOrClock source = NTP_TRY(source_or_clock(session, words[0]));
  control::SelectOptions request{.address = source.address, .ref_id = source.ref_id};
  for (const std::string_view word : words.subspan(1)) {
    const auto known = std::ranges::find(select_words, word.substr(1), &SelectWord::word);
    if ((word[0] != '+' && word[0] != '-') || known == select_words.end()) {
      return bad_syntax("selectopts");
    }
    request.mask |= known->mask;
    if (word[0] == '+') request.options |= known->option;
  }
  return change(session, Command::select_options, request);
}

Done change_source_offset(Session& session, Words words) {
  const auto offset = words.size() == 2 ? parse_real(words[1]) : std::nullopt;
  if (!offset) return bad_syntax("offset");
  const SourceOrClock source = NTP_TRY(source_or_clock(session, words[0]));
  return change(session, Command::source_offset,
                control::SourceOffset{source.address, source.ref_id, Seconds{*offset}});
}

Done change_reselect_distance(Session& session, Words words) {
  const auto distance = words.empty() ? std::nullopt : parse_real(words[0]);
  if (!distance) return bad_syntax("reselectdist");
  return change(session, Command::reselect_distance, control::DurationValue{Seconds{*distance}});
}

}  // namespace ntp::syncctl
