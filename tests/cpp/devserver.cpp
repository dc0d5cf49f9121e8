#include "devserver.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace testing {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::array<int, 2> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail("pipe2");
  }
  return ends;
}

std::string read_line(int fd) {
  std::string line;
  char byte = 0;
  while (read(fd, &byte, 1) == 1 && byte != '\n') {
    line += byte;
  }
  return line;
}

struct child {
  pid_t process = -1;
  // The ends of its standard input and output.
  int input = -1;
  int output = -1;
};

child start(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  const auto input = open_pipe();
  const auto output = open_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  child started;
  errno = posix_spawn(&started.process, argv.front(), &actions, nullptr, argv.data(), environ);
  if (errno != 0) {
    fail("starting " + arguments.front());
  }
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  started.input = input[1];
  started.output = output[0];
  return started;
}

// Reads lines up to one that begins with this text, and returns the rest of it. Closes the descriptor.
std::string text_after(const std::string& beginning, int output) {
  std::string line = read_line(output);
  while (!line.empty() && line.compare(0, beginning.size(), beginning) != 0) {
    line = read_line(output);
  }
  close(output);
  if (line.empty()) {
    throw std::runtime_error("the server did not say: " + beginning);
  }
  return line.substr(beginning.size());
}

}  // namespace

demanding_server::demanding_server(const std::string& folder) {
  std::filesystem::create_directories(folder + "/v1/events");
  std::ofstream(folder + "/v1/events/E1") << R"({"event_id":"E1","topic":"t","deliveries":[]})";
  // The server finds the files of its answers in its own folder.
  const auto [process, input, output] = start(
      {"/bin/sh", "-c",
       "cd \"$1\" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
       "-subj /CN=demanding -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE "
       "-keyout key.pem -out cert.pem 2> /dev/null && exec openssl s_server -accept 127.0.0.1:0 "
       "-cert cert.pem -key key.pem -CAfile cert.pem -Verify 1 -verify_return_error -WWW 2> /dev/null",
       "sh", folder});
  process_ = process;
  input_ = input;
  url_ = "https://" + text_after("ACCEPT ", output);
}

demanding_server::~demanding_server() {
  kill(process_, SIGTERM);
  close(input_);
  waitpid(process_, nullptr, 0);
}

temporary_directory::temporary_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "hookrail-cpp-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    fail("mkdtemp");
  }
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace testing
