// add server|pool|peer NAME [options]: the words of a configuration line, put into one request.
// The name travels as written; the daemon resolves it.
#include <algorithm>

#include "common/base/text.h"
#include "syncctl/change.h"
#include "syncctl/names.h"

namespace ntp::syncctl {

namespace {

using control::AddSource;
namespace flag = control::add_flag;

struct FlagWord {
  std::string_view word;
  std::uint32_t set;
  std::uint32_t cleared = 0;
};
constexpr std::array flag_words{FlagWord{"auto_offline", flag::auto_offline},
                                FlagWord{"iburst", flag::iburst},
                                FlagWord{"burst", flag::burst},
                                FlagWord{"prefer", flag::prefer},
                                FlagWord{"noselect", flag::noselect},
                                FlagWord{"trust", flag::trust},
                                FlagWord{"require", flag::require},
                                FlagWord{"xleave", flag::interleaved},
                                FlagWord{"nts", flag::nts},
                                FlagWord{"copy", flag::copy},
                                FlagWord{"offline", 0, flag::online},
                                FlagWord{"ipv4", flag::ipv4},
                                FlagWord{"ipv6", flag::ipv6}};

struct SignedWord {
  std::string_view word;
  std::int32_t AddSource::*member;
};
constexpr std::array signed_words{SignedWord{"minpoll", &AddSource::minpoll},
                                  SignedWord{"maxpoll", &AddSource::maxpoll},
                                  SignedWord{"presend", &AddSource::presend_minpoll},
                                  SignedWord{"minsamples", &AddSource::min_samples},
                                  SignedWord{"maxsamples", &AddSource::max_samples},
                                  SignedWord{"filter", &AddSource::filter_length},
                                  SignedWord{"maxunreach", &AddSource::max_unreach}};

struct UnsignedWord {
  std::string_view word;
  std::uint32_t AddSource::*member;
};
constexpr std::array unsigned_words{UnsignedWord{"port", &AddSource::port},
                                    UnsignedWord{"key", &AddSource::key},
                                    UnsignedWord{"minstratum", &AddSource::min_stratum},
                                    UnsignedWord{"polltarget", &AddSource::poll_target},
                                    UnsignedWord{"version", &AddSource::version},
                                    UnsignedWord{"maxsources", &AddSource::max_sources},
                                    UnsignedWord{"ntsport", &AddSource::nts_port},
                                    UnsignedWord{"certset", &AddSource::cert_set}};

struct RealWord {
  std::string_view word;
  double AddSource::*member;
};
constexpr std::array real_words{RealWord{"maxdelayratio", &AddSource::max_delay_ratio},
                                RealWord{"maxdelaydevratio", &AddSource::max_delay_dev_ratio},
                                RealWord{"maxdelayquant", &AddSource::max_delay_quant},
                                RealWord{"asymmetry", &AddSource::asymmetry}};

struct SecondsWord {
  std::string_view word;
  Seconds AddSource::*member;
};
constexpr std::array seconds_words{SecondsWord{"maxdelay", &AddSource::max_delay},
                                   SecondsWord{"mindelay", &AddSource::min_delay},
                                   SecondsWord{"offset", &AddSource::offset}};

const auto* find_word(const auto& table, std::string_view word) {
  const auto found = std::ranges::find_if(
      table, [&](const auto& row) { return equal_ignoring_case(row.word, word); });
  return found == table.end() ? nullptr : &*found;
}

bool set_integer(auto& place, std::string_view value) {
  const auto number = parse_integer<std::remove_reference_t<decltype(place)>>(value);
  if (number) place = *number;
  return number.has_value();
}

// False when the word means nothing or its value is none.
bool take_valued(AddSource& source, std::string_view word, std::string_view value) {
  if (const auto* row = find_word(signed_words, word)) {
    return set_integer(source.*row->member, value);
  }
  if (const auto* row = find_word(unsigned_words, word)) {
    return set_integer(source.*row->member, value);
  }
  const auto number = parse_real(value);
  if (const auto* row = find_word(real_words, word); row && number) {
    source.*row->member = *number;
    return true;
  }
  if (const auto* row = find_word(seconds_words, word); row && number) {
    source.*row->member = Seconds{*number};
    return true;
  }
  return false;
}

// The type of an extension field, in hex.
bool take_extension_field(AddSource& source, std::string_view value) {
  constexpr std::uint32_t mono_root = 0xf323, net_correction = 0xf324;
  if (value.starts_with("0x") || value.starts_with("0X")) value.remove_prefix(2);
  const auto type = parse_integer<std::uint32_t>(value, 16);
  if (type == mono_root) {
    source.flags |= flag::ef_mono_root;
  } else if (type == net_correction) {
    source.flags |= flag::ef_net_correction;
  } else {
    return false;
  }
  return true;
}

std::unexpected<Problem> bad_syntax() { return complaint("Invalid syntax for add command"); }

}  // namespace

Fetched<AddSource> parse_new_source(Words words) {
  constexpr std::array<std::string_view, 3> types{"server", "peer", "pool"};
  if (words.size() < 2) return bad_syntax();
  const auto type = std::ranges::find(types, words[0]);
  if (type == types.end()) return bad_syntax();
  if (words[1].size() > 255) return std::unexpected{problem_of(control::Status::invalid_name)};

  AddSource source{.type = control::NewSource{static_cast<std::uint32_t>(type - types.begin()) + 1},
                   .name = control::name_of(words[1]),
                   .flags = flag::online};
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (const auto* row = find_word(flag_words, words[i])) {
      source.flags = (source.flags | row->set) & ~row->cleared;
      continue;
    }
    if (i + 1 == words.size()) return bad_syntax();
    const std::string_view word = words[i], value = words[++i];
    const bool taken = equal_ignoring_case(word, "extfield") ? take_extension_field(source, value)
                                                             : take_valued(source, word, value);
    if (!taken) return bad_syntax();
  }
  return source;
}

Done add_source(Session& session, Words words) {
  const AddSource source = NTP_TRY(parse_new_source(words));
  return change(session, control::Command::add_source, source);
}

}  // namespace ntp::syncctl
