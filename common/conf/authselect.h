// authselectmode: what the options of a source come to beside all the other sources. What the
// operator said of a source stays in its settings; this is worked out from them anew.
#pragma once

#include "common/conf/settings.h"

namespace ntp {

[[nodiscard]] bool asks_authenticated(const SourceSettings& source);

class AuthSelection {
 public:
  explicit AuthSelection(AuthSelectMode mode) : mode_{mode} {}

  // It is one of the sources. What is never selected makes no difference to the others.
  void count(const SourceSettings& source);

  // REQUIRES: all sources were counted.
  [[nodiscard]] SelectionOptions of(const SourceSettings& source) const;
  [[nodiscard]] SelectionOptions of(const RefclockSettings& clock) const;

 private:
  [[nodiscard]] bool is_mixed() const;

  AuthSelectMode mode_;
  bool has_authenticated_ = false;
  bool has_others_ = false;
};

// Of what is configured, no source added or removed since.
[[nodiscard]] AuthSelection authselection(const Settings& settings);

}  // namespace ntp
