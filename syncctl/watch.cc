// watch: the clock's offset and bound as a moving picture, with the sources below it, until
// somebody ends it. Draws on a terminal only; sends nothing but questions.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cmath>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "syncctl/plot.h"
#include "syncctl/show.h"

namespace ntp::syncctl {

namespace {

constexpr std::size_t plot_width = 70;
constexpr std::size_t plot_height = 11;
constexpr double default_interval = 1;
constexpr double shortest_interval = 0.1;
constexpr double longest_interval = 86400;
constexpr std::string_view clear_screen = "\x1b[H\x1b[2J";

PlotPoint point_of(const control::Tracking& now) {
  return {.offset = -now.current_correction,
          .bound = Seconds{std::fabs(now.current_correction.count())} + now.root_dispersion +
                   now.root_delay / 2};
}

std::string headline(const control::Tracking& now) {
  return fmt::format("offset {}  bound {}  rate {:+.3f} ppm  skew {:.3f} ppm  stratum {}  {}\n\n",
                     offset_text(-now.current_correction, Sign::always),
                     offset_text(point_of(now).bound, Sign::never), wire_ppm(now.frequency),
                     wire_ppm(now.skew), now.stratum,
                     leap_word(static_cast<std::uint8_t>(now.leap & 0xff)));
}

// Keys come one by one and unseen. A signal waits until the terminal is as it was, and then ends
// us as it would have: a shell sees the same.
class Keyboard {
 public:
  Keyboard() {
    sigset_t ends;
    ::sigemptyset(&ends);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&ends, number);
    ::sigprocmask(SIG_BLOCK, &ends, &signals_before_);
    signals_ = Fd{::signalfd(-1, &ends, SFD_CLOEXEC)};
    has_keys_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!has_keys_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;
  ~Keyboard() {
    if (has_keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    ::sigprocmask(SIG_SETMASK, &signals_before_, nullptr);
  }

  // Whether somebody ends it within this time; any other key ends the wait.
  [[nodiscard]] bool wants_end(Seconds wait) const {
    pollfd both[] = {{.fd = signals_.number(), .events = POLLIN, .revents = 0},
                     {.fd = has_keys_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    if (::poll(both, 2, static_cast<int>(wait.count() * 1000)) <= 0) return false;
    if (both[0].revents != 0) return true;
    char key = 'q';  // of a terminal that went away, too
    return ::read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q';
  }

 private:
  sigset_t signals_before_{};
  Fd signals_{};
  termios before_{};
  bool has_keys_ = false;
};

}  // namespace

Done watch(Session& session, Words words) {
  const double interval = words.empty() ? default_interval : parse_real(words[0]).value_or(0);
  if (!(interval >= shortest_interval && interval <= longest_interval))
    return complaint("Invalid syntax for watch command");
  if (session.settings.form != Form::text || ::isatty(STDOUT_FILENO) == 0) {
    return complaint("watch draws on a terminal only; tracking, sources and metrics do not");
  }
  const Keyboard keyboard;
  std::vector<PlotPoint> points;
  do {
    const auto now = NTP_TRY(fetch<control::Tracking>(session, control::Command::tracking));
    if (points.size() == plot_width) points.erase(points.begin());
    points.push_back(point_of(now));
    session.output.print(fmt::format("{}{}{}\n", clear_screen, headline(now),
                                     plot(points, plot_width, plot_height)));
    const Done shown = show_sources(session, {});
    if (!shown) return shown;
  } while (!keyboard.wants_end(Seconds{interval}));
  return {};
}

}  // namespace ntp::syncctl
