// Fork, exec, /proc.
#include "tests/hostile/clockd_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/os/system_clocks.h"
#include "tests/unit/clockd/honest_record.h"

namespace ntp::hostile {

namespace {

[[noreturn]] void become(const std::vector<std::string>& words, const std::string& log) {
  // Whatever else goes wrong: this process cannot set a clock.
  prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(file, 1);
  dup2(file, 2);
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  _exit(127);
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

void sleep_for(Nanos time) { usleep(static_cast<useconds_t>(time / 1us)); }

EstimateRecord honest_record(std::uint64_t session, std::uint64_t sequence, Nanos error) {
  SystemClocks clocks;
  const Reading now = clocks.read();
  return clockd::honest_record(session, sequence, now.raw, {now.system.since_zero - error}, ppm(0));
}

Result<ClockdProcess> ClockdProcess::start(const std::vector<std::string>& lines,
                                           const std::vector<std::string>& before) {
  ClockdProcess process;
  char folder[] = "/tmp/hostile-clockd-XXXXXX";
  if (mkdtemp(folder) == nullptr) return system_failure("mkdtemp");
  process.folder_ = folder;
  chmod(folder, 0755);
  std::vector<std::string> words = before;
  const std::string run = process.folder_ + "/run";
  const std::string feeder = geteuid() == 0 ? "62001" : std::to_string(geteuid());
  for (const auto& word :
       {std::string{CLOCKD_PROGRAM}, std::string{"-x"}, std::string{"-d"}, std::string{"-u"},
        std::string{"62002"}, std::string{"--feeder"}, feeder, std::string{"--rundir"}, run,
        std::string{"--statedir"}, process.folder_ + "/state"}) {
    words.push_back(word);
  }
  if (lines.empty()) words.push_back("makestep 1 3");
  for (const auto& line : lines) words.push_back(line);
  process.child_ = fork();
  if (process.child_ == 0) become(words, process.folder_ + "/log");
  const std::string pid_file = run + "/clockd/clockd.pid";
  // Ready once it has shown its first status.
  for (int i = 0; i < 1000; ++i) {
    process.pid_ = std::atoi(read_file(pid_file).c_str());
    if (process.pid_ > 0 && process.status()) return process;
    if (waitpid(process.child_, nullptr, WNOHANG) == process.child_) break;
    sleep_for(10ms);
  }
  return failure("clockd did not start: " + process.log());
}

ClockdProcess::ClockdProcess(ClockdProcess&& other) noexcept
    : folder_{std::move(other.folder_)},
      child_{std::exchange(other.child_, -1)},
      pid_{std::exchange(other.pid_, -1)} {
  other.folder_.clear();
}

ClockdProcess::~ClockdProcess() {
  if (child_ > 0) [[maybe_unused]]
    const int status = stop();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::string ClockdProcess::log() const { return read_file(folder_ + "/log"); }

std::string ClockdProcess::status_of(const std::string& field) const {
  std::istringstream lines{read_file("/proc/" + std::to_string(pid_) + "/status")};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(field + ":\t")) return line.substr(field.size() + 2);
  }
  return "?";
}

double ClockdProcess::cpu_seconds() const {
  const std::string text = read_file("/proc/" + std::to_string(pid_) + "/stat");
  std::istringstream fields{text.substr(std::min(text.size(), text.rfind(')') + 1))};
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int ClockdProcess::open_descriptors() const {
  std::error_code problem;
  int count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator{"/proc/" + std::to_string(pid_) + "/fd", problem}) {
    ++count;
  }
  return count;
}

bool ClockdProcess::is_alive() const { return kill(pid_, 0) == 0; }

int ClockdProcess::stop() {
  kill(pid_ > 0 ? pid_ : child_, SIGTERM);
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = pid_ = -1;
  return status;
}

Result<StatusRecord> ClockdProcess::status() const {
  auto socket = NTP_TRY(ClockSocket::connect(socket_path()));
  auto page = NTP_TRY(socket.observe());
  const auto reader = NTP_TRY(StatusReader::adopt(std::move(page)));
  const auto record = reader.latest();
  if (!record) return failure("no status yet");
  return *record;
}

}  // namespace ntp::hostile
