// The supervisor's side of a reload: reads the files again, compares them with what is in force
// and says what that comes to. Opens files; changes nothing. The client role takes it up.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/conf/grammar.h"
#include "common/control/commands.h"
#include "ntpd-net/office.h"
#include "ntpd-net/options.h"

namespace ntp {

// The configuration as these options name it: the file, or the lines of the command line, with
// --rundir and --statedir as if they were its last lines.
[[nodiscard]] Result<Configuration> read_for(const Options& options);

struct KeyText {
  std::string text{};  // "" without a key file
  std::vector<std::string> warnings{};
};
// The key file, with its bad lines. A key whose line is bad now, and was good in the text
// `in_force`, stays what it was.
[[nodiscard]] Result<KeyText> read_key_text(const std::string& path, std::string_view in_force);

struct Rereading {
  control::ReloadVerdict verdict = control::ReloadVerdict::same;
  std::uint32_t digest = 0;
  std::uint32_t programs = 0;  // control::reload_program, whose lines changed
  std::string text{};          // for people: the changes, or what is wrong
  std::optional<Configuration> configuration{};
  std::string keys{};
  bool keys_changed = false;
  bool server_changed = false;  // what only the server's workers know
};

struct ReloadWish {
  control::ReloadAction action = control::ReloadAction::look;
  std::uint32_t digest = 0;
  std::uint32_t programs = 0;
};
[[nodiscard]] ReloadWish wish_of(const OfficeMessage& message);

// `present` and `present_keys` are in force.
[[nodiscard]] Rereading read_again(const Options& options, const Configuration& present,
                                   const std::string& present_keys, const ReloadWish& wish);

// To the client role and back, in one descriptor and the message's numbers.
struct HandedReading {
  control::ReloadVerdict verdict{};
  std::uint32_t digest = 0;
  std::uint32_t programs = 0;
  std::string text{};
  std::string handover{};
};
[[nodiscard]] OfficeMessage message_of(const Rereading& reading);
[[nodiscard]] std::string joined(const Rereading& reading);
[[nodiscard]] HandedReading split_reading(const OfficeMessage& message, std::string_view joined);

}  // namespace ntp
